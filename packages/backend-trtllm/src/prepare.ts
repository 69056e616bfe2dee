/** The model as trtllm-serve is to load it. */
import type { Artifacts, Experiment } from '@llem/core';
import { prepareHubModel } from '@llem/serving';
import type { TrtllmOptions } from './options.js';

/** Throws LLEM_E_PREPARE with what to do. */
export function prepareModel(
  options: TrtllmOptions,
  { model }: Experiment,
  cacheDir: string,
  signal: AbortSignal,
): Promise<Artifacts> {
  return prepareHubModel(
    {
      model,
      revision: options.revision ?? null,
      tokenizer: options.tokenizer ?? null,
      randomWeights: options.load_format === 'dummy',
      cacheDir,
    },
    signal,
  );
}
