/** A distribution in numbers. */
import type { Stats } from '@llem/core';

/** Null for no values. Percentiles are nearest-rank: values that occurred. `sd` has n - 1 in its denominator. */
export function distribution(values: Float64Array): Stats | null {
  if (values.length === 0) return null;
  const sorted = values.slice().sort();
  const count = sorted.length;
  let sum = 0;
  for (const value of sorted) sum += value;
  const mean = sum / count;
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  const percentile = (p: number) => sorted[Math.max(0, Math.ceil((p / 100) * count) - 1)] ?? NaN;
  return {
    count,
    mean,
    sd: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    min: percentile(0),
    p50: percentile(50),
    p90: percentile(90),
    p95: percentile(95),
    p99: percentile(99),
    max: percentile(100),
  };
}
