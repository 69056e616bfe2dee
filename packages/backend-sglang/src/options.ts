/** The `sglang:` section of a study. */
import { extraSchema, optionShape, type OptionTable } from '@llem/serving';
import { z } from 'zod';
import { ATTENTION_OPTIONS, COMPILATION_OPTIONS } from './options/kernels.js';
import { MEMORY_OPTIONS } from './options/memory.js';
import { MODEL_OPTIONS, OFFLOAD_OPTIONS, QUANTIZATION_OPTIONS } from './options/model.js';
import { EXPERT_OPTIONS, PARALLELISM_OPTIONS } from './options/parallelism.js';
import { SCHEDULING_OPTIONS } from './options/scheduling.js';
import { LORA_OPTIONS, OBSERVATION_OPTIONS, SPECULATION_OPTIONS } from './options/speculation.js';
import { word } from './options/values.js';

/**
 * Options of SGLang under their own names, read from its releases 0.5.10 to 0.5.23. Unset ones are not passed, so that the
 * default of the release holds.
 */
export const OPTION_TABLE = {
  ...MODEL_OPTIONS,
  ...QUANTIZATION_OPTIONS,
  ...MEMORY_OPTIONS,
  ...OFFLOAD_OPTIONS,
  ...SCHEDULING_OPTIONS,
  ...PARALLELISM_OPTIONS,
  ...EXPERT_OPTIONS,
  ...ATTENTION_OPTIONS,
  ...COMPILATION_OPTIONS,
  ...SPECULATION_OPTIONS,
  ...LORA_OPTIONS,
  ...OBSERVATION_OPTIONS,
} as const satisfies OptionTable;

export const optionsSchema = z
  .strictObject({
    executable: word
      .default('sglang')
      .describe(
        'The program on this machine: a name in PATH, a path, the folder of a virtual environment, or a Python that has SGLang. In a container the image decides. Default: sglang.',
      ),
    revision: word
      .optional()
      .describe(
        'Commit, tag or branch of the model. Its commit is passed on and recorded. Default: the main branch.',
      ),
    ...optionShape(OPTION_TABLE),
    lora_request: word
      .optional()
      .describe(
        'The adapter of lora_paths that requests use. Default: the only one; of several none, the model itself.',
      ),
    extra: extraSchema,
  })
  .describe('SGLang: `sglang serve` on this machine, or its official image.');

export type SglangOptions = z.output<typeof optionsSchema>;
