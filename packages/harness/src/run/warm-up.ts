/** Holds the load until it is steady, or the cap. */
import type { Measure, Measurement, Workload } from '@llem/core';
import { sumOfPowerW } from '../energy/device.js';
import { hottestC } from '../energy/temperature.js';
import type { Sampler } from '../sampler/thread.js';
import { isSteady, WARMUP_INTERVAL_S, warmupConversations, type WarmupInterval } from '../window/warmup.js';
import { startFlow, type FlowOf } from './flow.js';
import type { Guard } from './guard.js';
import { slotsOf } from './load-level.js';

const LOOK_MS = 50;

type Recorded = Measurement['window']['warmup'];

export interface WarmupOutcome extends Recorded {
  /** How long a conversation took, s; 0 when none has ended. A prompt without follow-ups is one of one turn. */
  readonly conversationS: number;
  /** An open loop whose backlog grows, so that waiting for a steady load is in vain. */
  readonly growing: boolean;
}

/**
 * Returns once the engine answers, as many requests as there are slots having had a token, and the warm-up has ended.
 * Intervals last the mean end-to-end time of the one before, two seconds at least.
 */
export async function warmUp(
  { warmup }: Measure,
  workload: Workload,
  of: FlowOf,
  sampler: Sampler,
  headlineDeviceIds: readonly string[],
  guard: Guard,
): Promise<WarmupOutcome> {
  const slots = slotsOf(workload);
  const { counters } = of;
  const capS = warmup.max_s;
  const whole = startFlow(of, guard);
  let endToEndS = 0;
  const outcome = (endReason: WarmupOutcome['endReason'], growing = false): WarmupOutcome => ({
    seconds: whole.elapsedS(),
    requests: counters().completed,
    endReason,
    conversationS: whole.conversationS() ?? 0,
    growing,
  });

  while (counters().firstChunks < (slots ?? 1)) await whole.until(inNs(LOOK_MS / 1_000));
  if (capS === 0) return outcome('left-out');

  const intervals: WarmupInterval[] = [];
  while (whole.elapsedS() < capS) {
    const from = { atNs: process.hrtime.bigint(), chunks: counters().chunks };
    const flow = startFlow(of, guard);
    if (endToEndS === 0 && slots !== null) endToEndS = whole.endToEndS() ?? 0;
    const lengthS = Math.min(Math.max(WARMUP_INTERVAL_S, endToEndS), capS - whole.elapsedS());
    const untilNs = inNs(lengthS);
    await Promise.all([flow.until(untilNs, whole.growing), whole.until(untilNs, whole.growing)]);
    endToEndS = flow.endToEndS() ?? endToEndS;
    const atNs = process.hrtime.bigint();
    intervals.push({
      seconds: flow.elapsedS(),
      inFlight: flow.inFlight(),
      tokensPerS: (counters().chunks - from.chunks) / flow.elapsedS(),
      powerW: totalPowerW(sampler, headlineDeviceIds, from.atNs, atNs),
      temperatureC: hottestC(sampler.channels(), atNs),
    });
    if (whole.growing()) return outcome('cap', true);
    const floor = warmupConversations(slots, flow.underWay());
    if (counters().over >= floor && isSteady(intervals, slots === null ? 'open' : 'closed'))
      return outcome('steady');
  }
  return outcome('cap');
}

const inNs = (seconds: number) => process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));

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
