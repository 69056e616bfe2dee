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
import type { LoadPlan } from '@llem/loadgen';
import type { Run } from './context.js';
import type { Guard } from './guard.js';
import type { RunResult } from './run.js';
import { seedAfter } from './seeds.js';
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

/** True of a data set that has no other prompts than those that every seed gives: it ends, or begins anew. */
export const runsOut = ({ prompts, repeats }: Pick<DatasetFacts, 'prompts' | 'repeats'>): boolean =>
  prompts !== null || repeats;

/**
 * Where prompts can run out all loads of a run read one sequence of them, each on from where the one before it ended, so
 * that no prompt is sent twice; else a load draws its own.
 */
export function promptsOf(
  { planned, found }: Pick<Run, 'planned' | 'found'>,
  { facts }: PreparedDataset,
  seed: number,
): NonNullable<LoadPlan['prompts']> {
  return runsOut(facts)
    ? { seed: planned.seed, skip: found.promptsUsed }
    : { seed: seedAfter(seed, found.seedSteps), skip: 0 };
}

/** The data set's section of a record. */
export function datasetRecord({
  dataset,
  promptSeed: seed,
}: Pick<RunResult, 'dataset' | 'promptSeed'>): RunRecord['dataset'] {
  return dataset && seed !== null ? { id: dataset.ref.id, seed, ...dataset.facts } : null;
}
