/** Energy of an interval from readings of power. */
import {
  countWithin,
  durationS,
  readingsBetween,
  type Interval,
  type IntervalEnergy,
  type Series,
} from './series.js';
import { shapeOf } from './shape.js';

/** What a reading of power stands for. */
export interface PowerKind {
  /** Time between two values of the source, ms. */
  readonly updateMs: number;
  /** A value is the mean of so long a time before it was read, ms; absent where it is of an instant. */
  readonly averagedMs?: number;
  /** Smallest step of a value, W. */
  readonly resolutionW: number;
}

/** One standard deviation of how much later power may be than it says, s. */
const LAG_S = 0.006;

/**
 * The trapezoid rule, edges between two readings. A value is on average half an update old, and is taken back by that as far as
 * there are readings after the end. A mean over a time T lags by T / 2 where power is steady: at each edge the mean then read, times
 * T / 2, is what has not come into it yet. No reading after the end is taken for that: what begins there is none of the interval's.
 *
 * `edgeJ`: what `Shape.varianceAt` states for the readings; a lag, as far as power differs between the edges; for a mean,
 * that power moved inside it, by about as much as the mean did: spread over T evenly, T / 12^(1/2) for each edge; and the resolution,
 * by which a steady power may be off all the time. Null when an edge is not between two readings.
 */
export function integralEnergy(
  power: Series,
  interval: Interval,
  { updateMs, averagedMs = 0, resolutionW }: PowerKind,
): IntervalEnergy | null {
  const endS = durationS(interval);
  const updateS = updateMs / 1e3;
  const averagedS = averagedMs / 1e3;
  const readings = readingsBetween(power, interval.startNs, -averagedS - updateS, endS + updateS);
  const [firstS, lastS] = [readings.atS[0], readings.atS.at(-1)];
  if (firstS === undefined || lastS === undefined || firstS > 0 || lastS < endS) return null;
  const shape = shapeOf(readings, Math.min(updateS / 2, lastS - endS), updateS);
  if (!shape) return null;
  const [startW, endW] = [shape.wattsAt(0), shape.wattsAt(endS)];
  const moved = (seconds: number) => shape.wattsAt(seconds) - shape.wattsAt(seconds - averagedS);
  const sampled = shape.varianceAt(endS) - shape.varianceAt(0);
  const lagged = ((endW - startW) * LAG_S) ** 2;
  const inside = averagedS > 0 ? ((moved(0) ** 2 + moved(endS) ** 2) * averagedS ** 2) / 12 : 0;
  const rounded = (resolutionW * endS) ** 2 / 12;
  return {
    joules: shape.joulesAt(endS) - shape.joulesAt(0) + ((endW - startW) * averagedS) / 2,
    edgeJ: Math.sqrt(sampled + lagged + inside + rounded),
    samples: countWithin(power, interval),
  };
}
