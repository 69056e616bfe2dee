/** Readings of one channel over time, and what can be told of an interval without interpreting them. */

/**
 * Parallel arrays in the order of time. `atNs` is `process.hrtime.bigint()` in the middle of a reading's call, `callNs` what the call
 * took: at some moment of it the source was looked at, long before or after the middle where the thread was interrupted inside.
 */
export interface Series {
  readonly atNs: bigint[];
  readonly callNs: number[];
  readonly values: number[];
}

export interface Interval {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export const durationS = (interval: Interval): number => Number(interval.endNs - interval.startNs) / 1e9;

/** What a channel says about an interval. */
export interface IntervalEnergy {
  readonly joules: number;
  /** One standard deviation of the random error, J. */
  readonly edgeJ: number;
  /** Readings inside the interval. */
  readonly samples: number;
}

/** Readings with times in seconds from some origin: so that they can be computed with. */
export interface Readings {
  readonly atS: Float64Array;
  readonly callS: Float64Array;
  readonly values: Float64Array;
}

/**
 * How long the time is within which something happened that lies between two readings, s: `apartS` from the middle of one call to that
 * of the other, which took `callsS`. The source was looked at somewhere in a call, and where the thread was interrupted, at one
 * of its ends: c^2 / 4 is the largest variance that there is within c (Popoviciu 1935). With both, a moment that is equally likely
 * anywhere between the two looks has the variance of one within (d^2 + c1^2 + c2^2)^(1/2).
 */
export const withinS = (apartS: number, ...callsS: readonly [number, number]): number =>
  Math.hypot(apartS, ...callsS);

/** The same where a moment is known to lie within `apartS` before the look of one call. */
export const beforeLookS = (apartS: number, callS: number): number =>
  Math.hypot(apartS, Math.sqrt(3) * callS);

/** Index of the last reading at or before a time; -1 when there is none. */
function lastAtOrBefore(series: Series, atNs: bigint): number {
  let low = 0;
  let high = series.atNs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((series.atNs[middle] ?? 0n) <= atNs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The same in seconds. */
export function lastBefore(atS: Float64Array, seconds: number): number {
  let low = 0;
  let high = atS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((atS[middle] ?? 0) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The readings from `from` to `to` seconds after `originNs`, and one more on either side. */
export function readingsBetween(series: Series, originNs: bigint, from: number, to: number): Readings {
  const first = Math.max(0, lastAtOrBefore(series, originNs + BigInt(Math.floor(from * 1e9))));
  const end = Math.min(
    series.atNs.length,
    lastAtOrBefore(series, originNs + BigInt(Math.ceil(to * 1e9))) + 2,
  );
  const length = Math.max(0, end - first);
  const [atS, callS, values] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
  for (let i = 0; i < length; i += 1) {
    atS[i] = Number((series.atNs[first + i] ?? 0n) - originNs) / 1e9;
    callS[i] = (series.callNs[first + i] ?? 0) / 1e9;
    values[i] = series.values[first + i] ?? Number.NaN;
  }
  return { atS, callS, values };
}

/** The readings of an interval and of a margin around it, and one more on either side. */
export function around(series: Series, interval: Interval, marginNs: bigint): Series {
  const from = Math.max(0, lastAtOrBefore(series, interval.startNs - marginNs));
  const to = lastAtOrBefore(series, interval.endNs + marginNs) + 2;
  return {
    atNs: series.atNs.slice(from, to),
    callNs: series.callNs.slice(from, to),
    values: series.values.slice(from, to),
  };
}

/** How many readings lie inside an interval. */
export function countWithin(series: Series, interval: Interval): number {
  return lastAtOrBefore(series, interval.endNs) - lastAtOrBefore(series, interval.startNs);
}

/** The highest value that was read inside an interval; null without a reading. */
export function highestWithin(series: Series, interval: Interval): number | null {
  const to = lastAtOrBefore(series, interval.endNs);
  let highest: number | null = null;
  for (let i = lastAtOrBefore(series, interval.startNs) + 1; i <= to; i += 1) {
    const value = series.values[i];
    if (value !== undefined && (highest === null || value > highest)) highest = value;
  }
  return highest;
}

/** True when a counter lost value between the readings around an interval: its driver was reloaded. */
export function wentBackwards(readings: Series, interval: Interval): boolean {
  const from = Math.max(0, lastAtOrBefore(readings, interval.startNs));
  const to = lastAtOrBefore(readings, interval.endNs) + 1;
  for (let i = from + 1; i <= to; i += 1) {
    const [before, after] = [readings.values[i - 1], readings.values[i]];
    if (before !== undefined && after !== undefined && after < before) return true;
  }
  return false;
}

/**
 * Longest time without a reading that concerns an interval, in seconds: one that lies across an edge counts whole, since the edge is
 * placed inside it. From or to an edge where there is no reading beyond it.
 */
export function longestGapS(series: Series, interval: Interval): number {
  const from = lastAtOrBefore(series, interval.startNs);
  const to = lastAtOrBefore(series, interval.endNs);
  let before = series.atNs[from] ?? interval.startNs;
  let longest = 0n;
  for (let i = from + 1; i <= to; i += 1) {
    const at = series.atNs[i] ?? before;
    if (at - before > longest) longest = at - before;
    before = at;
  }
  const after = series.atNs[to + 1] ?? interval.endNs;
  if (after - before > longest) longest = after - before;
  return Number(longest) / 1e9;
}

/** Of a counter: the first reading of each value in a row, so that one which stands still leaves a gap. */
export function changesOnly({ atNs, callNs, values }: Series): Series {
  const changed = [...values.keys()].filter((i) => i === 0 || values[i] !== values[i - 1]);
  return {
    atNs: changed.map((i) => atNs[i] ?? 0n),
    callNs: changed.map((i) => callNs[i] ?? 0),
    values: changed.map((i) => values[i] ?? Number.NaN),
  };
}
