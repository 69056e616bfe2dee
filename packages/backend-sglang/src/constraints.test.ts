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
const EXPERTS: JsonObject = { ...LLAMA, num_experts: 64 };

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

const EAGLE = { speculative_algorithm: 'EAGLE' };

describe.each<[string, readonly [string, object, Asked, readonly string[]][]]>([
  [
    'GPUs',
    [
      ['too few', { tp_size: 4 }, { devices: [0, 1] }, ['devices']],
      ['without work', { tp_size: 2 }, { devices: [0, 1, 2] }, ['devices']],
      ['as many as groups', { tp_size: 2, pp_size: 2 }, { devices: [0, 1, 2, 3] }, []],
      ['for copies', { tp_size: 2, dp_size: 2 }, { devices: [0, 1] }, ['devices']],
      ['shared by groups', { tp_size: 2, dp_size: 2, enable_dp_attention: true }, { devices: [0, 1] }, []],
      ['the same of newer releases', { tp_size: 2, attn_dp_size: 2 }, { devices: [0, 1] }, []],
    ],
  ],
  [
    'the model',
    [
      ['heads that do not divide', { tp_size: 3 }, { model: LLAMA }, ['sglang.tp_size']],
      ['more GPUs than key-value heads', { tp_size: 16 }, { model: LLAMA }, []],
      [
        'key-value heads that do not divide',
        { tp_size: 4 },
        { model: { ...LLAMA, num_attention_heads: 24, num_key_value_heads: 6 } },
        ['sglang.tp_size'],
      ],
      [
        'latent attention has no key-value heads',
        { tp_size: 4 },
        { model: { ...LLAMA, num_attention_heads: 24, num_key_value_heads: 6, kv_lora_rank: 512 } },
        [],
      ],
      ['the part of text', { tp_size: 3 }, { model: { text_config: LLAMA } }, ['sglang.tp_size']],
      ['heads of each group', { tp_size: 64, dp_size: 8, enable_dp_attention: true }, { model: LLAMA }, []],
      ['too few layers', { pp_size: 64 }, { model: LLAMA }, ['sglang.pp_size']],
      [
        'another shape',
        { tp_size: 3, json_model_override_args: { num_attention_heads: 3 } },
        { model: LLAMA },
        [],
      ],
      ['a long context', { context_length: 16_384 }, { model: LLAMA }, ['sglang.context_length']],
      [
        'a long context of positions that are scaled',
        { context_length: 16_384 },
        { model: { ...LLAMA, rope_scaling: { rope_type: 'linear', factor: 4 } } },
        [],
      ],
      [
        'requests that are too long',
        {},
        { model: LLAMA, workload: { input_tokens: 8000, output_tokens: 256 } },
        ['workload.input_tokens'],
      ],
      [
        'a prompt that fills the context',
        {},
        { model: LLAMA, workload: { input_tokens: 8190, output_tokens: 2 } },
        ['workload.input_tokens'],
      ],
      ['a context for less', { context_length: 512 }, {}, ['sglang.context_length']],
      ['a cache for less', { max_total_tokens: 512 }, {}, ['sglang.max_total_tokens']],
      [
        'conversations',
        { context_length: 1024 },
        { workload: { input_tokens: 200, output_tokens: 200, turns: 3 } },
        ['sglang.context_length'],
      ],
    ],
  ],
  [
    'how it is shared out',
    [
      [
        'groups that do not divide',
        { tp_size: 4, dp_size: 3, enable_dp_attention: true },
        {},
        ['sglang.dp_size'],
      ],
      ['the same of newer releases', { tp_size: 4, attn_dp_size: 3 }, {}, ['sglang.attn_dp_size']],
      ['fewer groups than GPUs', { tp_size: 4, dp_size: 2, enable_dp_attention: true }, {}, []],
      ['one group', { tp_size: 4, enable_dp_attention: true }, {}, ['sglang.enable_dp_attention']],
      ['groups and copies', { tp_size: 4, attn_dp_size: 2, dp_size: 2 }, {}, ['sglang.attn_dp_size']],
      ['scores of one group', { enable_dp_lm_head: true }, {}, ['sglang.enable_dp_lm_head']],
      ['prompts in attention', { tp_size: 4, attn_cp_size: 3 }, {}, ['sglang.attn_cp_size']],
      [
        'an overlapping schedule',
        { pp_size: 2, disable_overlap_schedule: false },
        {},
        ['sglang.disable_overlap_schedule'],
      ],
      ['groups of layers', { pp_size: 2, pp_max_micro_batch_size: 8 }, {}, []],
      ['one group of layers', { pp_max_micro_batch_size: 8 }, {}, ['sglang.pp_max_micro_batch_size']],
      ['drafts', { pp_size: 2, ...EAGLE }, {}, ['sglang.speculative_algorithm']],
      ['waiting for places', { pp_size: 2, min_free_slots_delay: 4 }, {}, ['sglang.min_free_slots_delay']],
    ],
  ],
  [
    'experts',
    [
      ['that do not divide', { tp_size: 4, ep_size: 3 }, {}, ['sglang.ep_size']],
      ['of a dense model', { tp_size: 4, ep_size: 4 }, { model: LLAMA }, ['sglang.ep_size']],
      ['of a model that has some', { tp_size: 4, ep_size: 4 }, { model: EXPERTS }, []],
      ['an exchange over all', { tp_size: 8, ep_size: 4, moe_a2a_backend: 'deepep' }, {}, ['sglang.ep_size']],
      ['dense layers', { tp_size: 8, moe_dense_tp_size: 2 }, {}, ['sglang.moe_dense_tp_size']],
      ['balancing without', { tp_size: 8, enable_eplb: true }, {}, ['sglang.enable_eplb']],
      ['kernels without an exchange', { deepep_mode: 'normal' }, {}, ['sglang.deepep_mode']],
      [
        'nothing to overlap with',
        { enable_two_batch_overlap: true },
        {},
        ['sglang.enable_two_batch_overlap'],
      ],
    ],
  ],
  [
    'precision and place of weights',
    [
      [
        'of another method',
        { quantization: 'gptq' },
        { model: { ...LLAMA, quantization_config: { quant_method: 'awq' } } },
        ['sglang.quantization'],
      ],
      [
        'of the same family',
        { quantization: 'awq_marlin' },
        { model: { ...LLAMA, quantization_config: { quant_method: 'awq' } } },
        [],
      ],
      ['in 32 bits', { quantization: 'fp8', dtype: 'float32' }, {}, ['sglang.dtype']],
      ['twice', { quantization: 'fp8', torchao_config: 'int8wo' }, {}, ['sglang.torchao_config']],
      [
        'by another loader',
        { quantization: 'bitsandbytes', load_format: 'safetensors' },
        {},
        ['sglang.load_format'],
      ],
      ['by their own loader', { quantization: 'gguf', load_format: 'gguf' }, {}, []],
      ['moved twice', { cpu_offload_gb: 8, offload_group_size: 4 }, {}, ['sglang.offload_group_size']],
      ['moved without groups', { offload_num_in_group: 1 }, {}, ['sglang.offload_num_in_group']],
    ],
  ],
  [
    'pages and cache',
    [
      [
        'a piece that is no whole pages',
        { chunked_prefill_size: 4096, page_size: 48 },
        {},
        ['sglang.chunked_prefill_size'],
      ],
      ['prompts whole', { chunked_prefill_size: -1, page_size: 48 }, {}, []],
      [
        'two levels without one',
        { enable_hierarchical_cache: true, disable_radix_cache: true },
        {},
        ['sglang.enable_hierarchical_cache'],
      ],
      ['a level that is off', { hicache_size: 8 }, {}, ['sglang.hicache_size']],
      [
        'a policy that looks into it',
        { schedule_policy: 'lpm', disable_radix_cache: true },
        {},
        ['sglang.schedule_policy'],
      ],
      ['a policy that does not', { schedule_policy: 'lof', disable_radix_cache: true }, {}, []],
    ],
  ],
  [
    'graphs',
    [
      ['sizes of none', { disable_cuda_graph: true, cuda_graph_max_bs: 8 }, {}, ['sglang.cuda_graph_max_bs']],
      ['none for prompts', { disable_prefill_cuda_graph: true, cuda_graph_max_bs_decode: 8 }, {}, []],
      ['two names', { cuda_graph_max_bs: 8, cuda_graph_max_bs_decode: 8 }, {}, ['sglang.cuda_graph_max_bs']],
      [
        'two sizes',
        { cuda_graph_bs_decode: [1, 4], cuda_graph_max_bs_decode: 8 },
        {},
        ['sglang.cuda_graph_bs_decode'],
      ],
      [
        'compiled for every size',
        { enable_torch_compile: true, disable_cuda_graph_padding: true },
        {},
        ['sglang.disable_cuda_graph_padding'],
      ],
      ['not compiled', { torch_compile_max_bs: 8 }, {}, ['sglang.torch_compile_max_bs']],
    ],
  ],
  [
    'drafts',
    [
      [
        'without a model',
        { speculative_algorithm: 'STANDALONE' },
        {},
        ['sglang.speculative_draft_model_path'],
      ],
      ['by layers of the model', EAGLE, {}, []],
      [
        'with a model that is not used',
        { speculative_algorithm: 'NGRAM', speculative_draft_model_path: 'a/b' },
        {},
        ['sglang.speculative_draft_model_path'],
      ],
      ['without an algorithm', { speculative_num_steps: 3 }, {}, ['sglang.speculative_num_steps']],
      [
        'of another algorithm',
        { ...EAGLE, speculative_ngram_max_bfs_breadth: 4 },
        {},
        ['sglang.speculative_ngram_max_bfs_breadth'],
      ],
      ['half told', { ...EAGLE, speculative_eagle_topk: 4 }, {}, ['sglang.speculative_num_steps']],
      [
        'told but for their width',
        { ...EAGLE, speculative_num_steps: 4 },
        {},
        ['sglang.speculative_eagle_topk'],
      ],
      [
        'of another number than is checked',
        { ...EAGLE, speculative_num_steps: 3, speculative_eagle_topk: 1, speculative_num_draft_tokens: 8 },
        {},
        ['sglang.speculative_num_draft_tokens'],
      ],
      [
        'in a tree',
        { ...EAGLE, speculative_num_steps: 3, speculative_eagle_topk: 4, speculative_num_draft_tokens: 16 },
        {},
        [],
      ],
      ['with mixed steps', { ...EAGLE, enable_mixed_chunk: true }, {}, ['sglang.enable_mixed_chunk']],
      ['with adapters', { ...EAGLE, lora_paths: { a: 'org/a' } }, {}, ['sglang.lora_paths']],
      ['from before, with adapters', { speculative_algorithm: 'NGRAM', lora_paths: { a: 'org/a' } }, {}, []],
      [
        'with attention shared out',
        { speculative_algorithm: 'NGRAM', tp_size: 2, dp_size: 2, enable_dp_attention: true },
        {},
        ['sglang.speculative_algorithm'],
      ],
      [
        'with kernels that cannot',
        { ...EAGLE, attention_backend: 'flex_attention' },
        {},
        ['sglang.attention_backend'],
      ],
    ],
  ],
  [
    'adapters',
    [
      ['of no size', { enable_lora: true }, {}, ['sglang.enable_lora']],
      ['off', { enable_lora: false, lora_paths: { a: 'org/a' } }, {}, ['sglang.lora_paths']],
      [
        'too few loaded',
        { lora_paths: { a: 'org/a' }, max_loaded_loras: 4 },
        {},
        ['sglang.max_loaded_loras'],
      ],
      [
        'one that is not there',
        { lora_paths: { a: 'org/a' }, lora_request: 'b' },
        {},
        ['sglang.lora_request'],
      ],
    ],
  ],
  [
    'further flags',
    [
      ['of an option', { extra: { 'tp-size': 2 } }, {}, ['sglang.extra.tp-size']],
      [
        'under another name',
        { extra: { tensor_parallel_size: 2 } },
        {},
        ['sglang.extra.tensor_parallel_size'],
      ],
      ['under a short name', { extra: { ep: 2 } }, {}, ['sglang.extra.ep']],
      ['of llem', { extra: { 'enable-metrics': true } }, {}, ['sglang.extra.enable-metrics']],
      [
        'that leave nothing to measure',
        { extra: { 'is-embedding': true } },
        {},
        ['sglang.extra.is-embedding'],
      ],
      ['of a secret', { extra: { 'api-key': 'x' } }, {}, ['sglang.extra.api-key']],
      ['that are free', { extra: { 'grammar-backend': 'none', device: 'cpu' } }, {}, []],
      ['a tokenizer of the Hub', { tokenizer_path: 'org/tokenizer' }, {}, ['sglang.tokenizer_path']],
      ['a tokenizer of this machine', { tokenizer_path: '/models/tokenizer' }, {}, []],
    ],
  ],
])('%s', (_, cases) => {
  test.each(cases)('%s', (_name, settings, asked, expected) => {
    expect(paths(settings, asked)).toEqual(expected);
  });
});

test('messages name the settings and what to do', () => {
  const [gpus] = violations({ tp_size: 4 }, { devices: [0, 1] });
  expect(gpus?.message).toBe(
    'SGLang needs 4 GPUs (sglang.tp_size 4 x pp_size 1) and devices names 2: name 4, or lower one of them',
  );
  const [heads] = violations({ tp_size: 3 }, { model: LLAMA });
  expect(heads?.message).toContain('32 attention heads');
  expect(heads?.message).toContain('1, 2, 4, 8, 16, 32');
  const [pages] = violations({ chunked_prefill_size: 4096, page_size: 48 });
  expect(pages?.message).toContain('use 4080');
});
