/** What a plan refuses, by the setting at fault. */
import { workloadSchema, type Experiment, type JsonObject } from '@llem/core';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { findViolations } from './constraints.js';
import { optionsSchema } from './options.js';

const host = { platform: 'linux', arch: 'x64', logicalCpus: 8, memoryBytes: 64e9 };

const experimentOf = (
  workload: z.input<typeof workloadSchema> = {},
  devices: Experiment['devices'] = null,
): Experiment => ({
  id: '000000000000',
  label: 'test',
  asked: {},
  factors: {},
  model: 'org/model',
  backend: 'trtllm',
  runner: null,
  devices,
  workload: workloadSchema.parse({ input_tokens: 100, output_tokens: 100, ...workload }),
  measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } },
  options: {},
});

const violations = (
  settings: object,
  experiment: Experiment = experimentOf(),
  model: JsonObject | null = null,
) => findViolations(optionsSchema.parse(settings), experiment, { ...host, model });
const paths = (...given: Parameters<typeof violations>) => violations(...given).map(({ path }) => path);

test('an engine with its defaults is fine', () => {
  expect(violations({})).toEqual([]);
});

describe('several GPUs', () => {
  test.each([
    ['fewer GPUs than ranks', { tp_size: 2, pp_size: 2 }, [0, 1], ['devices']],
    ['more, which would be billed', { tp_size: 2 }, [0, 1, 2], ['devices']],
    ['as many', { tp_size: 2, pp_size: 2 }, [0, 1, 2, 3], []],
    ['all, of which nobody knows how many there are', { tp_size: 8 }, 'all' as const, []],
    ['none', {}, 'none' as const, ['devices']],
  ])('%s', (_, settings, devices, expected) => {
    expect(paths(settings, experimentOf({}, devices))).toEqual(expected);
  });

  test('the message says how many ranks there are', () => {
    expect(violations({ tp_size: 4 }, experimentOf({}, [0]))[0]?.message).toBe(
      'TensorRT-LLM needs 4 GPUs (trtllm.tp_size 4 x pp_size 1 x cp_size 1) and devices names 1: name 4, or lower one of them',
    );
  });

  test.each([
    ['experts over more than the GPUs', { tp_size: 4, ep_size: 3 }, ['trtllm.ep_size']],
    ['experts over half', { tp_size: 4, ep_size: 2, moe_tensor_parallel_size: 2 }, []],
    [
      'a product that is off',
      { tp_size: 4, ep_size: 2, moe_tensor_parallel_size: 4 },
      ['trtllm.moe_tensor_parallel_size'],
    ],
    ['layers for fewer groups', { pp_size: 3, pp_partition: [10, 10] }, ['trtllm.pp_partition']],
  ])('%s', (_, settings, expected) => {
    expect(paths(settings)).toEqual(expected);
  });
});

describe('room for the requests', () => {
  test.each([
    ['a context that is too short', { max_seq_len: 199 }, {}, ['trtllm.max_seq_len']],
    ['one that is just enough', { max_seq_len: 200 }, {}, []],
    ['all turns of a conversation', { max_seq_len: 500 }, { turns: 3 }, ['trtllm.max_seq_len']],
    ['a prompt beyond a step', { max_num_tokens: 64 }, {}, ['trtllm.max_num_tokens']],
    ['the same in pieces', { max_num_tokens: 64, enable_chunked_prefill: true }, {}, []],
    ['a prompt beyond the default step', {}, { input_tokens: 8193 }, ['trtllm.max_num_tokens']],
    [
      'a cache for less than a request',
      { kv_cache_config: { max_tokens: 150 } },
      {},
      ['trtllm.kv_cache_config.max_tokens'],
    ],
  ])('%s', (_, settings, workload, expected) => {
    expect(paths(settings, experimentOf(workload))).toEqual(expected);
  });
});

describe('the model', () => {
  const llama = {
    architectures: ['LlamaForCausalLM'],
    num_attention_heads: 32,
    num_key_value_heads: 8,
    num_hidden_layers: 16,
    hidden_size: 2048,
    max_position_embeddings: 4096,
    vocab_size: 32000,
  };

  test.each([
    ['heads that do not divide', { tp_size: 3 }, ['trtllm.tp_size']],
    ['the same with attention of requests of its own', { tp_size: 3, enable_attention_dp: true }, []],
    ['heads that do', { tp_size: 8 }, []],
    ['more groups than layers', { pp_size: 32 }, ['trtllm.pp_size']],
    ['layers that are not all of them', { pp_size: 2, pp_partition: [8, 4] }, ['trtllm.pp_partition']],
  ])('%s', (_, settings, expected) => {
    expect(paths(settings, experimentOf(), llama)).toEqual(expected);
  });

  test('a request beyond what it was made for, unless its positions are scaled', () => {
    const long = experimentOf({ input_tokens: 4000 });
    expect(paths({}, long, llama)).toEqual(['workload.input_tokens']);
    expect(paths({}, long, { ...llama, rope_scaling: { rope_type: 'yarn', factor: 4 } })).toEqual([]);
  });

  test('a configuration that says nothing refuses nothing', () => {
    expect(paths({ tp_size: 3, pp_size: 99 }, experimentOf(), {})).toEqual([]);
  });
});

