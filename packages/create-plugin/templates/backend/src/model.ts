/** The model that the engine is given. */
import type { Artifacts, Experiment } from '@llem/core';
import type { Options } from './options.js';

/**
 * The example engine has no model, so there is nothing to fetch. Where yours has one, this is the place for input and output: fetch or look
 * for the files, read what they tell, and throw `llemError('LLEM_E_PREPARE', ...)` with what to do where that fails.
 */
export function prepareModel(options: Options, { model }: Experiment): Artifacts {
  return {
    modelRef: model,
    // What is not known is null, never a guess: all of it goes into the record.
    model: {
      name: model,
      revision: null,
      weightsHash: null,
      tokenizerRevision: null,
      // True: speed and energy are real, the text is not.
      randomWeights: true,
      parameters: null,
      contextLength: options.context,
      // Ids of ordinary tokens, from which prompts of exact length are drawn. Where they are null, prompts are text.
      promptTokenIds: { first: 0, last: 31_999 },
      tokenizerPath: null,
    },
  };
}
