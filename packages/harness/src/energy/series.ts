/** Readings of one channel over time, and what they say about an interval. */

/** Parallel arrays in the order of time. `atNs` is `process.hrtime.bigint()`. */
export interface Series {
  readonly atNs: bigint[];
  readonly values: number[];
}

export interface Interval {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export const durationS = (interval: Interval): number => Number(interval.endNs - interval.startNs) / 1e9;

/** What a cumulative counter says about an interval. */
export interface CounterEnergy {
  readonly joules: number;
  /** One standard deviation of the random error of both edges, J. */
  readonly edgeJ: number;
  /** Readings inside the interval. */
  readonly samples: number;
  /** True when the counter went backwards inside the interval: its figure means nothing. */
  readonly wentBackwards: boolean;
}

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

interface Edge {
  readonly value: number;
  /** What the counter gained between the two readings around the edge. */
  readonly bracket: number;
}

/** A counter's value at a time, interpolated between the readings around it; null when it is not bracketed. */
function valueAt(series: Series, atNs: bigint): Edge | null {
  const before = lastAtOrBefore(series, atNs);
  const [t0, t1] = [series.atNs[before], series.atNs[before + 1]];
  const [v0, v1] = [series.values[before], series.values[before + 1]];
  if (t0 === undefined || v0 === undefined) return null;
  if (t0 === atNs) return { value: v0, bracket: 0 };
  if (t1 === undefined || v1 === undefined) return null;
  const share = Number(atNs - t0) / Number(t1 - t0);
  return { value: v0 + share * (v1 - v0), bracket: v1 - v0 };
}

/**
 * The moments at which a counter took its values. A counter that moves in steps wider than the polling shows the same
 * value several times: a new one came into being between two readings, on average in their middle.
 */
export function stepsOf(series: Series): Series {
  const changes = series.values.filter(
    (value, index) => index > 0 && value !== series.values[index - 1],
  ).length;
  // Where nearly every reading brings a new value, polling is slower than the counter and each is current as read.
  if (changes >= 0.9 * (series.values.length - 1)) return series;
  const steps: Series = { atNs: [], values: [] };
  for (const [index, value] of series.values.entries()) {
    const at = series.atNs[index];
    const previous = series.atNs[index - 1];
    if (at === undefined || previous === undefined || value === series.values[index - 1]) continue;
    steps.atNs.push((previous + at) / 2n);
    steps.values.push(value);
  }
  return steps;
}

/**
 * Energy of an interval from a cumulative counter, both edges interpolated. The edge error is that of a uniform position
 * within the bracketing step: its energy / sqrt(12), for each edge (JCGM 100:2008, 4.3.7). Null when an edge is not
 * bracketed by readings.
 */
export function counterEnergy(readings: Series, interval: Interval): CounterEnergy | null {
  const series = stepsOf(readings);
  const start = valueAt(series, interval.startNs);
  const end = valueAt(series, interval.endNs);
  if (!start || !end) return null;
  const inside = within(readings, interval);
  const from = Math.max(0, lastAtOrBefore(readings, interval.startNs));
  const to = lastAtOrBefore(readings, interval.endNs);
  let wentBackwards = false;
  for (let i = from + 1; i <= to; i += 1) {
    if ((readings.values[i] ?? 0) < (readings.values[i - 1] ?? 0)) wentBackwards = true;
  }
  return {
    joules: end.value - start.value,
    edgeJ: Math.hypot(start.bracket, end.bracket) / Math.sqrt(12),
    samples: inside.values.length,
    wentBackwards,
  };
}

/**
 * Energy of an interval from instant power: the trapezoid rule over the readings, with power at the edges interpolated.
 * The edge error is taken as the spread of the power times the time between readings, for each edge. Null when an edge
 * is not bracketed.
 */
export function integralEnergy(readings: Series, interval: Interval): CounterEnergy | null {
  const start = valueAt(readings, interval.startNs);
  const end = valueAt(readings, interval.endNs);
  if (!start || !end) return null;
  const inside = within(readings, interval);
  const times = [interval.startNs, ...inside.atNs, interval.endNs];
  const powers = [start.value, ...inside.values, end.value];
  let joules = 0;
  for (let i = 1; i < times.length; i += 1) {
    const seconds = Number((times[i] ?? 0n) - (times[i - 1] ?? 0n)) / 1e9;
    joules += (seconds * ((powers[i] ?? 0) + (powers[i - 1] ?? 0))) / 2;
  }
  const periodS = durationS(interval) / Math.max(1, inside.values.length);
  const meanW = joules / durationS(interval);
  const sdW = Math.sqrt(powers.reduce((sum, power) => sum + (power - meanW) ** 2, 0) / powers.length);
  return { joules, edgeJ: Math.SQRT2 * sdW * periodS, samples: inside.values.length, wentBackwards: false };
}

/** The readings strictly inside an interval. */
export function within(series: Series, interval: Interval): Series {
  const from = lastAtOrBefore(series, interval.startNs) + 1;
  const to = lastAtOrBefore(series, interval.endNs) + 1;
  return { atNs: series.atNs.slice(from, to), values: series.values.slice(from, to) };
}

/** Longest time without a reading inside an interval, in seconds; its whole duration when there is none. */
export function longestGapS(series: Series, interval: Interval): number {
  const times = [interval.startNs, ...within(series, interval).atNs, interval.endNs];
  let longest = 0n;
  for (let i = 1; i < times.length; i += 1) {
    const gap = (times[i] ?? 0n) - (times[i - 1] ?? 0n);
    if (gap > longest) longest = gap;
  }
  return Number(longest) / 1e9;
}
