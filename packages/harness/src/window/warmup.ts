/** When a warm-up has done its work: load and power change no more. */

import { trendOf } from './trend.js';

/** So many conversations for each slot must have ended before the warm-up may end. */
const CONVERSATIONS_PER_SLOT = 5;
/** In an open loop, at least. */
const LEAST_CONVERSATIONS = 30;
/** The last so many intervals are looked at. */
export const WARMUP_INTERVALS = 6;
/** An interval lasts this long, or the mean end-to-end time where that is longer. */
export const WARMUP_INTERVAL_S = 2;

/** Largest change end to end, relative, of in-flight count, throughput and power. */
const MAX_CHANGE = 0.03;
const MAX_CELSIUS_PER_MINUTE = 2;

/** Means over one interval of the warm-up; null where there is no reading. */
export interface WarmupInterval {
  readonly seconds: number;
  readonly inFlight: number;
  readonly tokensPerS: number;
  readonly powerW: number | null;
  readonly temperatureC: number | null;
}

/**
 * Conversations that must have ended before a warm-up may end, a prompt without follow-ups being one of one turn: five times
 * as many as are under way is five times as long as one takes. `slots` is null in an open loop.
 */
export function warmupConversations(slots: number | null, meanUnderWay: number): number {
  return slots === null
    ? Math.max(LEAST_CONVERSATIONS, CONVERSATIONS_PER_SLOT * meanUnderWay)
    : CONVERSATIONS_PER_SLOT * slots;
}

/**
 * True when the last intervals show no trend. Judged on the line fitted through them, so that noise alone does not fail it.
 * In an open loop throughput is that of the arrivals, and counts and power go up and down with them: there a change also
 * passes that cannot be told from such noise.
 */
export function isSteady(intervals: readonly WarmupInterval[], loop: 'closed' | 'open'): boolean {
  if (intervals.length < WARMUP_INTERVALS) return false;
  const last = intervals.slice(-WARMUP_INTERVALS);
  const flat = (pick: (interval: WarmupInterval) => number | null) => {
    const values = last.map(pick).filter((value) => value !== null);
    if (values.length < WARMUP_INTERVALS) return true;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const small = mean > 0 && Math.abs(trendOf(values).change) / mean < MAX_CHANGE;
    return small || (loop === 'open' && !trendOf(values, [], 95).certain);
  };
  const temperatures = last.map((interval) => interval.temperatureC).filter((value) => value !== null);
  const minutes = last.slice(1).reduce((sum, interval) => sum + interval.seconds, 0) / 60;
  const warming =
    temperatures.length === WARMUP_INTERVALS ? Math.abs(trendOf(temperatures).change) / minutes : 0;
  return (
    flat((interval) => interval.inFlight) &&
    (loop === 'open' || flat((interval) => interval.tokensPerS)) &&
    flat((interval) => interval.powerW) &&
    warming < MAX_CELSIUS_PER_MINUTE
  );
}
