/** The model of a study for SGLang. */
import type { Artifacts, Experiment } from '@llem/core';
import { prepareHubModel } from '@llem/serving';
import type { SglangOptions } from './options.js';

/** Its commit, tokenizer and configuration; weights are fetched by the engine. Throws LLEM_E_PREPARE. */
export function prepareModel(
  options: SglangOptions,
  { model }: Experiment,
  cacheDir: string,
  signal: AbortSignal,
): Promise<Artifacts> {
  return prepareHubModel(
    {
      model,
      revision: options.revision ?? null,
      tokenizer: options.tokenizer_path ?? null,
      randomWeights: options.load_format === 'dummy',
      cacheDir,
    },
    signal,
  );
}
