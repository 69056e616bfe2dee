/** The model of an experiment: what its backend finds, and what is left of that where llem does not start the server. */
import { isLlemError, type Artifacts, type Experiment, type LlemError } from '@llem/core';
import type { Plugins } from '../request.js';
import { isAttached } from '../service/attached.js';

export interface PreparedModel {
  readonly artifacts: Artifacts;
  /** Why nothing is known of the model, where a server has it that needs none of its files here; else null. */
  readonly without: Pick<LlemError, 'message' | 'remedy'> | null;
}

/** Classes of failures that mean that the model's files cannot be had here, wherever else they are. */
const NOT_HERE: readonly (string | undefined)[] = [
  'missing-model',
  'gated-model',
  'hub-token',
  'hub-unreachable',
];

/** Throws LLEM_E_PREPARE. */
export async function prepareModel(
  plugins: Pick<Plugins, 'backend' | 'resolveRunner' | 'runner'>,
  experiment: Experiment,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const prepared = plugins.backend(experiment).prepare(experiment, signal);
  if (!isAttached(experiment, plugins)) return { artifacts: await prepared, without: null };
  try {
    const { modelRef, model } = await prepared;
    // What is found here is not what the server has loaded: its name is, its commit and its weights may not be.
    return {
      artifacts: { modelRef, model: { ...model, revision: null, weightsHash: null } },
      without: null,
    };
  } catch (error) {
    if (!isLlemError(error) || !NOT_HERE.includes(error.failureClass)) throw error;
    const message = `${error.message} Its tokenizer and its lengths are not known, and the server is measured without.`;
    const remedy =
      'Let `model` be the name on the Hub or a folder, and `served_model` of the runner what the server calls it.';
    return { artifacts: nothingKnown(experiment.model), without: { message, remedy } };
  }
}

const nothingKnown = (name: string): Artifacts => ({
  modelRef: name,
  model: {
    name,
    revision: null,
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
  },
});
