/** When a warm-up has done its work: load and power change no more. */

/** So many requests for each slot must have completed before the warm-up may end. */
export const WARMUP_REQUESTS_PER_SLOT = 5;
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

/** True when the last intervals show no trend. Judged on the line fitted through them, so that noise alone does not fail it. */
export function isSteady(intervals: readonly WarmupInterval[]): boolean {
  if (intervals.length < WARMUP_INTERVALS) return false;
  const last = intervals.slice(-WARMUP_INTERVALS);
  const flat = (pick: (interval: WarmupInterval) => number | null) => {
    const values = last.map(pick).filter((value) => value !== null);
    if (values.length < WARMUP_INTERVALS) return true;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return mean > 0 && Math.abs(changeEndToEnd(values)) / mean < MAX_CHANGE;
  };
  const temperatures = last.map((interval) => interval.temperatureC).filter((value) => value !== null);
  const minutes = last.slice(1).reduce((sum, interval) => sum + interval.seconds, 0) / 60;
  const warming =
    temperatures.length === WARMUP_INTERVALS ? Math.abs(changeEndToEnd(temperatures)) / minutes : 0;
  return (
    flat((interval) => interval.inFlight) &&
    flat((interval) => interval.tokensPerS) &&
    flat((interval) => interval.powerW) &&
    warming < MAX_CELSIUS_PER_MINUTE
  );
}

/** Change from the first to the last value on the least-squares line. */
export function changeEndToEnd(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const middle = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let covariance = 0;
  let variance = 0;
  for (const [index, value] of values.entries()) {
    covariance += (index - middle) * (value - mean);
    variance += (index - middle) ** 2;
  }
  return (covariance / variance) * (n - 1);
}
