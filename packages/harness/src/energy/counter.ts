/** Energy of an interval from a cumulative counter, both edges put between its steps. */
import { align, type Alignment, type Stretch } from './alignment.js';
import { alignedEdge, linearEdge, type Edge } from './edge.js';
import {
  countWithin,
  durationS,
  readingsBetween,
  type Interval,
  type IntervalEnergy,
  type Series,
} from './series.js';
import { shapeOf } from './shape.js';
import { stepsOf, type Steps } from './steps.js';

export interface CounterEnergy extends IntervalEnergy {
  /** Median time between two steps, ms; null for a counter that is finer than the readings. */
  readonly stepMs: number | null;
}

/** Power of an instant, beside a counter: a value is the source's of at most `updateMs` ago. */
export interface InstantPower {
  readonly series: Series;
  readonly updateMs: number;
}

/** So far on either side of an edge it is looked for what tells of the counter: enough for the slowest one. */
const AROUND_S = 10;
/** On the far side, where two edges lie close: as much as to see a few steps. */
const LEAST_ASIDE_S = 0.7;
/** Power is no shape where it was not read for so long near an edge. */
const LONGEST_GAP_S = 0.5;
/** One standard deviation of what nothing can tell, s: by how much counter and power lag together. */
const COMMON_LAG_S = 0.008;
/** The same without power: the counter's own lag, of which the part that both edges share matters as far as power differs. */
const LAG_S = 0.01;

/** Null when an edge has no step of the counter on both sides. */
export function counterEnergy(
  counter: Series,
  interval: Interval,
  power: InstantPower | null = null,
): CounterEnergy | null {
  const endS = durationS(interval);
  const nearS = Math.max(LEAST_ASIDE_S, endS / 2);
  const around = (series: Series) => [
    readingsBetween(series, interval.startNs, -AROUND_S, Math.min(AROUND_S, nearS)),
    readingsBetween(series, interval.startNs, Math.max(endS - AROUND_S, endS - nearS), endS + AROUND_S),
  ];
  const sides = around(counter).map((readings, side): Side => ({
    atS: side === 0 ? 0 : endS,
    steps: stepsOf(readings),
  }));
  const energy =
    (power && alignedEnergy(sides, around(power.series), power.updateMs / 1e3)) ?? linearEnergy(sides);
  if (!energy) return null;
  const steps = sides.flatMap(({ steps: { stepS } }) => (stepS === null ? [] : [stepS]));
  return {
    ...energy,
    samples: countWithin(counter, interval),
    stepMs: steps.length > 0 ? (steps.reduce((sum, step) => sum + step, 0) / steps.length) * 1e3 : null,
  };
}

interface Side {
  readonly atS: number;
  readonly steps: Steps;
}

type Energy = Pick<IntervalEnergy, 'joules' | 'edgeJ'>;

/** With the shape of power. Null where the counter has no steps that could be aligned, or power was not read all the way. */
function alignedEnergy(
  sides: readonly Side[],
  power: readonly ReturnType<typeof readingsBetween>[],
  updateS: number,
): Energy | null {
  const stretches: Stretch[] = [];
  for (const [index, { steps, atS }] of sides.entries()) {
    const readings = power[index];
    const shape = readings ? shapeOf(readings, updateS / 2, updateS) : null;
    if (!shape || steps.stepS === null) return null;
    const asideS = LEAST_ASIDE_S;
    if (shape.longestGapS(atS - asideS, atS + asideS) > LONGEST_GAP_S) return null;
    const gain = gainOf(steps, shape.fromS, shape.toS, (seconds) => shape.joulesAt(seconds));
    if (gain === null) return null;
    stretches.push({ steps, shape, gain });
  }
  const alignment = align(stretches);
  const solved = between(sides, stretches, alignment);
  if (!solved) return null;
  const { joules, variance, deltaW } = solved;
  // How the figure moves with the lag that was found: both edges move together.
  const PROBE_S = 1e-3;
  const moved = between(sides, stretches, { ...alignment, lagS: alignment.lagS + PROBE_S });
  const perLag = moved ? (moved.joules - joules) / PROBE_S : deltaW;
  return {
    joules,
    edgeJ: Math.sqrt(variance + perLag ** 2 * alignment.lagVariance + (deltaW * COMMON_LAG_S) ** 2),
  };
}

/** The counter's joules for each of power's, over all steps that power covers; null where there is nothing to compare. */
function gainOf(
  steps: Steps,
  fromS: number,
  toS: number,
  joulesAt: (seconds: number) => number,
): number | null {
  const inside = [...steps.atS.keys()].filter(
    (i) => (steps.atS[i] ?? 0) >= fromS && (steps.atS[i] ?? 0) <= toS,
  );
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined) return null;
  const counted = (steps.joules[last] ?? 0) - (steps.joules[first] ?? 0);
  const integrated = joulesAt(steps.atS[last] ?? 0) - joulesAt(steps.atS[first] ?? 0);
  return counted > 0 && integrated > 0 ? counted / integrated : null;
}

function between(sides: readonly Side[], stretches: readonly Stretch[], alignment: Alignment) {
  const [start, end] = sides.map(({ atS }, index): Edge | null => {
    const stretch = stretches[index];
    return stretch ? alignedEdge(stretch, alignment, atS) : null;
  });
  return start && end ? difference(start, end) : null;
}

function linearEnergy(sides: readonly Side[]): Energy | null {
  const [start, end] = sides.map(({ steps, atS }) => linearEdge(steps, atS));
  if (!start || !end) return null;
  const { joules, variance, deltaW } = difference(start, end);
  const isStepped = sides.some(({ steps }) => steps.stepS !== null);
  return { joules, edgeJ: Math.sqrt(variance + (isStepped ? (deltaW * LAG_S) ** 2 : 0)) };
}

const difference = (start: Edge, end: Edge) => ({
  joules: end.joules - start.joules,
  variance: start.variance + end.variance,
  deltaW: end.watts - start.watts,
});
