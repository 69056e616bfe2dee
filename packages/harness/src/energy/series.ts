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

/** What a channel says about an interval. */
export interface IntervalEnergy {
  readonly joules: number;
  /** One standard deviation of the random error of both edges, J. */
  readonly edgeJ: number;
  /** Readings inside the interval. */
  readonly samples: number;
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

/** A counter's value at a time, with one standard deviation of its random error, both in the counter's unit. */
interface Edge {
  readonly value: number;
  readonly sd: number;
}

/** Readings, or the steps found in them, each with the time within which it came about. */
interface Points extends Series {
  /** Time between the reading and the one before it. */
  readonly widthNs: bigint[];
  readonly stepped: boolean;
}

/** How far around an edge the readings tell whether a counter steps. */
const NEAR_NS = 1_000_000_000n;
/** Standard deviation of a uniform distribution, as a share of its width (JCGM 100:2008, 4.3.7). */
const UNIFORM_SD = 1 / Math.sqrt(12);

/**
 * A counter's value at a time, interpolated between the readings around it, or between its steps where it moves more
 * slowly than it is read. Null when the time is not bracketed.
 */
function counterAt(series: Series, atNs: bigint): Edge | null {
  const near = stepsOf(between(series, atNs - NEAR_NS, atNs + NEAR_NS));
  return interpolate(near, atNs) ?? interpolate(stepsOf(series), atNs);
}

function interpolate(points: Points, atNs: bigint): Edge | null {
  const before = lastAtOrBefore(points, atNs);
  const [t0, t1] = [points.atNs[before], points.atNs[before + 1]];
  const [v0, v1] = [points.values[before], points.values[before + 1]];
  if (t0 === undefined || v0 === undefined) return null;
  if (t0 === atNs && !points.stepped) return { value: v0, sd: 0 };
  if (t1 === undefined || v1 === undefined) return null;
  const spanNs = Number(t1 - t0);
  const value = v0 + (Number(atNs - t0) / spanNs) * (v1 - v0);
  // A reading is exact in time: what is unknown is how the value moved in between. A step's value is exact: what is
  // unknown is when, within the time between two readings, it came about.
  const unknownNs = points.stepped
    ? Math.max(Number(points.widthNs[before] ?? 0n), Number(points.widthNs[before + 1] ?? 0n))
    : spanNs;
  return { value, sd: (Math.abs(v1 - v0) / spanNs) * unknownNs * UNIFORM_SD };
}

/**
 * The moments at which a counter took its values. A counter that moves in steps wider than the polling shows the same
 * value several times: a new one came into being between two readings, on average in their middle.
 */
function stepsOf(series: Series): Points {
  const changes = series.values.filter(
    (value, index) => index > 0 && value !== series.values[index - 1],
  ).length;
  // Where nearly every reading brings a new value, polling is slower than the counter and each is current as read.
  const stepped = changes < 0.9 * (series.values.length - 1);
  const points: Points = { atNs: [], values: [], widthNs: [], stepped };
  for (const [index, value] of series.values.entries()) {
    const at = series.atNs[index] ?? 0n;
    const previous = series.atNs[index - 1];
    if (stepped && (previous === undefined || value === series.values[index - 1])) continue;
    points.atNs.push(stepped && previous !== undefined ? (previous + at) / 2n : at);
    points.values.push(value);
    points.widthNs.push(previous === undefined ? 0n : at - previous);
  }
  return points;
}

/** Energy of an interval from a cumulative counter, both edges interpolated. Null when an edge is not bracketed. */
export function counterEnergy(readings: Series, interval: Interval): IntervalEnergy | null {
  const start = counterAt(readings, interval.startNs);
  const end = counterAt(readings, interval.endNs);
  if (!start || !end) return null;
  return {
    joules: end.value - start.value,
    edgeJ: Math.hypot(start.sd, end.sd),
    samples: within(readings, interval).values.length,
  };
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
 * Energy of an interval from instant power: the trapezoid rule over the readings, with power at the edges interpolated.
 * The edge error is taken as the spread of the power times the time between readings, for each edge. Null when an edge
 * is not bracketed.
 */
export function integralEnergy(readings: Series, interval: Interval): IntervalEnergy | null {
  const points: Points = { ...readings, widthNs: [], stepped: false };
  const start = interpolate(points, interval.startNs);
  const end = interpolate(points, interval.endNs);
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
  return { joules, edgeJ: Math.SQRT2 * sdW * periodS, samples: inside.values.length };
}

/** The readings of an interval and of so much time around it that both its edges are bracketed. */
export function around(series: Series, interval: Interval, marginNs: bigint): Series {
  return between(series, interval.startNs - marginNs, interval.endNs + marginNs);
}

function between(series: Series, fromNs: bigint, toNs: bigint): Series {
  const from = Math.max(0, lastAtOrBefore(series, fromNs));
  const to = lastAtOrBefore(series, toNs) + 2;
  return { atNs: series.atNs.slice(from, to), values: series.values.slice(from, to) };
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
