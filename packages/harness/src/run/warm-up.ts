/** Holds the load until it is steady, or the cap. */
import type { LoadCounters } from '@llem/loadgen';
import type { Experiment, Measurement } from '@llem/core';
import { sumOfPowerW } from '../energy/domains.js';
import type { Sampler } from '../sampler/thread.js';
import {
  isSteady,
  WARMUP_INTERVAL_S,
  WARMUP_REQUESTS_PER_SLOT,
  type WarmupInterval,
} from '../window/warmup.js';
import type { Guard } from './guard.js';

const LOOK_MS = 50;

type WarmupOutcome = Measurement['window']['warmup'];

/** Returns once as many requests as there are slots have had a token, and the warm-up has ended. */
export async function warmUp(
  experiment: Experiment,
  counters: () => LoadCounters,
  sampler: Sampler,
  headlineDeviceIds: readonly string[],
  guard: Guard,
): Promise<WarmupOutcome> {
  const { concurrency } = experiment.workload;
  const capS = experiment.measure.warmup.max_s;
  const startNs = process.hrtime.bigint();
  const elapsedS = () => Number(process.hrtime.bigint() - startNs) / 1e9;
  const outcome = (endReason: WarmupOutcome['endReason']): WarmupOutcome => ({
    seconds: elapsedS(),
    requests: counters().completed,
    endReason,
  });

  while (counters().firstChunks < concurrency) await guard.wait(LOOK_MS);
  if (capS === 0) return outcome('left-out');

  const intervals: WarmupInterval[] = [];
  while (elapsedS() < capS) {
    const from = { atNs: process.hrtime.bigint(), ...counters() };
    const ratePerS = from.completed / elapsedS();
    // In a closed loop the mean end-to-end time is slots / completion rate (Little's law).
    const lengthS = Math.max(WARMUP_INTERVAL_S, ratePerS > 0 ? concurrency / ratePerS : 0);
    await guard.wait(1_000 * Math.min(lengthS, Math.max(0, capS - elapsedS())));
    const to = { atNs: process.hrtime.bigint(), ...counters() };
    const seconds = Number(to.atNs - from.atNs) / 1e9;
    intervals.push({
      seconds,
      inFlight: (from.inFlight + to.inFlight) / 2,
      tokensPerS: (to.chunks - from.chunks) / seconds,
      powerW: totalPowerW(sampler, headlineDeviceIds, from.atNs, to.atNs),
      temperatureC: hottestC(sampler, to.atNs),
    });
    if (to.completed >= WARMUP_REQUESTS_PER_SLOT * concurrency && isSteady(intervals))
      return outcome('steady');
  }
  return outcome('cap');
}

function totalPowerW(
  sampler: Sampler,
  deviceIds: readonly string[],
  startNs: bigint,
  endNs: bigint,
): number | null {
  // The last readings may not have come yet: the interval is moved back a little, for all intervals alike.
  const LAG_NS = 500_000_000n;
  return sumOfPowerW(deviceIds, sampler.channels(), { startNs: startNs - LAG_NS, endNs: endNs - LAG_NS });
}

function hottestC(sampler: Sampler, atNs: bigint): number | null {
  const readings = sampler
    .channels()
    .filter(({ channel }) => channel.quantity === 'temperatureC')
    .map(({ series }) => series.values[series.atNs.findLastIndex((ns) => ns <= atNs)])
    .filter((value) => value !== undefined);
  return readings.length > 0 ? Math.max(...readings) : null;
}
