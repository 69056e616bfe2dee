/** A plan and its records as a summary: figures over repeats with their intervals, and a verdict. Pure. */
import { runKey, type Plan, type RunRecord } from '@llem/core';
import { METRIC_IDS, METRICS } from '../statistics/metrics.js';
import { countingRecords } from '../store/attempts.js';
import { runsToCome, skippedRuns, type Manifest } from '../store/manifest.js';
import { adaptiveNote, adaptiveOf } from './adaptive.js';
import { countRuns, summariseExperiment } from './experiment.js';
import { summarySchema, type Summary } from './schema.js';
import { judgeStudy } from './verdict.js';

/**
 * `records` may be all attempts or only those that count; the manifest tells which runs were given up and which are tried again. The
 * same input gives the same summary.
 */
export function summarise(
  plan: Plan,
  records: readonly RunRecord[],
  manifest: Pick<Manifest, 'runs'> = { runs: [] },
): Summary {
  const skipped = skippedRuns(manifest);
  const left = new Set([...skipped.map(runKey), ...runsToCome(manifest)]);
  const counting = countingRecords(plan, records).filter((record) => !left.has(runKey(record)));
  const experiments = plan.experiments.map((experiment) =>
    summariseExperiment(
      plan,
      experiment,
      counting.filter((record) => record.experimentId === experiment.id),
      plan.runs.filter((run) => run.experimentId === experiment.id).length,
      skipped.filter((run) => run.experimentId === experiment.id),
    ),
  );
  const runs = countRuns(counting, plan.runs.length, skipped.length);
  const adaptive = adaptiveOf(plan, counting, runs);
  const { order } = plan.execution;
  return summarySchema.parse({
    schema: 'llem.summary/1',
    studyName: plan.studyName,
    studyHash: plan.studyHash,
    ...judgeStudy(experiments, runs),
    order,
    paired: order === 'shuffled',
    runs,
    adaptive,
    notes: [...adaptiveNote({ adaptive, experiments }), ...notesOf(plan, counting)],
    metrics: Object.fromEntries(
      METRIC_IDS.map((id) => [
        id,
        { title: METRICS[id].title, unit: METRICS[id].unit, better: METRICS[id].better },
      ]),
    ),
    experiments,
  });
}

function notesOf(plan: Plan, counting: readonly RunRecord[]): string[] {
  const notes: string[] = [];
  if (plan.execution.order !== 'shuffled') {
    notes.push(
      `The order was ${plan.execution.order}: a drift of the machine cannot be told from an effect, so nothing is compared in pairs. Set execution.order to shuffled.`,
    );
  }
  if (counting.some((record) => record.engine.model?.randomWeights)) {
    notes.push('A model with random weights was used: its speed and energy are real, its text is not.');
  }
  notes.push(...estimateNotes(counting));
  const sessions = new Set(counting.map((record) => record.session)).size;
  if (sessions > 1) notes.push(`The runs are from ${sessions} sessions (boots of the machine).`);
  if (plan.skipped.length > 0) {
    notes.push(`${plan.skipped.length} of the study's points were skipped as invalid; the plan says why.`);
  }
  return notes;
}

/** What was estimated: the figures themselves, or what stands beside them in the records. */
function estimateNotes(counting: readonly RunRecord[]): string[] {
  const energies = counting.flatMap(({ measurement }) => (measurement ? [measurement.energy] : []));
  const isEstimated = ({ headline, totals }: (typeof energies)[number]) =>
    headline !== null && totals[headline]?.quality === 'estimated';
  if (energies.some(isEstimated))
    return ['Energy was estimated from a power model, not measured; it is labelled estimated.'];
  const scopes = new Set(
    energies.flatMap(({ domains }) =>
      domains.filter(({ quality }) => quality === 'estimated').map(({ scope }) => scope),
    ),
  );
  if (scopes.size === 0) return [];
  return [
    `The records also hold an estimate of ${[...scopes].join(', ')} from a power model; it is no part of the figures here.`,
  ];
}
