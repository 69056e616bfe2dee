/** Options that a running vLLM holds otherwise than the study asked. Pure. */
import { isJsonObject, type EngineDifference, type JsonObject, type JsonValue } from '@llem/core';
import { z } from 'zod';
import type { VllmOptions } from './options.js';

/** Where the configuration holds what an option decides: section and key. The names of releases 0.11 to 0.32. */
const PLACES = {
  dtype: ['model_config', 'dtype'],
  max_model_len: ['model_config', 'max_model_len'],
  quantization: ['model_config', 'quantization'],
  enforce_eager: ['model_config', 'enforce_eager'],
  disable_cascade_attn: ['model_config', 'disable_cascade_attn'],
  disable_sliding_window: ['model_config', 'disable_sliding_window'],
  load_format: ['load_config', 'load_format'],
  kv_cache_dtype: ['cache_config', 'cache_dtype'],
  block_size: ['cache_config', 'block_size'],
  enable_prefix_caching: ['cache_config', 'enable_prefix_caching'],
  gpu_memory_utilization: ['cache_config', 'gpu_memory_utilization'],
  kv_cache_memory_bytes: ['cache_config', 'kv_cache_memory_bytes'],
  num_gpu_blocks_override: ['cache_config', 'num_gpu_blocks_override'],
  max_num_seqs: ['scheduler_config', 'max_num_seqs'],
  max_num_batched_tokens: ['scheduler_config', 'max_num_batched_tokens'],
  enable_chunked_prefill: ['scheduler_config', 'enable_chunked_prefill'],
  long_prefill_token_threshold: ['scheduler_config', 'long_prefill_token_threshold'],
  scheduling_policy: ['scheduler_config', 'policy'],
  async_scheduling: ['scheduler_config', 'async_scheduling'],
  stream_interval: ['scheduler_config', 'stream_interval'],
  tensor_parallel_size: ['parallel_config', 'tensor_parallel_size'],
  pipeline_parallel_size: ['parallel_config', 'pipeline_parallel_size'],
  data_parallel_size: ['parallel_config', 'data_parallel_size'],
  decode_context_parallel_size: ['parallel_config', 'decode_context_parallel_size'],
  enable_expert_parallel: ['parallel_config', 'enable_expert_parallel'],
  enable_eplb: ['parallel_config', 'enable_eplb'],
  enable_dbo: ['parallel_config', 'enable_dbo'],
  disable_custom_all_reduce: ['parallel_config', 'disable_custom_all_reduce'],
  all2all_backend: ['parallel_config', 'all2all_backend'],
  moe_backend: ['kernel_config', 'moe_backend'],
  linear_backend: ['kernel_config', 'linear_backend'],
} as const satisfies Partial<Record<keyof VllmOptions, readonly [string, string]>>;

/** Of nested options, by the names that both sides use. */
const NESTED = {
  compilation_config: ['mode', 'cudagraph_mode', 'cudagraph_capture_sizes', 'max_cudagraph_capture_size'],
  speculative_config: ['method', 'num_speculative_tokens'],
} as const;

/** Other spellings of the same. CUDA graph modes are numbers there, those of decoding and of the rest in two. */
const SPELLINGS: Readonly<Record<string, string>> = {
  half: 'float16',
  float: 'float32',
  fp8: 'fp8_e4m3',
  NONE: '0',
  PIECEWISE: '1',
  FULL: '2',
  FULL_DECODE_ONLY: '[2,0]',
  FULL_AND_PIECEWISE: '[2,1]',
  STOCK_TORCH_COMPILE: '1',
  DYNAMO_TRACE_ONCE: '2',
  VLLM_COMPILE: '3',
};

const asJson = z.record(z.string(), z.json());

export function differencesFrom(options: VllmOptions, config: JsonObject): EngineDifference[] {
  const wanted = asJson.parse(options);
  const flat = Object.entries(PLACES).map(([name, [section, key]]) => ({
    option: name,
    asked: at(wanted, [name]),
    actual: at(config, [section, key]),
  }));
  const nested = Object.entries(NESTED).flatMap(([section, keys]) =>
    keys.map((key) => ({
      option: `${section}.${key}`,
      asked: at(wanted, [section, key]),
      actual: at(config, [section, key]),
    })),
  );
  return [...flat, ...nested].flatMap(({ option, asked, actual }) => {
    if (asked === undefined || asked === 'auto' || actual === undefined) return [];
    if (plain(asked) === plain(actual)) return [];
    return [{ option: `vllm.${option}`, asked, actual }];
  });
}

/** Undefined where there is nothing. */
function at(from: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = from;
  for (const key of path) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}

/** A value in one spelling, for comparison alone. */
function plain(value: JsonValue): string {
  const text = typeof value === 'string' ? value.replace(/^torch\./, '') : JSON.stringify(value);
  return SPELLINGS[text] ?? text;
}
