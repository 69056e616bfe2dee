/** The share of requests that hold an SLO, and how surely it is known. Pure. */
import type { SloOutcome } from '../window/slo.js';

/** Of the standard normal distribution, for 95 % between both ends. */
const Z = 1.959964;
/** However alike neighbours are, they are not taken for one request. */
const MOST_CORRELATION = 0.95;

export interface Attainment {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * From what requests did, in the order of sending, over one window or several: the share that held, with Wilson's interval at
 * 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927), which keeps its coverage at shares near 1 (Brown, Cai and DasGupta,
 * Stat. Sci. 16, 2001). Requests that wait in the same queue miss together, and tell less than as many separate ones:
 * they count as n (1 - r) / (1 + r), r their correlation with the request before (Miao and Gastwirth, Am. Stat. 58, 2004).
 * Undecided ones are left out; null when there are no others.
 */
export function attainmentOf(outcomes: readonly (readonly SloOutcome[])[]): Attainment | null {
  const windows = outcomes.map((window) =>
    window.filter((outcome) => outcome !== 'undecided').map((outcome) => outcome === 'held'),
  );
  const requests = windows.flat();
  const count = requests.length;
  if (count === 0) return null;
  const share = requests.filter(Boolean).length / count;
  const r = correlation(windows, share);
  const n = (count * (1 - r)) / (1 + r);
  const divisor = 1 + Z ** 2 / n;
  const centre = (share + Z ** 2 / (2 * n)) / divisor;
  const half = (Z / divisor) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  // Rounding must not make the interval miss its own share.
  return {
    share,
    low: Math.min(share, Math.max(0, centre - half)),
    high: Math.max(share, Math.min(1, centre + half)),
  };
}

/** Of each request with the one before it, 0 to `MOST_CORRELATION`; those that alternate are not taken for more. */
function correlation(windows: readonly (readonly boolean[])[], share: number): number {
  const variance = share * (1 - share) * windows.flat().length;
  if (variance === 0) return 0;
  let covariance = 0;
  for (const window of windows) {
    for (let i = 1; i < window.length; i += 1)
      covariance += (Number(window[i]) - share) * (Number(window[i - 1]) - share);
  }
  return Math.max(0, Math.min(MOST_CORRELATION, covariance / variance));
}
