/** Quantiles of Student's t. */
import { createRequire } from 'node:module';
import type TQuantile from '@stdlib/stats-base-dists-t-quantile';

/**
 * Half the width of a two-sided interval for a mean, in standard errors: t with n - 1 degrees of freedom, e.g. 4.303
 * for n = 3 at 0.95. `n` is at least 2, `level` between 0 and 1.
 */
export function studentT(n: number, level: number): number {
  quantile ??= loadQuantile();
  return quantile(1 - (1 - level) / 2, n - 1);
}

let quantile: typeof TQuantile | null = null;

/** Some two hundred files, a tenth of a second: loaded at the first interval, and not at the start of every command. */
function loadQuantile(): typeof TQuantile {
  const loaded: unknown = createRequire(import.meta.url)('@stdlib/stats-base-dists-t-quantile');
  if (isQuantile(loaded)) return loaded;
  throw new TypeError('@stdlib/stats-base-dists-t-quantile is not a function');
}

const isQuantile = (value: unknown): value is typeof TQuantile => typeof value === 'function';
