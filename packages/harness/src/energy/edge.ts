/** The value of an energy counter at one moment, from its steps around it and, where there is, the shape of power. */
import type { Alignment, Stretch } from './alignment.js';
import { lastBefore } from './series.js';
import type { Steps } from './steps.js';

/** A counter's value at a time, J, and the variance of its random error, J^2. */
export interface Edge {
  readonly joules: number;
  readonly variance: number;
  /** Power at that time, W. */
  readonly watts: number;
}

/** So many steps on either side of an edge are weighed. */
const STEPS_ASIDE = 6;
/** Of a counter in mJ. */
const RESOLUTION_VARIANCE = 1e-6;

/** What one step says of the counter's value at the edge. */
interface Vote {
  readonly atS: number;
  readonly joules: number;
  /** Of the step itself; and, summed along time, of the power between it and others. */
  readonly variance: number;
  readonly along: number;
}

/**
 * Every step, moved to the edge by the integral of power between the two, says what the counter's value there was. The votes are
 * weighed as a Kalman smoother does (Durbin and Koopman, Time Series Analysis by State Space Methods, 2012, 4.4): from either side
 * towards the edge, each with its own variance and that of the way, and then the two sides with each other. Null unless there is a
 * step on both sides, and power all the way.
 */
export function alignedEdge(
  stretch: Stretch,
  { lagS, scatter, common, sampling }: Alignment,
  atS: number,
): Edge | null {
  const { steps, shape, gain } = stretch;
  // A lag that is negative is power's: it shows the edge so much later. Of two sources the earlier is taken to be on time.
  const edgeS = atS + Math.max(0, -lagS);
  const votes: Vote[] = [];
  const middle = lastBefore(steps.atS, edgeS + lagS);
  for (let i = middle - STEPS_ASIDE + 1; i <= middle + STEPS_ASIDE; i += 1) {
    const [at, joules, width] = [steps.atS[i], steps.joules[i], steps.widthS[i]];
    if (at === undefined || joules === undefined || width === undefined) continue;
    const ownS = at - lagS;
    if (ownS < shape.fromS || ownS > shape.toS) continue;
    votes.push({
      atS: ownS,
      joules: joules - gain * (shape.joulesAt(ownS) - shape.joulesAt(edgeS)),
      variance:
        (gain * shape.wattsAt(ownS)) ** 2 * (Math.max(0, width ** 2 / 12 - common) + scatter) +
        RESOLUTION_VARIANCE,
      along: sampling * gain ** 2 * shape.varianceAt(ownS),
    });
  }
  const along = sampling * gain ** 2 * shape.varianceAt(edgeS);
  const before = weigh(
    votes.filter((vote) => vote.atS <= edgeS),
    along,
  );
  const after = weigh(votes.filter((vote) => vote.atS > edgeS).reverse(), along);
  if (!before || !after) return null;
  const variance = 1 / (1 / before.variance + 1 / after.variance);
  const watts = gain * shape.wattsAt(edgeS);
  return {
    joules: variance * (before.joules / before.variance + after.joules / after.variance),
    variance: variance + watts ** 2 * common,
    watts,
  };
}

/** From the farthest vote to the edge. */
function weigh(votes: readonly Vote[], edgeAlong: number): Pick<Edge, 'joules' | 'variance'> | null {
  const [farthest, ...nearer] = votes;
  if (!farthest) return null;
  let { joules, variance, along } = farthest;
  for (const vote of nearer) {
    variance += Math.abs(vote.along - along);
    const share = variance / (variance + vote.variance);
    joules += share * (vote.joules - joules);
    variance *= 1 - share;
    along = vote.along;
  }
  return { joules, variance: variance + Math.abs(edgeAlong - along) };
}

/** How far a step lies off the time of the energy that it shows, s, one standard deviation, beside the time between two readings. */
const TIMING_S = 0.005;

/**
 * Without the shape of power: linear between the two steps around the edge. Power is unknown inside a step. Where it jumps
 * from P to Q at any moment of a step of width D, the line is off by up to f (1 - f) D |P - Q|, f being the part before the jump:
 * (1/90)^(1/2) D |P - Q| in the mean square over f and the edge. The same f spreads the jump over the two differences of mean power
 * from step to step, whose squares sum up to 2/3 (P - Q)^2 in the mean: hence their sum times D^2 / 60. Null unless there are steps on
 * both sides.
 */
export function linearEdge(steps: Steps, atS: number): Edge | null {
  const i = lastBefore(steps.atS, atS);
  const [t0, t1] = [steps.atS[i], steps.atS[i + 1]];
  const [j0, j1] = [steps.joules[i], steps.joules[i + 1]];
  if (t0 === undefined || j0 === undefined) return null;
  const timing = steps.stepS === null ? 0 : TIMING_S ** 2;
  const timingOf = (index: number) => (steps.widthS[index] ?? 0) ** 2 / 12 + timing;
  if (t1 === undefined || j1 === undefined) {
    if (t0 !== atS || steps.stepS !== null) return null;
    const watts = meanWatts(steps, i) ?? 0;
    return { joules: j0, variance: watts ** 2 * timingOf(i), watts };
  }
  const widthS = t1 - t0;
  const watts = (j1 - j0) / widthS;
  const x = (atS - t0) / widthS;
  const before = (meanWatts(steps, i) ?? watts) - watts;
  const after = (meanWatts(steps, i + 2) ?? watts) - watts;
  // Power at a step is that between its neighbours: where its own time is far off, so is the power from it to either of them.
  const offJ = (index: number, share: number) =>
    (share * (meanWatts(steps, index + 1, index - 1) ?? watts)) ** 2 * timingOf(index);
  const atSteps = offJ(i, 1 - x) + offJ(i + 1, x);
  const inside = ((before ** 2 + after ** 2) * widthS ** 2) / 60;
  return { joules: j0 + x * (j1 - j0), variance: atSteps + inside + RESOLUTION_VARIANCE, watts };
}

/** Mean power between a step and an earlier one. */
function meanWatts({ atS, joules }: Steps, index: number, from = index - 1): number | null {
  const [t0, t1] = [atS[from], atS[index]];
  const [j0, j1] = [joules[from], joules[index]];
  if (t0 === undefined || t1 === undefined || j0 === undefined || j1 === undefined) return null;
  return (j1 - j0) / (t1 - t0);
}
