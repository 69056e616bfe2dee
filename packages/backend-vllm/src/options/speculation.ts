/** Options of vLLM: speculative decoding and LoRA adapters. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { count, flag, positive, word, words } from './values.js';

const speculativeConfig = z.strictObject({
  method: word
    .optional()
    .describe(
      'ngram (drafts from the prompt), suffix (from all texts so far, from 0.12 on), draft_model, eagle, eagle3, medusa, mlp_speculator, mtp (heads of the model itself), and others. Default: told by model (0.27).',
    ),
  model: word.optional().describe('The draft model, or the weights of the heads.'),
  num_speculative_tokens: positive
    .optional()
    .describe(
      'Tokens drafted in each step. More save steps where drafts are accepted and waste work where they are not. Default: that of the draft model (0.27).',
    ),
  draft_tensor_parallel_size: positive
    .optional()
    .describe('GPUs of the draft model: 1 or tensor_parallel_size. Default: tensor_parallel_size (0.27).'),
  quantization: word
    .optional()
    .describe('Quantisation of the draft model. Default: as its configuration says (0.27).'),
  revision: word.optional().describe('Commit, tag or branch of the draft model.'),
  max_model_len: positive
    .optional()
    .describe('Longest request that is drafted for. Default: that of both models (0.27).'),
  enforce_eager: flag
    .optional()
    .describe('Draft model without CUDA graphs. Default: as enforce_eager (0.27).'),
  attention_backend: word.optional().describe('Of the draft model. Default: automatic (0.27). From 0.21 on.'),
  kv_cache_dtype: word
    .optional()
    .describe('Of the draft model. Default: kv_cache_dtype (0.27). From 0.26 on.'),
  prompt_lookup_max: positive
    .optional()
    .describe('ngram: longest run of tokens that is looked for. Default: 5 (0.27).'),
  prompt_lookup_min: positive.optional().describe('ngram: shortest one. Default: 5 (0.27).'),
  suffix_decoding_max_tree_depth: positive
    .optional()
    .describe('suffix: longest match and draft together. Default: 24 (0.27). From 0.12 on.'),
  suffix_decoding_max_cached_requests: count
    .optional()
    .describe('suffix: answers that are kept. Default: 10000 (0.27). From 0.12 on.'),
  suffix_decoding_max_spec_factor: z
    .number()
    .min(0)
    .optional()
    .describe('suffix: draft length as a multiple of the match. Default: 1 (0.27). From 0.12 on.'),
  suffix_decoding_min_token_prob: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('suffix: least estimated probability of a token. Default: 0.1 (0.27). From 0.12 on.'),
  parallel_drafting: flag
    .optional()
    .describe(
      'Drafts all tokens at once, where the draft model was made for it. Default: false (0.27). From 0.16 on.',
    ),
  disable_padded_drafter_batch: flag
    .optional()
    .describe('EAGLE without padding; not with async_scheduling. Default: false (0.27).'),
  use_local_argmax_reduction: flag
    .optional()
    .describe('Less exchange between GPUs while drafting greedily. Default: false (0.27). From 0.17 on.'),
  use_heterogeneous_vocab: flag
    .optional()
    .describe('draft_model: a draft model with another vocabulary. Default: false (0.27). From 0.25 on.'),
  draft_sample_method: word
    .optional()
    .describe('greedy or probabilistic. Default: greedy (0.27). From 0.21 on.'),
  rejection_sample_method: word
    .optional()
    .describe(
      'standard, block, or synthetic, which accepts as synthetic_acceptance_length says and so shows what a rate would save. Default: standard (0.27). From 0.18 on, standard and block from 0.21 and 0.25.',
    ),
  synthetic_acceptance_length: z
    .number()
    .min(1)
    .optional()
    .describe(
      'synthetic: mean tokens of a step, 1 to num_speculative_tokens + 1. The text is wrong, its cost is right. From 0.20 on.',
    ),
  synthetic_acceptance_rates: z
    .array(z.number().min(0).max(1))
    .min(1)
    .optional()
    .describe(
      'synthetic: the rate of each drafted position instead, none higher than the one before. From 0.20 on.',
    ),
  num_speculative_tokens_per_batch_size: z
    .array(z.tuple([positive, positive, count]))
    .min(1)
    .optional()
    .describe('Drafted tokens by batch size: lists of first size, last size, tokens. From 0.24 on.'),
  disable_by_batch_size: z
    .int()
    .min(2)
    .optional()
    .describe('No drafts from so many requests on. Before 0.17.'),
});

export const SPECULATION_OPTIONS = {
  speculative_config: {
    group: 'Speculative decoding',
    schema: speculativeConfig,
    form: 'json',
    about:
      'Tokens are drafted by something cheaper and checked together, which turns idle compute of small batches into speed; in large batches there is none idle. Each key can be swept, as vllm.speculative_config.num_speculative_tokens. Default: none (0.27).',
  },
} as const satisfies OptionTable;

export const LORA_OPTIONS = {
  enable_lora: {
    group: 'LoRA',
    schema: flag,
    form: 'negatable',
    about:
      'Room and kernels for adapters, which cost a little even where none is used. Default: false (0.27).',
  },
  lora_modules: {
    group: 'LoRA',
    schema: z.record(z.string().regex(/^[^=\s]+$/, 'expected a name without spaces and ='), word),
    flag: null,
    about:
      'Adapters by their names: folders of this machine, or names at the Hugging Face Hub. Default: none (0.27).',
  },
  lora_request: {
    group: 'LoRA',
    schema: word,
    flag: null,
    about:
      'The adapter of lora_modules that requests use. Default: the only one; the model itself where there are several.',
  },
  max_loras: {
    group: 'LoRA',
    schema: positive,
    about: 'Adapters in one step. Default: 1 (0.27).',
  },
  max_lora_rank: {
    group: 'LoRA',
    schema: z.union([8, 16, 32, 64, 128, 256, 320, 512, 1].map((rank) => z.literal(rank))),
    about:
      'Highest rank; memory and work are those of this rank for every adapter. 1 from 0.12 on. Default: 16 (0.27).',
  },
  max_cpu_loras: {
    group: 'LoRA',
    schema: positive,
    about: 'Adapters that the memory of the host holds. Default: max_loras (0.27).',
  },
  lora_dtype: {
    group: 'LoRA',
    schema: z.enum(['auto', 'float16', 'bfloat16']),
    about: 'Precision of adapters. Default: auto, that of the model (0.27).',
  },
  fully_sharded_loras: {
    group: 'LoRA',
    schema: flag,
    form: 'negatable',
    about: 'With tensor_parallel_size: splits all of an adapter, not half. Default: false (0.27).',
  },
  lora_target_modules: {
    group: 'LoRA',
    schema: words,
    form: 'list',
    versions: '>=0.19',
    about: 'Layers that adapters may change; fewer cost less. Default: all (0.27).',
  },
  specialize_active_lora: {
    group: 'LoRA',
    schema: flag,
    form: 'negatable',
    versions: '>=0.16',
    about: 'CUDA graphs by the number of adapters in a step. Default: false (0.27).',
  },
} as const satisfies OptionTable;
