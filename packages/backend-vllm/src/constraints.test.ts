/** What is refused before anything starts, and what is not. */
import type { JsonObject, PlanFacts } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { findViolations } from './constraints.js';
import { experimentWith } from './experiment.fixture.js';
import { optionsSchema } from './options.js';

const host = { platform: 'linux', arch: 'x64', logicalCpus: 8, memoryBytes: 64e9 };

const LLAMA: JsonObject = {
  model_type: 'llama',
  num_attention_heads: 32,
  num_key_value_heads: 8,
  num_hidden_layers: 32,
  max_position_embeddings: 8192,
};

interface Asked {
  readonly model?: JsonObject | null;
  readonly devices?: (string | number)[];
  readonly workload?: object;
}

function violations(settings: object, { model = null, ...asked }: Asked = {}) {
  const facts: PlanFacts = { ...host, model };
  return findViolations(optionsSchema.parse(settings), experimentWith(asked), facts);
}

const paths = (settings: object, asked?: Asked) => violations(settings, asked).map(({ path }) => path);

test('the defaults work, with a model that is known and one that is not', () => {
  expect(paths({})).toEqual([]);
  expect(paths({}, { model: LLAMA })).toEqual([]);
  expect(paths({}, { model: { anything: 'else', num_attention_heads: 'many' } })).toEqual([]);
});

test.each<[string, object, Asked, readonly string[]]>([
  ['too few GPUs', { tensor_parallel_size: 4 }, { devices: [0, 1] }, ['devices']],
  ['GPUs without work', { tensor_parallel_size: 2 }, { devices: [0, 1, 2] }, ['devices']],
  ['GPUs that fit', { tensor_parallel_size: 2, pipeline_parallel_size: 2 }, { devices: [0, 1, 2, 3] }, []],
  ['heads that do not divide', { tensor_parallel_size: 3 }, { model: LLAMA }, ['vllm.tensor_parallel_size']],
  ['more GPUs than key-value heads', { tensor_parallel_size: 16 }, { model: LLAMA }, []],
  [
    'key-value heads that do not divide',
    { tensor_parallel_size: 4 },
    { model: { ...LLAMA, num_attention_heads: 24, num_key_value_heads: 6 } },
    ['vllm.tensor_parallel_size'],
  ],
  [
    'latent attention has no key-value heads',
    { tensor_parallel_size: 4 },
    { model: { ...LLAMA, num_attention_heads: 24, num_key_value_heads: 6, kv_lora_rank: 512 } },
    [],
  ],
  [
    'the text part of a model of images',
    { tensor_parallel_size: 3 },
    { model: { text_config: LLAMA } },
    ['vllm.tensor_parallel_size'],
  ],
  [
    'more groups than layers',
    { pipeline_parallel_size: 33 },
    { model: LLAMA },
    ['vllm.pipeline_parallel_size'],
  ],
  [
    'experts of a dense model',
    { enable_expert_parallel: true },
    { model: LLAMA },
    ['vllm.enable_expert_parallel'],
  ],
  [
    'experts of a mixture',
    { enable_expert_parallel: true },
    { model: { ...LLAMA, num_local_experts: 8 } },
    [],
  ],
  [
    'contexts that are not split evenly',
    { tensor_parallel_size: 8, decode_context_parallel_size: 3 },
    {},
    ['vllm.decode_context_parallel_size'],
  ],
  [
    'contexts split where nothing is held twice',
    { tensor_parallel_size: 8, decode_context_parallel_size: 2 },
    { model: LLAMA },
    ['vllm.decode_context_parallel_size'],
  ],
  [
    'prefill and data parallel',
    { prefill_context_parallel_size: 2, data_parallel_size: 2 },
    {},
    ['vllm.prefill_context_parallel_size'],
  ],
  ['an exchange of nothing', { dcp_comm_backend: 'a2a' }, {}, ['vllm.dcp_comm_backend']],
  ['balance of nothing', { enable_eplb: true }, {}, ['vllm.enable_eplb', 'vllm.enable_eplb']],
  ['overlap of an exchange that cannot be cut', { enable_dbo: true }, {}, ['vllm.enable_dbo']],
])('GPUs: %s', (_, settings, asked, expected) => {
  expect(paths(settings, asked)).toEqual(expected);
});

