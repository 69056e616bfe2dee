/** Flags, and keys of the options file, that options of the study or llem itself decide. */
import { isJsonObject, type JsonObject, type Violation } from '@llem/core';
import { decidedBy } from '@llem/serving';
import { FILE_KEYS, MAPPINGS } from './options.js';

/** Flags by what decides them: names of releases before and after included, since they mean the same. */
export const OWN_FLAGS: Readonly<Record<string, string>> = {
  host: 'the runner',
  port: 'the runner',
  config: 'trtllm.extra_llm_api_options',
  extra_llm_api_options: 'trtllm.extra_llm_api_options',
  set: 'trtllm.extra_llm_api_options',
  revision: 'trtllm.revision',
  hf_revision: 'trtllm.revision',
  backend: 'trtllm.backend',
  tokenizer: 'trtllm.tokenizer',
  trust_remote_code: 'trtllm.trust_remote_code',
  chat_template: 'trtllm.chat_template',
  tp_size: 'trtllm.tp_size',
  tensor_parallel_size: 'trtllm.tp_size',
  pp_size: 'trtllm.pp_size',
  pipeline_parallel_size: 'trtllm.pp_size',
  cp_size: 'trtllm.cp_size',
  context_parallel_size: 'trtllm.cp_size',
  ep_size: 'trtllm.ep_size',
  moe_expert_parallel_size: 'trtllm.ep_size',
  enable_attention_dp: 'trtllm.enable_attention_dp',
  max_batch_size: 'trtllm.max_batch_size',
  max_num_tokens: 'trtllm.max_num_tokens',
  max_seq_len: 'trtllm.max_seq_len',
  enable_chunked_prefill: 'trtllm.enable_chunked_prefill',
  kv_cache_free_gpu_memory_fraction: 'trtllm.kv_cache_config.free_gpu_memory_fraction',
  free_gpu_memory_fraction: 'trtllm.kv_cache_config.free_gpu_memory_fraction',
  kv_cache_dtype: 'trtllm.kv_cache_config.dtype',
  num_postprocess_workers: 'trtllm.num_postprocess_workers',
  reasoning_parser: 'trtllm.reasoning_parser',
  log_level: 'trtllm.log_level',
};

/** Keys of LlmArgs that something else decides: flags under their other name, and what llem sets. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  ...OWN_FLAGS,
  model: 'model',
  return_perf_metrics: 'the scraping of its metrics',
  enable_iter_perf_stats: 'the scraping of its metrics',
};

/** What `trtllm.extra_llm_api_options` must not hold. */
export function fileKeyViolations(extra: JsonObject): Violation[] {
  const path = (key: string) => `trtllm.extra_llm_api_options.${key}`;
  return Object.entries(extra).flatMap(([key, value]): Violation[] => {
    const owner = OWN_KEYS[key];
    if (owner !== undefined) return [{ path: path(key), message: `is ${decidedBy(owner)}` }];
    if (!(key in FILE_KEYS)) return [];
    const known = MAPPINGS[key];
    if (!known || !isJsonObject(value))
      return [{ path: path(key), message: `is an option of its own: set trtllm.${key}` }];
    return Object.keys(value)
      .filter((inner) => inner in known || inner === 'decoding_type')
      .map((inner) => ({
        path: path(`${key}.${inner}`),
        message: `is an option of its own: set trtllm.${key}.${inner}`,
      }));
  });
}
