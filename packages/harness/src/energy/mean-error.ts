/** How far the mean of a few equal parts in a row may be off, where neighbours are alike. Pure. */

export interface MeanError {
  /** Standard deviation between the parts; null under two. */
  readonly sd: number | null;
  /** Standard uncertainty of their mean; null under two. */
  readonly uncertainty: number | null;
}

/** From so many parts on their correlation is estimated; with fewer, one part is taken to be worth as much as all. */
const LEAST_PARTS = 5;
/** No more than this is believed of so few parts. */
const MOST_CORRELATION = 0.9;

/**
 * Parts that are alike tell less than as many independent ones: with a correlation r between neighbours they are worth
 * n (1 - r) / (1 + r) of them (first-order autoregression: H. J. Thiébaux, F. W. Zwiers, J. Climate Appl. Meteor. 23
 * (1984) 800-811). r as estimated from n parts is too low by (1 + 3 r) / n (F. H. C. Marriott, J. A. Pope, Biometrika 41
 * (1954) 390-402), which is put right; below 0 it is taken as 0. The spread of n parts is known but roughly: the factor
 * (n - 1) / (n - 3) under the root is that of JCGM 101:2008, 6.4.9.4.
 */
export function meanError(parts: readonly number[]): MeanError {
  const n = parts.length;
  if (n < 2) return { sd: null, uncertainty: null };
  const mean = parts.reduce((sum, part) => sum + part, 0) / n;
  const squares = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0);
  const sd = Math.sqrt(squares / (n - 1));
  if (n < LEAST_PARTS || squares === 0) return { sd, uncertainty: sd };
  let products = 0;
  for (let i = 1; i < n; i += 1) products += ((parts[i] ?? mean) - mean) * ((parts[i - 1] ?? mean) - mean);
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, (products / squares + 1 / n) / (1 - 3 / n)));
  const worth = Math.max(1, (n * (1 - correlation)) / (1 + correlation));
  return { sd, uncertainty: sd * Math.sqrt((n - 1) / (n - 3) / worth) };
}