test.each<[string, object, Asked, readonly string[]]>([
  ['longer than the model', { max_model_len: 10_000 }, { model: LLAMA }, ['vllm.max_model_len']],
  ['shorter than a request', { max_model_len: 700 }, {}, ['vllm.max_model_len']],
  ['as long as a request', { max_model_len: 768 }, {}, []],
  [
    'a request longer than the model',
    {},
    { model: LLAMA, workload: { input_tokens: 8000, output_tokens: 256 } },
    ['workload.input_tokens'],
  ],
  [
    'all turns of a conversation',
    {},
    { model: LLAMA, workload: { input_tokens: 2000, output_tokens: 100, turns: 4 } },
    ['workload.input_tokens'],
  ],
  [
    'a context that is scaled',
    { max_model_len: 10_000 },
    { model: { ...LLAMA, rope_scaling: { rope_type: 'yarn', factor: 4 } } },
    [],
  ],
  [
    'Llama 3 scales nothing',
    { max_model_len: 10_000 },
    { model: { ...LLAMA, rope_scaling: { rope_type: 'llama3', factor: 8 } } },
    ['vllm.max_model_len'],
  ],
  [
    'an overridden configuration',
    { max_model_len: 10_000, hf_overrides: { max_position_embeddings: 16_384 } },
    { model: LLAMA },
    [],
  ],
  [
    'no room for each request',
    { max_num_batched_tokens: 64, max_num_seqs: 128 },
    {},
    ['vllm.max_num_batched_tokens'],
  ],
  [
    'more scheduled than batched',
    { max_num_batched_tokens: 64, max_num_scheduled_tokens: 65 },
    {},
    ['vllm.max_num_scheduled_tokens'],
  ],
  [
    'whole prompts in small steps',
    { enable_chunked_prefill: false, max_num_batched_tokens: 2048, max_model_len: 4096 },
    {},
    ['vllm.max_num_batched_tokens'],
  ],
  [
    'whole prompts of a known model',
    { enable_chunked_prefill: false, max_num_batched_tokens: 2048 },
    { model: LLAMA },
    ['vllm.max_num_batched_tokens'],
  ],
  [
    'prompts in pieces in small steps',
    { enable_chunked_prefill: true, max_num_batched_tokens: 2048, max_model_len: 4096 },
    {},
    [],
  ],
  [
    'whole prompts in large steps',
    { enable_chunked_prefill: false, max_num_batched_tokens: 8192 },
    { model: LLAMA },
    [],
  ],
])('lengths and steps: %s', (_, settings, asked, expected) => {
  expect(paths(settings, asked)).toEqual(expected);
});

test.each<[string, object, Asked, readonly string[]]>([
  [
    'two sizes of the cache',
    { kv_cache_memory_bytes: 1e9, gpu_memory_utilization: 0.8 },
    {},
    ['vllm.kv_cache_memory_bytes'],
  ],
  [
    'more offloaded layers than a group has',
    { offload_group_size: 2, offload_num_in_group: 3 },
    {},
    ['vllm.offload_group_size'],
  ],
  ['two ways to offload', { offload_group_size: 4, cpu_offload_gb: 2 }, {}, ['vllm.cpu_offload_gb']],
  [
    'layers that are not prefetched',
    { offload_backend: 'uva', offload_group_size: 4, cpu_offload_gb: 2 },
    {},
    ['vllm.offload_group_size'],
  ],
  ['16-bit kernels in 32 bits', { quantization: 'fp8', dtype: 'float32' }, {}, ['vllm.dtype']],
  [
    '16-bit kernels of the checkpoint',
    { dtype: 'float' },
    { model: { ...LLAMA, quantization_config: { quant_method: 'awq' } } },
    ['vllm.dtype'],
  ],
  ['mxfp4 in half', { quantization: 'mxfp4', dtype: 'half' }, {}, ['vllm.dtype']],
  [
    'another method than the checkpoint',
    { quantization: 'awq' },
    { model: { ...LLAMA, quantization_config: { quant_method: 'gptq' } } },
    ['vllm.quantization'],
  ],
  [
    'another kernel for the same method',
    { quantization: 'gptq_marlin' },
    { model: { ...LLAMA, quantization_config: { quant_method: 'gptq' } } },
    [],
  ],
  [
    'bitsandbytes with another loader',
    { quantization: 'bitsandbytes', load_format: 'dummy' },
    {},
    ['vllm.load_format'],
  ],
  ['bitsandbytes with its own', { quantization: 'bitsandbytes', load_format: 'bitsandbytes' }, {}, []],
  [
    'fp8_e5m2 of an FP8 checkpoint',
    { kv_cache_dtype: 'fp8_e5m2' },
    { model: { ...LLAMA, quantization_config: { quant_method: 'fp8' } } },
    ['vllm.kv_cache_dtype'],
  ],
  [
    'nvfp4 of latent attention',
    { kv_cache_dtype: 'nvfp4' },
    { model: { ...LLAMA, kv_lora_rank: 512 } },
    ['vllm.kv_cache_dtype'],
  ],
  ['two kinds of 16 bits', { kv_cache_dtype: 'bfloat16', dtype: 'half' }, {}, ['vllm.kv_cache_dtype']],
  ['an FP8 cache', { kv_cache_dtype: 'fp8', dtype: 'half' }, {}, []],
])('memory and precision: %s', (_, settings, asked, expected) => {
  expect(paths(settings, asked)).toEqual(expected);
});

