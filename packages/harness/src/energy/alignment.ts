/** How a counter and instant power lie to each other: by how much the counter lags, and how far its steps scatter. */
import type { Shape } from './shape.js';
import type { Steps } from './steps.js';

/** The surroundings of one edge: the counter's steps, power, and the counter's joules for each of power's. */
export interface Stretch {
  readonly steps: Steps;
  readonly shape: Shape;
  readonly gain: number;
}

export interface Alignment {
  /** The counter shows the energy of so long before what power shows, s; negative where power is the later one. */
  readonly lagS: number;
  readonly lagVariance: number;
  /** Variance of a step's own lag, s^2: what remains beside the time between two readings. */
  readonly scatter: number;
  /**
   * Variance, s^2, of what all steps around an edge are off by in common: where the readings keep pace with the steps, a step lies at
   * the same place between two readings every time, and the mean of many is no better than one.
   */
  readonly common: number;
  /** How many times the variance that `Shape` states the sampling of power has. */
  readonly sampling: number;
}

/**
 * What is assumed before anything was seen, each with the weight of so many pairs of steps. Lags of 0 to 30 ms, their scatter and
 * the spread of each are what simulations of the driver were made with; nobody has published figures of real ones.
 */
const LAG_SD_S = 0.03;
const SCATTER = { variance: 0.007 ** 2, weight: 3, least: 0.003 ** 2 } as const;
const SAMPLING = { factor: 1, weight: 1, least: 0.25 } as const;
/** Steps that were seen less sharply than this share of a step tell nothing of their scatter. */
const SHARP_SHARE = 0.4;
const ROUNDS = 3;
/** Of a counter in mJ, J^2; keeps a share from being one of nothing. */
const RESOLUTION_VARIANCE = 1e-6;

/** Two steps in a row: by how much the counter's energy between them differs from what power says, and why it might. */
interface Pair {
  readonly residualJ: number;
  /** Difference of power at the two, W: the residual for each second of lag. */
  readonly deltaW: number;
  /** Variance from the time between readings; that for each s^2 of scatter; that of sampled power. */
  readonly reading: number;
  readonly perScatter: number;
  readonly perSampling: number;
}

/**
 * Weighted least squares on the residuals (the lag) and on their squares (scatter and sampling) of steps in a row, in turns, from
 * the assumptions above. Differences of two in a row know nothing of what they have in common.
 */
export function align(stretches: readonly Stretch[]): Alignment {
  let [lagS, lagVariance] = [0, LAG_SD_S ** 2];
  let scatter: number = SCATTER.variance;
  let common = 0;
  let sampling: number = SAMPLING.factor;
  for (let round = 0; round < ROUNDS; round += 1) {
    const pairs = stretches.flatMap((stretch) => pairsOf(stretch, lagS));
    const varianceOf = ({ reading, perScatter, perSampling }: Pair) =>
      reading + scatter * perScatter + sampling * perSampling + RESOLUTION_VARIANCE;
    let [pull, weight] = [-lagS / LAG_SD_S ** 2, 1 / LAG_SD_S ** 2];
    for (const pair of pairs) {
      pull -= (pair.residualJ * pair.deltaW) / varianceOf(pair);
      weight += pair.deltaW ** 2 / varianceOf(pair);
    }
    lagS += pull / weight;
    lagVariance = 1 / weight;
    ({ scatter, common, sampling } = spreadOf(pairs, varianceOf));
  }
  return { lagS, lagVariance, scatter, common, sampling };
}

/** Scatter and sampling that explain the squares of the residuals best, and what the time between readings has in common. */
function spreadOf(pairs: readonly Pair[], varianceOf: (pair: Pair) => number) {
  let [ss, sp, pp] = [SCATTER.weight / SCATTER.variance ** 2, 0, SAMPLING.weight / SAMPLING.factor ** 2];
  let [s, p] = [SCATTER.weight / SCATTER.variance, SAMPLING.weight / SAMPLING.factor];
  let [widths, watts] = [0, 0];
  for (const pair of pairs) {
    const variance = varianceOf(pair);
    const [a, b] = [pair.perScatter / variance, pair.perSampling / variance];
    const square = (pair.residualJ ** 2 - pair.reading) / variance;
    ss += a * a;
    sp += a * b;
    pp += b * b;
    s += a * square;
    p += b * square;
    widths += pair.reading;
    watts += pair.perScatter;
  }
  const determinant = ss * pp - sp * sp;
  const sampling = Math.max(SAMPLING.least, (ss * p - sp * s) / determinant);
  const seen = (s - sp * sampling) / ss;
  // Fewer differences than the time between readings explains: the steps do not lie there independently of each other.
  const common = Math.min(Math.max(0, -seen), watts > 0 ? widths / watts : 0);
  return { scatter: Math.max(SCATTER.least, seen), common, sampling };
}

function pairsOf({ steps, shape, gain }: Stretch, lagS: number): Pair[] {
  const pairs: Pair[] = [];
  const sharpS = SHARP_SHARE * (steps.stepS ?? 0);
  for (let i = 1; i < steps.atS.length; i += 1) {
    const [widthA, widthB] = [steps.widthS[i - 1] ?? 0, steps.widthS[i] ?? 0];
    const [a, b] = [(steps.atS[i - 1] ?? 0) - lagS, (steps.atS[i] ?? 0) - lagS];
    if (widthA > sharpS || widthB > sharpS || a < shape.fromS || b > shape.toS) continue;
    const [wattsA, wattsB] = [gain * shape.wattsAt(a), gain * shape.wattsAt(b)];
    const counted = (steps.joules[i] ?? 0) - (steps.joules[i - 1] ?? 0);
    pairs.push({
      residualJ: counted - gain * (shape.joulesAt(b) - shape.joulesAt(a)),
      deltaW: wattsB - wattsA,
      reading: ((wattsA * widthA) ** 2 + (wattsB * widthB) ** 2) / 12,
      perScatter: wattsA ** 2 + wattsB ** 2,
      perSampling: gain ** 2 * (shape.varianceAt(b) - shape.varianceAt(a)),
    });
  }
  return pairs;
}
