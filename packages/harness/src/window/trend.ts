/** Whether a few equal parts of a stretch of time show a trend. */

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

/** Student's t for 95 % two-sided, by degrees of freedom from 1 on; two parameters are fitted. */
const T_95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** True when the slope of the fitted line differs from 0 with 95 % confidence. Of 3 to 12 values. */
export function isTrend(values: readonly number[]): boolean {
  const n = values.length;
  const t = T_95[n - 3];
  if (t === undefined) return false;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const slope = changeEndToEnd(values) / (n - 1);
  const middle = (n - 1) / 2;
  let residual = 0;
  let spread = 0;
  for (const [index, value] of values.entries()) {
    residual += (value - mean - slope * (index - middle)) ** 2;
    spread += (index - middle) ** 2;
  }
  return Math.abs(slope) > t * Math.sqrt(residual / (n - 2) / spread);
}
