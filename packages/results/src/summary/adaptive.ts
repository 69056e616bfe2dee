/** A study whose number of cycles follows from its figures (`execution.precision`): whether it has enough, and what it reached. */
import { mostCycles, type Plan, type RunRecord } from '@llem/core';
import { energyBasis, METRICS } from '../statistics/metrics.js';
import {
  decidePrecision,
  relativeHalfWidth,
  type FiguresByCycle,
  type PrecisionDecision,
} from '../statistics/precision.js';
import { countingRecords } from '../store/attempts.js';
import type { ExperimentSummary, MetricSummary, RunCounts, Summary } from './schema.js';

/** What precision is of. */
const METRIC = 'joulesPerOutputToken';

/** Whether a study all of whose runs are over is to have another cycle. */
export function wantsCycle(plan: Plan, records: readonly RunRecord[]): boolean {
  return decision(plan, countingRecords(plan, records)) === 'more';
}

/** Cycles that a plan has by now. */
export function cyclesOf({ runs }: Pick<Plan, 'runs'>): number {
  return runs.reduce((most, { cycle }) => Math.max(most, cycle), 0);
}

/** How a study with precision stands; null for one whose number of cycles was fixed. */
export function adaptiveOf(
  plan: Plan,
  counting: readonly RunRecord[],
  { interrupted, missing }: RunCounts,
): Summary['adaptive'] {
  const { precision } = plan.execution;
  if (precision === undefined) return null;
  const decided = interrupted + missing > 0 ? 'more' : decision(plan, counting);
  return {
    metric: METRIC,
    precision,
    cycles: cyclesOf(plan),
    mostCycles: mostCycles(plan.execution),
    ended: decided === 'precise' ? 'precise' : decided === 'most' ? 'most-cycles' : null,
  };
}

/** What one experiment reached of it. */
export function precisionOf(
  { execution: { precision } }: Pick<Plan, 'execution'>,
  metric: MetricSummary,
): ExperimentSummary['precision'] {
  if (precision === undefined) return null;
  const halfWidth = relativeHalfWidth(metric);
  return { halfWidth, reached: halfWidth !== null && halfWidth <= precision, reason: metric.reason };
}

function decision(plan: Plan, counting: readonly RunRecord[]): PrecisionDecision {
  const { precision, cycles: least } = plan.execution;
  const done = cyclesOf(plan);
  const most = mostCycles(plan.execution);
  if (precision === undefined) return 'most';
  const byExperiment = new Map(plan.experiments.map(({ id }): [string, RunRecord[]] => [id, []]));
  for (const record of counting) byExperiment.get(record.experimentId)?.push(record);
  const figures = [...byExperiment.values()].map((records) => figuresOf(records, done));
  return decidePrecision(figures, { precision, least, most }, done);
}

/** Of completed runs alone; none where their energy is not of one kind, since no cycle more would make an interval of it. */
function figuresOf(records: readonly RunRecord[], cycles: number): FiguresByCycle {
  const figures = Array<number | null>(cycles).fill(null);
  const kinds = new Set<string>();
  for (const { status, cycle, measurement, search } of records) {
    if (status !== 'completed' || measurement === null) continue;
    const basis = energyBasis(measurement);
    if (basis) kinds.add(`${basis.scope} ${basis.quality}`);
    figures[cycle - 1] = METRICS[METRIC].of(measurement, search);
  }
  return kinds.size > 1 ? [] : figures;
}

/** The number of cycles in words: why there are so many. */
export function adaptiveNote({ adaptive, experiments }: Pick<Summary, 'adaptive' | 'experiments'>): string[] {
  if (adaptive === null) return [];
  const { precision, cycles, mostCycles: most, ended } = adaptive;
  const aim = `Adaptive: cycles are added until the interval of energy per output token is within ${halfWidthText(precision)} for every experiment, after two cycles in a row`;
  const short = experiments.filter((experiment) => experiment.precision?.reached === false).length;
  const rest = short === 0 ? '' : `; ${short} of ${experiments.length} did not get there`;
  switch (ended) {
    case 'precise':
      return [
        `${aim}. That was so after ${cycles} cycles${short === 0 ? '' : `${rest}, and had no figure of energy in the last ones`}.`,
      ];
    case 'most-cycles':
      return [`${aim}. It ended at ${most} cycles, the most that execution.max_cycles allows${rest}.`];
    case null:
      return [`${aim}, ${most} at most. It has not come to its end.`];
  }
}

/** `2 %`, `2.04 %` */
export const halfWidthText = (share: number): string => `±${Number((share * 100).toPrecision(3))} %`;
