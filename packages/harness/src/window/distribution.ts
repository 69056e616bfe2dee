/** A distribution in numbers. */
import type { Stats } from '@llem/core';

/** Null for no values. */
export function distribution(values: Float64Array): Stats | null {
  if (values.length === 0) return null;
  const sorted = values.slice().sort();
  const count = sorted.length;
  let sum = 0;
  for (const value of sorted) sum += value;
  const mean = sum / count;
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  return statsOf({ count, mean, squares, valueAt: (rank) => sorted[rank] ?? NaN });
}

/** What is known of some values, of which there is at least one. */
export interface Summed {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared deviations from the mean. */
  readonly squares: number;
  /** The value at a place of their order, from 0. */
  readonly valueAt: (rank: number) => number;
}

const PERCENTILES = { min: 0, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 } as const;

/** Percentiles are nearest-rank: values that occurred. `sd` has n - 1 in its denominator. */
export function statsOf({ count, mean, squares, valueAt }: Summed): Stats {
  const at = (name: keyof typeof PERCENTILES) => valueAt(rankOf(PERCENTILES[name], count));
  return {
    count,
    mean,
    sd: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    min: at('min'),
    p50: at('p50'),
    p90: at('p90'),
    p95: at('p95'),
    p99: at('p99'),
    max: at('max'),
  };
}

/** The places whose values `statsOf` asks for. */
export function ranksAskedFor(count: number): number[] {
  return Object.values(PERCENTILES).map((percentile) => rankOf(percentile, count));
}

function rankOf(percentile: number, count: number): number {
  return Math.max(0, Math.ceil((percentile / 100) * count) - 1);
}