describe('what does not go together', () => {
  test.each([
    [
      'a KV type for engines built ahead',
      { backend: 'tensorrt', kv_cache_config: { dtype: 'fp8' } },
      ['trtllm.kv_cache_config.dtype'],
    ],
    ['auto for them', { backend: 'tensorrt', kv_cache_config: { dtype: 'auto' } }, []],
    ['graphs for them', { backend: 'tensorrt', cuda_graph_config: null }, ['trtllm.cuda_graph_config']],
    [
      'graph sizes and another largest one',
      { cuda_graph_config: { batch_sizes: [1, 8], max_batch_size: 16 } },
      ['trtllm.cuda_graph_config.max_batch_size'],
    ],
    ['graph sizes and their largest', { cuda_graph_config: { batch_sizes: [1, 8], max_batch_size: 8 } }, []],
    [
      'a disk without a folder',
      { kv_cache_config: { disk_cache_size: 1 } },
      ['trtllm.kv_cache_config.disk_cache_size'],
    ],
    [
      'reuse with an attention that has none',
      { attn_backend: 'FLASHINFER', kv_cache_config: { enable_block_reuse: true } },
      ['trtllm.kv_cache_config.enable_block_reuse'],
    ],
    ['that attention, and nothing said of reuse', { attn_backend: 'FLASHINFER' }, []],
    [
      'Lookahead with engines built ahead',
      { backend: 'tensorrt', speculative_config: { decoding_type: 'Lookahead' } },
      [],
    ],
    [
      'pieces with an attention that has none',
      { attn_backend: 'FLASHINFER_STAR_ATTENTION', enable_chunked_prefill: true },
      ['trtllm.enable_chunked_prefill'],
    ],
    [
      'an adapter without room',
      { lora_request: { lora_name: 'a', lora_int_id: 1, lora_path: '/a' } },
      ['trtllm.lora_request'],
    ],
    [
      'a guessing model that is not named',
      { speculative_config: { decoding_type: 'Draft_Target', max_draft_len: 3 } },
      ['trtllm.speculative_config.speculative_model'],
    ],
    [
      'guesses without a length',
      { speculative_config: { decoding_type: 'NGram' } },
      ['trtllm.speculative_config.max_draft_len'],
    ],
    [
      'guesses by layers of its own',
      { speculative_config: { decoding_type: 'MTP', num_nextn_predict_layers: 1 } },
      [],
    ],
    [
      'what only engines built ahead could',
      { speculative_config: { decoding_type: 'Lookahead' } },
      ['trtllm.speculative_config.decoding_type'],
    ],
  ])('%s', (_, settings, expected) => {
    expect(paths(settings)).toEqual(expected);
  });
});

describe('what is passed through', () => {
  test.each([
    ['a flag that the runner decides', { extra: { port: 1 } }],
    ['a flag that has an option, by its other name', { extra: { tensor_parallel_size: 2 } }],
    ['the fraction as a flag', { extra: { kv_cache_free_gpu_memory_fraction: 0.5 } }],
    ['a key that llem sets', { extra_llm_api_options: { return_perf_metrics: false } }],
    ['a key that is a flag', { extra_llm_api_options: { tensor_parallel_size: 2 } }],
    ['a key that has an option', { extra_llm_api_options: { attn_backend: 'VANILLA' } }],
    ['a nested key that has an option', { extra_llm_api_options: { kv_cache_config: { dtype: 'fp8' } } }],
  ])('refuses %s', (_, settings) => {
    expect(violations(settings)).toHaveLength(1);
    expect(violations(settings)[0]?.path).toMatch(/^trtllm\.extra/);
  });

  test('lets through what nothing else decides', () => {
    expect(
      violations({
        extra: { served_model_name: 'm' },
        extra_llm_api_options: { max_stats_len: 5, kv_cache_config: { event_buffer_max_size: 8 } },
      }),
    ).toEqual([]);
  });
});