test.each<[string, object, readonly string[]]>([
  [
    'eager with graphs',
    { enforce_eager: true, compilation_config: { cudagraph_mode: 'FULL', mode: 3 } },
    ['vllm.compilation_config.cudagraph_mode', 'vllm.compilation_config.mode'],
  ],
  [
    'eager with sizes and a level',
    { enforce_eager: true, cudagraph_capture_sizes: [1], optimization_level: 3 },
    ['vllm.cudagraph_capture_sizes', 'vllm.optimization_level'],
  ],
  [
    'eager without graphs',
    { enforce_eager: true, compilation_config: { cudagraph_mode: 'NONE', mode: 0 }, optimization_level: 0 },
    [],
  ],
  [
    'pieces without compilation',
    { compilation_config: { cudagraph_mode: 'PIECEWISE', mode: 0 } },
    ['vllm.compilation_config.cudagraph_mode'],
  ],
  [
    'pieces at level 0',
    { optimization_level: 0, compilation_config: { cudagraph_mode: 'FULL_AND_PIECEWISE' } },
    ['vllm.compilation_config.cudagraph_mode'],
  ],
  [
    'whole graphs without compilation',
    { compilation_config: { cudagraph_mode: 'FULL_DECODE_ONLY', mode: 0 } },
    [],
  ],
  [
    'sizes in two places',
    { cudagraph_capture_sizes: [1, 2], compilation_config: { cudagraph_capture_sizes: [1] } },
    ['vllm.cudagraph_capture_sizes'],
  ],
  [
    'a largest size that is not',
    { cudagraph_capture_sizes: [1, 2], max_cudagraph_capture_size: 4 },
    ['vllm.max_cudagraph_capture_size'],
  ],
  [
    'attention in two places',
    { attention_backend: 'FLASHINFER', attention_config: { backend: 'TRITON_ATTN' } },
    ['vllm.attention_backend'],
  ],
])('graphs and attention: %s', (_, settings, expected) => {
  expect(paths(settings)).toEqual(expected);
});

const speculative = (config: object, others: object = {}) => ({ speculative_config: config, ...others });

test.each<[string, object, readonly string[]]>([
  ['nothing that drafts', speculative({ num_speculative_tokens: 2 }), ['method']],
  ['a draft model without its name', speculative({ method: 'eagle', num_speculative_tokens: 2 }), ['model']],
  ['no number of tokens', speculative({ method: 'ngram' }), ['num_speculative_tokens']],
  ['suffixes need none', speculative({ method: 'suffix' }), []],
  [
    'a shortest run above the longest',
    speculative({ method: 'ngram', num_speculative_tokens: 2, prompt_lookup_min: 4, prompt_lookup_max: 2 }),
    ['prompt_lookup_min'],
  ],
  [
    'another vocabulary',
    speculative({ method: 'ngram', num_speculative_tokens: 2, use_heterogeneous_vocab: true }),
    ['use_heterogeneous_vocab'],
  ],
  [
    'some of the GPUs',
    speculative({ model: 'a/b', draft_tensor_parallel_size: 2 }, { tensor_parallel_size: 4 }),
    ['draft_tensor_parallel_size'],
  ],
  ['one GPU', speculative({ model: 'a/b', draft_tensor_parallel_size: 1 }, { tensor_parallel_size: 4 }), []],
  [
    'a given acceptance by a real method',
    speculative({ model: 'a/b', synthetic_acceptance_length: 2 }),
    ['rejection_sample_method'],
  ],
  [
    'no acceptance given',
    speculative({ model: 'a/b', rejection_sample_method: 'synthetic' }),
    ['rejection_sample_method'],
  ],
  [
    'more than can be accepted',
    speculative({
      model: 'a/b',
      rejection_sample_method: 'synthetic',
      num_speculative_tokens: 2,
      synthetic_acceptance_length: 4,
    }),
    ['synthetic_acceptance_length'],
  ],
  [
    'rates for other positions',
    speculative({
      model: 'a/b',
      rejection_sample_method: 'synthetic',
      num_speculative_tokens: 2,
      synthetic_acceptance_rates: [0.9],
    }),
    ['synthetic_acceptance_rates'],
  ],
  [
    'rates that rise',
    speculative({
      model: 'a/b',
      rejection_sample_method: 'synthetic',
      num_speculative_tokens: 2,
      synthetic_acceptance_rates: [0.5, 0.6],
    }),
    ['synthetic_acceptance_rates'],
  ],
])('drafts: %s', (_, settings, expected) => {
  expect(paths(settings)).toEqual(expected.map((key) => `vllm.speculative_config.${key}`));
});

