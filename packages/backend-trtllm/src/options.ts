/** The `trtllm:` section of a study. */
import { extraSchema, optionShape, type OptionTable } from '@llem/serving';
import { z } from 'zod';
import { ADAPTERS, LORA, loraRequest, PEFT_CACHE } from './options/adapters.js';
import { CUDA_GRAPH, EXECUTION, TORCH_COMPILE } from './options/execution.js';
import { FLAGS } from './options/flags.js';
import { KV_CACHE, kvCacheConfig } from './options/kv-cache.js';
import { OBSERVATION } from './options/observation.js';
import { ATTENTION_DP, CONTEXT_PARALLELISM, MOE, PARALLELISM } from './options/parallelism.js';
import { SCHEDULER, SCHEDULING } from './options/scheduling.js';
import { SPECULATION, SPECULATIVE_DECODING } from './options/speculation.js';
import { text } from './options/values.js';

/** Keys of the options file, LlmArgs as the engine calls them. What they say wins over flags. */
export const FILE_KEYS = {
  kv_cache_config: {
    schema: kvCacheConfig,
    flag: null,
    group: 'KV cache',
    about: 'The KV cache.',
  },
  ...SCHEDULING,
  ...PARALLELISM,
  ...EXECUTION,
  ...SPECULATIVE_DECODING,
  ...ADAPTERS,
  ...OBSERVATION,
} as const satisfies OptionTable;

/** Tables of the mappings among them. */
export const MAPPINGS: Readonly<Record<string, OptionTable>> = {
  kv_cache_config: KV_CACHE,
  scheduler_config: SCHEDULER,
  attention_dp_config: ATTENTION_DP,
  cp_config: CONTEXT_PARALLELISM,
  moe_config: MOE,
  cuda_graph_config: CUDA_GRAPH,
  torch_compile_config: TORCH_COMPILE,
  speculative_config: SPECULATION,
  lora_config: LORA,
  peft_cache_config: PEFT_CACHE,
};

export { FLAGS };

export const optionsSchema = z
  .strictObject({
    executable: text
      .default('trtllm-serve')
      .describe(
        'A trtllm-serve, by path or by name in PATH, or the folder of a virtual environment that has one. Of a process on this machine; a container has its own. Default: trtllm-serve.',
      ),
    revision: text
      .optional()
      .describe('Commit, tag or branch of the model at the Hugging Face Hub. Default: main.'),
    ...optionShape(FLAGS),
    ...optionShape(FILE_KEYS),
    lora_request: loraRequest.optional(),
    extra_llm_api_options: z
      .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a key of LlmArgs'), z.json())
      .default({})
      .describe(
        'Further keys of the options file, as a mapping: what no option here decides, nested keys too. Recorded as written.',
      ),
    extra: extraSchema,
  })
  .describe('TensorRT-LLM: trtllm-serve as a process or in a container. Defaults are those of 1.3.');

export type TrtllmOptions = z.output<typeof optionsSchema>;
