/** The data set of an experiment, prepared once in a session. */
import type {
  Artifacts,
  Dataset,
  DatasetFacts,
  DatasetRequest,
  Emit,
  Experiment,
  PluginRef,
  RunRecord,
} from '@llem/core';
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
  const { plugins, emit } = session.request;
  const { ref, instance } = plugins.dataset(experiment);
  const known = session.datasets.get(experiment.id);
  if (known) return { ref, facts: known };
  const { workload } = experiment;
  const request = { seed: workload.seed, workload, model };
  const facts = await guard.race(prepareAudibly({ ref, instance }, request, guard.signal, emit));
  session.datasets.set(experiment.id, facts);
  return { ref, facts };
}

/** How often one is told how far it is: one that takes less is not spoken of. */
const SAY_EVERY_MS = 5_000;

/** Prepares a data set, and says how far it is where that takes long. */
export function prepareAudibly(
  { ref, instance }: { readonly ref: PluginRef; readonly instance: Dataset },
  request: DatasetRequest,
  signal: AbortSignal,
  emit: Emit,
  nowMs: () => number = () => performance.now(),
): Promise<DatasetFacts> {
  const startMs = nowMs();
  let saidMs = startMs;
  return instance.prepare(request, signal, (share) => {
    const atMs = nowMs();
    if (atMs - saidMs < SAY_EVERY_MS || share >= 1) return;
    saidMs = atMs;
    const leftS = share > 0 ? ((atMs - startMs) * (1 - share)) / share / 1_000 : null;
    const left = leftS === null ? '' : `, about ${Math.ceil(leftS)} s left`;
    emit({
      type: 'notice',
      level: 'info',
      message: `The data set ${ref.id} is read and measured, once for this file and tokenizer: ${Math.floor(share * 100)} % done${left}.`,
    });
  });
}

/** The data set's section of a record. */
export function datasetRecord({ ref, facts }: PreparedDataset): NonNullable<RunRecord['dataset']> {
  return { id: ref.id, ...facts };
}
