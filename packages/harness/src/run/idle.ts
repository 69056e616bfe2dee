/** The quiet parts of a run: power settles, and is then measured with nothing to do. */
import { tellsEnergy, type Settle } from '@llem/core';
import { estimateRunS } from '@llem/study';
import { partsOfPowerW } from '../energy/device.js';
import type { IdleInterval } from '../energy/idle.js';
import type { Interval } from '../energy/series.js';
import { isSettled, SETTLING_PARTS, settlingTimes } from '../energy/settling.js';
import { awaitReadings } from '../sampler/readings.js';
import type { ChannelSeries, Sampler } from '../sampler/thread.js';
import type { Run } from './context.js';

const LOOK_MS = 250;
/** A stretch of time ends so long before the last reading that a counter has stepped behind it. */
const STEP_MARGIN_NS = 500_000_000n;
/** When nothing has been read by so long after it could have been, nothing will be. */
const LONGEST_SILENCE_S = 3;

/** Power with no engine running: once a session, and again when it would be more than an hour old at the window. */
export async function measureBareIdle(run: Run, sampler: Sampler): Promise<void> {
  const { session, experiment, meters, progress } = run;
  const { idle_bare_s: seconds, settle_s: settleS } = experiment.measure;
  const deviceIds = meters.flatMap((meter) => meter.devices.map((device) => device.id));
  const leadS = estimateRunS(experiment);
  if (seconds === 0 || !session.bareIdle.isDue(deviceIds, process.hrtime.bigint(), leadS)) return;
  progress.phase('idle-bare', settlingTimes(settleS).spanS + seconds);
  // The run before, or whatever else used the devices, may have ended a moment ago.
  const quietNs = process.hrtime.bigint();
  const { reached } = await settle(run, sampler);
  const interval = await readQuietly(run, seconds, sampler, quietNs);
  session.bareIdle.note(deviceIds, sampler.channels(), { ...interval, settled: reached });
}

/**
 * Power with the model loaded and nothing in flight, once it has settled; null where it is left out, or nothing is billed: then nothing
 * is waited for either.
 */
export async function measureLoadedIdle(
  run: Run,
  sampler: Sampler,
): Promise<{ readonly settle: Settle; readonly loadedIdle: IdleInterval | null }> {
  const { experiment, progress, devices } = run;
  if (devices === null) return { settle: { seconds: 0, reached: 'left-out' }, loadedIdle: null };
  const { idle_loaded_s: seconds, settle_s: settleS } = experiment.measure;
  const quietNs = process.hrtime.bigint();
  progress.phase('settle', settlingTimes(settleS).spanS);
  const settled = await settle(run, sampler);
  if (seconds === 0) return { settle: settled, loadedIdle: null };
  progress.phase('idle-loaded', seconds);
  const interval = await readQuietly(run, seconds, sampler, quietNs);
  return { settle: settled, loadedIdle: { ...interval, settled: settled.reached } };
}

/** Waits until the power of the headline's devices has come to rest, as long as `settle_s` allows. */
async function settle({ experiment, headlineIds, guard }: Run, sampler: Sampler): Promise<Settle> {
  const { leastS, spanS, longestS } = settlingTimes(experiment.measure.settle_s);
  const startNs = process.hrtime.bigint();
  const passedS = () => Number(process.hrtime.bigint() - startNs) / 1e9;
  const after = (reached: Settle['reached']): Settle => ({ seconds: passedS(), reached });
  if (leastS === 0) return { seconds: 0, reached: 'left-out' };
  await guard.wait(leastS * 1_000);
  if (headlineIds.length === 0) return after('unknown');
  for (let told = false; ;) {
    const parts = latestParts(headlineIds, sampler.channels(), startNs, spanS);
    if (parts && isSettled(parts)) return after('steady');
    told ||= parts !== null;
    if (passedS() >= longestS) return after(told ? 'cap' : 'unknown');
    if (!told && passedS() > Math.max(leastS, spanS) + LONGEST_SILENCE_S) return after('unknown');
    await guard.wait(Math.min(LOOK_MS, Math.max(0, longestS - passedS()) * 1_000));
  }
}

/** Power over the last `spanS` seconds in equal parts; null while there has not been as much since `sinceNs`. */
function latestParts(
  deviceIds: readonly string[],
  channels: readonly ChannelSeries[],
  sinceNs: bigint,
  spanS: number,
): number[] | null {
  const readUntil = deviceIds.map((id) => {
    const telling = channels.filter(
      ({ channel, series }) => channel.deviceId === id && tellsEnergy(channel) && series.atNs.length > 0,
    );
    const best = telling.find(({ channel }) => channel.quantity === 'energyJ') ?? telling[0];
    return best?.series.atNs.at(-1) ?? 0n;
  });
  const lastNs = readUntil.reduce((least, atNs) => (atNs < least ? atNs : least));
  const endNs = lastNs - STEP_MARGIN_NS;
  const startNs = endNs - BigInt(Math.round(spanS * 1e9));
  return startNs < sinceNs ? null : partsOfPowerW(deviceIds, channels, { startNs, endNs }, SETTLING_PARTS);
}

/**
 * Waits with nothing else going on, and gives the interval, with readings close around both its ends. It begins only when
 * power that is a mean over some time no longer holds what was before `quietNs`.
 */
async function readQuietly(
  { meters, guard }: Run,
  seconds: number,
  sampler: Sampler,
  quietNs: bigint,
): Promise<Interval> {
  const channels = meters.flatMap((meter) => meter.channels).filter(tellsEnergy);
  const averagedMs = Math.max(0, ...channels.map((channel) => channel.averagedMs ?? 0));
  await guard.wait(Math.max(0, averagedMs - Number(process.hrtime.bigint() - quietNs) / 1e6));
  const leadMs = sampler.leadMs();
  sampler.edge(true);
  await guard.wait(leadMs);
  await awaitReadings(sampler, process.hrtime.bigint(), guard);
  const startNs = process.hrtime.bigint();
  const betweenMs = seconds * 1_000 - 2 * leadMs;
  if (betweenMs > 0) {
    await guard.wait(leadMs);
    sampler.edge(false);
    await guard.wait(betweenMs);
    sampler.edge(true);
    await guard.wait(leadMs);
  } else {
    await guard.wait(seconds * 1_000);
  }
  const endNs = process.hrtime.bigint();
  await guard.wait(leadMs);
  await awaitReadings(sampler, endNs, guard);
  sampler.edge(false);
  return { startNs, endNs };
}
