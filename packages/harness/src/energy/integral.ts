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
 * The trapezoid rule, edges between two readings. A value is on average half an update old, a mean half its length more: readings
 * are moved back by that, as far as there are readings after the end. `edgeJ`: what `Shape.varianceAt` states for the
 * readings; a lag, as far as power differs between the edges; and for a mean over a time T, that an edge is blurred over T: a load that
 * changes by d anywhere in it leaves d T / 12^(1/2) at most, d being how much the mean moved around the edge; and the resolution, by which a steady power may be off all the time. Null when an edge is
 * not between two readings.
 */
export function integralEnergy(
  power: Series,
  interval: Interval,
  { updateMs, averagedMs = 0, resolutionW }: PowerKind,
): IntervalEnergy | null {
  const endS = durationS(interval);
  const updateS = updateMs / 1e3;
  const averagedS = averagedMs / 1e3;
  const delayS = updateS / 2 + averagedS / 2;
  const marginS = delayS + averagedS;
  const readings = readingsBetween(power, interval.startNs, -marginS, endS + marginS);
  const [firstS, lastS] = [readings.atS[0], readings.atS.at(-1)];
  if (firstS === undefined || lastS === undefined || firstS > 0 || lastS < endS) return null;
  const shape = shapeOf(readings, Math.min(delayS, lastS - endS), updateS);
  if (!shape) return null;
  const moved = (seconds: number) =>
    shape.wattsAt(seconds + averagedS / 2) - shape.wattsAt(seconds - averagedS / 2);
  const blurred = averagedS > 0 ? ((moved(0) ** 2 + moved(endS) ** 2) * averagedS ** 2) / 12 : 0;
  const sampled = shape.varianceAt(endS) - shape.varianceAt(0);
  const lagged = ((shape.wattsAt(endS) - shape.wattsAt(0)) * LAG_S) ** 2;
  const rounded = (resolutionW * endS) ** 2 / 12;
  return {
    joules: shape.joulesAt(endS) - shape.joulesAt(0),
    edgeJ: Math.sqrt(sampled + blurred + lagged + rounded),
    samples: countWithin(power, interval),
  };
}