test.each<[string, object, readonly string[]]>([
  [
    'drafts on the processor beside the next step',
    speculative({ method: 'ngram', num_speculative_tokens: 2 }, { async_scheduling: true }),
    ['vllm.async_scheduling'],
  ],
  [
    'fast prefill with EAGLE',
    speculative(
      { method: 'eagle3', model: 'a/b', num_speculative_tokens: 2 },
      { kv_sharing_fast_prefill: true },
    ),
    ['vllm.kv_sharing_fast_prefill'],
  ],
  [
    'adapters and drafts in small steps',
    speculative(
      { method: 'ngram', num_speculative_tokens: 3 },
      { enable_lora: true, max_num_seqs: 64, max_num_batched_tokens: 128 },
    ),
    ['vllm.max_num_batched_tokens'],
  ],
  [
    'adapters that are not enabled',
    { lora_modules: { a: '/a' }, max_lora_rank: 8 },
    ['vllm.lora_modules', 'vllm.max_lora_rank'],
  ],
  [
    'an adapter that is not there',
    { enable_lora: true, lora_modules: { a: '/a' }, lora_request: 'b' },
    ['vllm.lora_request'],
  ],
  [
    'fewer adapters in the host than in a step',
    { enable_lora: true, max_loras: 4, max_cpu_loras: 2 },
    ['vllm.max_cpu_loras'],
  ],
  [
    'what has no effect',
    {
      eplb_config: {},
      prefix_caching_hash_algo: 'sha256',
      enable_prefix_caching: false,
      kv_offloading_backend: 'native',
      offload_prefetch_step: 2,
    },
    [
      'vllm.eplb_config',
      'vllm.prefix_caching_hash_algo',
      'vllm.kv_offloading_backend',
      'vllm.offload_prefetch_step',
    ],
  ],
  ['switches that are off', { fully_sharded_loras: false, specialize_active_lora: false }, []],
])('together: %s', (_, settings, expected) => {
  expect(paths(settings)).toEqual(expected);
});

describe('extra', () => {
  test.each([
    ['max_num_seqs', 8],
    ['no-enable-prefix-caching', true],
    ['port', 1],
    ['served-model-name', 'x'],
    ['config', 'x.yaml'],
    ['device-memory-utilization', 0.5],
    ['O', 3],
  ])('does not take %s', (flag, value) => {
    expect(paths({ extra: { [flag]: value } })).toEqual([`vllm.extra.${flag}`]);
  });

  test('takes what no option knows, and parts of a mapping that is not set', () => {
    expect(paths({ extra: { 'shutdown-timeout': 5, 'compilation-config.debug_dump_path': '/x' } })).toEqual(
      [],
    );
    expect(
      paths({ compilation_config: { mode: 3 }, extra: { 'compilation-config.debug_dump_path': '/x' } }),
    ).toEqual(['vllm.extra.compilation-config.debug_dump_path']);
  });
});

test('messages name what to do', () => {
  for (const { message } of violations({ tensor_parallel_size: 3 }, { model: LLAMA, devices: [0] }))
    expect(message).toMatch(/: (use|name|raise|lower|leave|set|turn)/);
});
