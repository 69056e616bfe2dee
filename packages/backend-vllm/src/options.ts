/** The `vllm:` section of a study. */
import { extraSchema, optionShape, type OptionTable } from '@llem/serving';
import { z } from 'zod';
import { ATTENTION_OPTIONS, COMPILATION_OPTIONS } from './options/compilation.js';
import { KV_CACHE_OPTIONS, MEMORY_OPTIONS } from './options/kv-cache.js';
import { LOGGING_OPTIONS } from './options/logging.js';
import { MODEL_OPTIONS, QUANTIZATION_OPTIONS } from './options/model.js';
import { PARALLELISM_OPTIONS } from './options/parallelism.js';
import { SCHEDULING_OPTIONS } from './options/scheduling.js';
import { LORA_OPTIONS, SPECULATION_OPTIONS } from './options/speculation.js';
import { word } from './options/values.js';

/**
 * Options of vLLM under their own names, read from the sources of its releases 0.11 to 0.32. Unset ones are not passed, so that
 * the default of the release holds.
 */
export const OPTION_TABLE = {
  ...MODEL_OPTIONS,
  ...QUANTIZATION_OPTIONS,
  ...PARALLELISM_OPTIONS,
  ...MEMORY_OPTIONS,
  ...KV_CACHE_OPTIONS,
  ...SCHEDULING_OPTIONS,
  ...COMPILATION_OPTIONS,
  ...ATTENTION_OPTIONS,
  ...SPECULATION_OPTIONS,
  ...LORA_OPTIONS,
  ...LOGGING_OPTIONS,
} as const satisfies OptionTable;

export const optionsSchema = z
  .strictObject({
    executable: word
      .default('vllm')
      .describe(
        'The program on this machine: a name in PATH, a path, or the folder of a virtual environment. In a container the image decides. Default: vllm.',
      ),
    revision: word
      .optional()
      .describe(
        'Commit, tag or branch of the model. Its commit is passed on and recorded. Default: the default branch.',
      ),
    ...optionShape(OPTION_TABLE),
    extra: extraSchema,
  })
  .describe('vLLM: `vllm serve` on this machine, or its official image.');

export type VllmOptions = z.output<typeof optionsSchema>;
