/** When a device that has nothing to do has come to rest: how long that is waited for, and what it is told by. Pure. */
import { trendOf } from '../window/trend.js';

/** Parts of the stretch of time that is looked at. */
export const SETTLING_PARTS = 10;
/** Power moves by less than this share over the stretch, end to end. */
const MAX_MOVE = 0.01;
const LONGEST_SPAN_S = 10;
const LONGEST_WAIT_S = 60;
/** Of `settle_s`. */
const SPAN_TIMES = 2;
const WAIT_TIMES = 12;

export interface SettlingTimes {
  readonly leastS: number;
  /** Power is looked at over so long. */
  readonly spanS: number;
  readonly longestS: number;
}

/** 5 s, 10 s and 60 s by default; a study that settles for less looks at less, and gives up earlier. */
export function settlingTimes(settleS: number): SettlingTimes {
  return {
    leastS: settleS,
    spanS: Math.min(LONGEST_SPAN_S, SPAN_TIMES * settleS),
    longestS: Math.max(settleS, Math.min(LONGEST_WAIT_S, WAIT_TIMES * settleS)),
  };
}

/**
 * True when the line through the parts moves by less than 1 % of their mean from one end to the other, or by no more than
 * what noise alone makes of it (its 95 % interval includes 0): no wait would show anything smaller.
 */
export function isSettled(powerByPartW: readonly number[]): boolean {
  const n = powerByPartW.length;
  const meanW = powerByPartW.reduce((sum, watts) => sum + watts, 0) / n;
  const { change, certain } = trendOf(powerByPartW, [], 95);
  // The line goes from the middle of the first part to that of the last.
  return !certain || Math.abs(change) * (n / (n - 1)) < MAX_MOVE * meanW;
}
