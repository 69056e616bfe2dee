/** One metric over the repeats of one experiment: centre, spread and interval. */
import { studentT } from './student-t.js';

export const LEVEL = 0.95;

/** The scale on which centre and interval are computed. */
export type Scale = 'log' | 'linear';

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: typeof LEVEL;
  readonly scale: Scale;
  readonly method: 'student-t';
}

export interface Repeats {
  /** Runs that had a value. */
  readonly n: number;
  /** The published figure: geometric mean on the log scale, arithmetic mean on the linear one. The interval contains it. */
  readonly centre: number | null;
  readonly scale: Scale;
  /** Arithmetic. */
  readonly mean: number | null;
  /** Of the sample, with n - 1; null for fewer than two values. */
  readonly sd: number | null;
  /** sd / |mean|. */
  readonly cv: number | null;
  /** For the centre, over repeats under the same conditions: it holds random errors, not a meter's accuracy. */
  readonly interval: Interval | null;
  /** Why a figure above is null. */
  readonly reason: string | null;
}

/**
 * Describes the values of a metric. `strictlyPositive` asks for the log scale: costs and durations vary by factors, and
 * an interval on the log scale cannot reach below zero. Where a value is not positive after all the linear scale is used.
 */
export function describeRepeats(values: readonly number[], strictlyPositive: boolean): Repeats {
  const n = values.length;
  const scale: Scale = strictlyPositive && values.every((value) => value > 0) ? 'log' : 'linear';
  const nothing = { n, centre: null, scale, mean: null, sd: null, cv: null, interval: null };
  if (n === 0) return { ...nothing, reason: 'No run has a value.' };
  const mean = meanOf(values);
  const centre = scale === 'log' ? Math.exp(meanOf(values.map(Math.log))) : mean;
  if (!Number.isFinite(mean) || !Number.isFinite(centre)) return { ...nothing, reason: OUT_OF_RANGE };
  if (n === 1) {
    // One value is its own mean on any scale; through the logarithm it would lose its last digit.
    return {
      ...nothing,
      centre: mean,
      mean,
      reason: 'One run has no spread and no interval; at least two are needed.',
    };
  }
  const sd = sdOf(values, mean);
  const cv = sd / Math.abs(mean);
  const interval = intervalOf(values, scale, centre);
  const known = { n, centre, scale, mean, sd: finiteOrNull(sd), cv: finiteOrNull(cv), interval };
  if (known.sd === null || interval === null) return { ...known, reason: OUT_OF_RANGE };
  return {
    ...known,
    reason: known.cv === null ? 'The mean is zero, so that there is no relative spread.' : null,
  };
}

const OUT_OF_RANGE = 'The values are too far apart or too large for arithmetic in double precision.';

function intervalOf(values: readonly number[], scale: Scale, centre: number): Interval | null {
  const onScale = scale === 'log' ? values.map(Math.log) : values;
  const middle = meanOf(onScale);
  const half = (studentT(values.length, LEVEL) * sdOf(onScale, middle)) / Math.sqrt(values.length);
  const back = scale === 'log' ? Math.exp : (value: number) => value;
  // Rounding on the way back must not put the centre outside.
  const low = Math.min(back(middle - half), centre);
  const high = Math.max(back(middle + half), centre);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  return { low, high, level: LEVEL, scale, method: 'student-t' };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sdOf(values: readonly number[], mean: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
