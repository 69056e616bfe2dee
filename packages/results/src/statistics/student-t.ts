/** Quantiles of Student's t. */
import quantile from '@stdlib/stats-base-dists-t-quantile';

/**
 * Half the width of a two-sided interval for a mean, in standard errors: t with n - 1 degrees of freedom, e.g. 4.303
 * for n = 3 at 0.95. `n` is at least 2, `level` between 0 and 1.
 */
export function studentT(n: number, level: number): number {
  return quantile(1 - (1 - level) / 2, n - 1);
}
