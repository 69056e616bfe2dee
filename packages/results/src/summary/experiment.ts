/** One experiment over its cycles. */
import type { Experiment, Measurement, Plan, RunRecord } from '@llem/core';
import { energyBasis, METRIC_IDS, METRICS, type EnergyBasis, type Metric } from '../statistics/metrics.js';
import { describeRepeats } from '../statistics/repeats.js';
import type { SkippedRun } from '../store/manifest.js';
import { precisionOf } from './adaptive.js';
import { precisionCheck, repeatChecks } from './checks.js';
import { differingEngines } from './engines.js';
import { failingOnce, gatherFailing } from './failing.js';
import {
  experimentSummarySchema,
  metricsSummarySchema,
  type ExperimentSummary,
  type MetricSummary,
  type RunCounts,
} from './schema.js';
import { judgeExperiment } from './verdict.js';

/**
 * `records`: the counting ones of this experiment, one a cycle, without those of skipped runs. `planned`: how many cycles the
 * plan has. `skipped`: those that were given up.
 */
export function summariseExperiment(
  plan: Pick<Plan, 'execution'>,
  experiment: Experiment,
  records: readonly RunRecord[],
  planned: number,
  skipped: readonly SkippedRun[],
): ExperimentSummary {
  const completed = records.filter((record) => record.status === 'completed');
  const { mixed, ...energy } = energyOf(completed);
  const metrics = metricsSummarySchema.parse(
    Object.fromEntries(METRIC_IDS.map((id) => [id, summariseMetric(METRICS[id], completed, mixed)])),
  );
  const precision = precisionOf(plan, metrics.joulesPerOutputToken);
  const evidence = {
    runs: countRuns(records, planned, skipped.length),
    failing: failingChecks(completed),
    failures: failureClasses(records),
    skipReason: skipped.at(-1)?.reason ?? null,
    overload: overloadOf(records),
  };
  return experimentSummarySchema.parse({
    experimentId: experiment.id,
    label: experiment.label,
    factors: experiment.factors,
    ...judgeExperiment(experiment, { ...evidence, differing: differingEngines(records) }),
    ...evidence,
    energy,
    metrics,
    precision,
    // Repeats make figures surer; where every run was overloaded there are none.
    checks:
      evidence.runs.overloaded === planned
        ? []
        : [
            ...repeatChecks(completed.length, metrics, startTemperatures(completed)),
            ...precisionCheck(plan, precision),
          ],
  });
}

const startTemperatures = (completed: readonly RunRecord[]): number[] =>
  completed.flatMap(({ measurement }) => measurement?.thermal?.startC ?? []);

export function countRuns(records: readonly RunRecord[], planned: number, skipped: number): RunCounts {
  const count = (status: RunRecord['status']) => records.filter((record) => record.status === status).length;
  return {
    planned,
    completed: count('completed'),
    overloaded: count('overloaded'),
    failed: count('failed'),
    skipped,
    interrupted: count('interrupted'),
    missing: Math.max(0, planned - skipped - records.length),
    publishable: records.filter((record) => record.status === 'completed' && record.validity.publishable)
      .length,
  };
}

function summariseMetric(metric: Metric, completed: readonly RunRecord[], mixed: boolean): MetricSummary {
  const values = completed.flatMap(
    ({ measurement, search }) => (measurement && metric.of(measurement, search)) ?? [],
  );
  const missing = completed.length - values.length;
  if (metric.energy && mixed) {
    const { scale } = describeRepeats([], metric.strictlyPositive);
    const nothing = { centre: null, scale, mean: null, sd: null, cv: null, interval: null };
    return {
      n: values.length,
      missing,
      ...nothing,
      reason: 'The runs differ in the scope or quality of their energy.',
    };
  }
  const repeats = describeRepeats(values, metric.strictlyPositive);
  return { ...repeats, missing, reason: values.length > 0 ? repeats.reason : whyNone(metric, completed) };
}

