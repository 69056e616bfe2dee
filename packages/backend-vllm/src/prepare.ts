/** The model as vLLM is to load it. Weights are vLLM's own to fetch. */
import type { Artifacts, Experiment } from '@llem/core';
import { prepareHubModel } from '@llem/serving';
import type { VllmOptions } from './options.js';

/** Throws LLEM_E_PREPARE. */
export function prepareModel(
  options: VllmOptions,
  { model }: Experiment,
  cacheDir: string,
  signal: AbortSignal,
): Promise<Artifacts> {
  const ownTokenizer = options.tokenizer_revision === undefined ? undefined : model;
  return prepareHubModel(
    {
      model,
      revision: options.revision ?? null,
      tokenizer: options.tokenizer ?? ownTokenizer ?? null,
      tokenizerRevision: options.tokenizer_revision ?? null,
      randomWeights: options.load_format === 'dummy',
      cacheDir,
    },
    signal,
  );
}
