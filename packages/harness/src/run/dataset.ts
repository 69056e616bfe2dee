/** The data set of an experiment, prepared once in a session. */
import type { Artifacts, DatasetFacts, Experiment, PluginRef, RunRecord } from '@llem/core';
import type { Guard } from './guard.js';
import type { Session } from './session.js';

/** Where the load threads find it, and what is known of it. */
export interface PreparedDataset {
  readonly ref: PluginRef;
  readonly facts: DatasetFacts;
}

export async function prepareDataset(
  session: Session,
  experiment: Experiment,
  { model }: Artifacts,
  guard: Guard,
): Promise<PreparedDataset> {
  const { ref, instance } = session.request.plugins.dataset(experiment);
  const known = session.datasets.get(experiment.id);
  if (known) return { ref, facts: known };
  const { workload } = experiment;
  const request = { seed: workload.seed, workload, model };
  const facts = await guard.race(instance.prepare(request, guard.signal));
  session.datasets.set(experiment.id, facts);
  return { ref, facts };
}

/** The data set's section of a record. */
export function datasetRecord({ ref, facts }: PreparedDataset): NonNullable<RunRecord['dataset']> {
  return { id: ref.id, ...facts };
}