/** Why no run has a value, as the records tell it. */
function whyNone(metric: Metric, completed: readonly RunRecord[]): string {
  if (completed.length === 0) return 'No run completed.';
  for (const record of completed) {
    const reason = recordedReason(record, metric.path) ?? (metric.energy ? energyReason(record) : null);
    if (reason !== null) return reason;
  }
  return metric.notAsked ?? 'No run has a value.';
}

/** The reason for a path or for what contains it. */
function recordedReason({ reasons }: RunRecord, path: string): string | null {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    if (Object.hasOwn(reasons, at)) return reasons[at] ?? null;
  }
  return null;
}

/** Why there is no headline: of a domain that has no figure, else of each scope that could have been one. */
function energyReason(record: RunRecord): string | null {
  const domain = record.measurement?.energy.domains.find(({ reason }) => reason !== null);
  if (domain) return domain.reason;
  const ofScopes = HEADLINE_SCOPES.flatMap((scope) => {
    const reason = recordedReason(record, `measurement.energy.totals.${scope}`);
    return reason === null ? [] : [`${scope}: ${reason}`];
  });
  return ofScopes.length > 0 ? ofScopes.join('; ') : null;
}

const HEADLINE_SCOPES = ['gpu', 'cpu', 'node'] as const;

interface ExperimentEnergy {
  readonly scope: EnergyBasis['scope'] | null;
  readonly quality: EnergyBasis['quality'] | null;
  readonly reason: string | null;
  /** The runs' figures are not of one kind and are not put together. */
  readonly mixed: boolean;
}

function energyOf(completed: readonly RunRecord[]): ExperimentEnergy {
  const cycles = new Map<string, { basis: EnergyBasis; cycles: number[] }>();
  for (const { measurement, cycle } of completed) {
    const basis = measurement && energyBasis(measurement);
    if (!basis) continue;
    const key = `${basis.scope} (${basis.quality})`;
    const known = cycles.get(key);
    if (known) known.cycles.push(cycle);
    else cycles.set(key, { basis, cycles: [cycle] });
  }
  const [first, ...others] = cycles.values();
  if (!first) {
    return {
      scope: null,
      quality: null,
      reason: whyNone(METRICS.joulesPerOutputToken, completed),
      mixed: false,
    };
  }
  if (others.length === 0) return { ...first.basis, reason: null, mixed: false };
  const list = [...cycles].map(([key, of]) => `${key} in cycle ${of.cycles.join(', ')}`).join('; ');
  return { scope: null, quality: null, reason: `The runs differ: ${list}.`, mixed: true };
}

function failingChecks(completed: readonly RunRecord[]): ExperimentSummary['failing'] {
  const failed = completed.flatMap((record) => record.validity.checks).filter((check) => !check.ok);
  return gatherFailing(failed.map(failingOnce));
}

function failureClasses(records: readonly RunRecord[]): Record<string, number> {
  const classes = records.flatMap(({ status, failure }) =>
    status === 'failed' ? [failure?.class ?? 'unknown'] : [],
  );
  return countEach(classes);
}

/** What the overloaded runs were asked and gave, on average over those that tell it; null where none was overloaded. */
function overloadOf(records: readonly RunRecord[]): ExperimentSummary['overload'] {
  const overloaded = records.filter((record) => record.status === 'overloaded');
  if (overloaded.length === 0) return null;
  const meanOf = (of: (throughput: Measurement['throughput']) => number | null) =>
    describeRepeats(
      overloaded.flatMap(({ measurement }) => (measurement && of(measurement.throughput)) ?? []),
      false,
    ).mean;
  return {
    offeredPerS: meanOf(({ offeredPerS }) => offeredPerS),
    requestsPerS: meanOf(({ requestsPerS }) => requestsPerS),
    goodputPerS: meanOf(({ goodputPerS }) => goodputPerS),
    failing: failingChecks(overloaded),
  };
}

/** How often each text is there. */
export function countEach(texts: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries(counts);
}
