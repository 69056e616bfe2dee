/** Options of the file for several GPUs, and for mixtures of experts. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mappingOf, positive, text, whole } from './values.js';

const group = 'Parallelism';

export const ATTENTION_DP = {
  enable_balance: {
    schema: flag,
    group,
    about: 'Holds requests back so that the GPUs have prompts to read at the same time. Default: false.',
  },
  timeout_iters: {
    schema: whole,
    group,
    about: 'Steps that a request may be held back for with enable_balance. Default: 50.',
  },
  batching_wait_iters: {
    schema: whole,
    group,
    about: 'Steps to wait for more prompts with enable_balance. Default: 10.',
  },
  enable_kv_cache_aware_routing: {
    schema: flag,
    group,
    versions: '>=1.3',
    about: 'Gives a request to the GPU that holds the beginning of its prompt. Default: false.',
  },
} as const satisfies OptionTable;

export const CONTEXT_PARALLELISM = {
  cp_type: {
    schema: z.enum(['ULYSSES', 'STAR', 'RING', 'HELIX']),
    group,
    about: 'How the context is shared. Default: ULYSSES.',
  },
  tokens_per_block: {
    schema: positive,
    group,
    about:
      'Tokens of a block that goes to one GPU, of HELIX; that of kv_cache_config has to be the same. Default: none.',
  },
} as const satisfies OptionTable;

export const MOE = {
  backend: {
    schema: z.enum([
      'AUTO',
      'CUTLASS',
      'CUTEDSL',
      'WIDEEP',
      'TRTLLM',
      'DEEPGEMM',
      'DENSEGEMM',
      'VANILLA',
      'TRITON',
      'MARLIN',
      'MEGAMOE_DEEPGEMM',
      'MEGAMOE_CUTEDSL',
    ]),
    group: 'Mixture of experts',
    about:
      'Kernels of the experts. Which of them there are, and are fastest, depends on GPU, weights and release. Default: AUTO (CUTLASS before 1.2).',
  },
  max_num_tokens: {
    schema: positive,
    group: 'Mixture of experts',
    about:
      'Most tokens that the experts are given at once; more go in pieces, with less memory. Default: no limit.',
  },
  load_balancer: {
    schema: z.union([
      text,
      z.looseObject({
        num_slots: positive.optional().describe('Experts that the GPUs hold together, copies among them.'),
      }),
    ]),
    group: 'Mixture of experts',
    about:
      'Spreads busy experts over GPUs: a mapping such as { num_slots: 288 }, or the path of a file. Default: none.',
  },
  disable_finalize_fusion: {
    schema: flag,
    group: 'Mixture of experts',
    about: 'Sums up experts in a kernel of its own: slower, and the same numbers every time. Default: false.',
  },
  use_low_precision_moe_combine: {
    schema: flag,
    group: 'Mixture of experts',
    versions: '>=1.2',
    about: 'Sums up experts in fewer bits, with NVFP4 weights: less traffic between GPUs. Default: false.',
  },
} as const satisfies OptionTable;

export const PARALLELISM = {
  moe_tensor_parallel_size: {
    schema: positive,
    flag: null,
    group,
    about: 'GPUs that share each expert; times ep_size it is tp_size. Default: the rest of tp_size.',
  },
  enable_attention_dp: {
    schema: flag,
    flag: null,
    group,
    about:
      'Every GPU has attention and KV cache of requests of its own, experts stay shared: less of the cache twice, for models with few KV heads and many requests. Default: false.',
  },
  attention_dp_config: {
    schema: mappingOf(ATTENTION_DP),
    flag: null,
    group,
    about: 'How enable_attention_dp shares out requests.',
  },
  enable_lm_head_tp_in_adp: {
    schema: flag,
    flag: null,
    group,
    about: 'Shares the output layer over the GPUs with enable_attention_dp. Default: false.',
  },
  pp_partition: {
    schema: z.array(positive).min(1),
    flag: null,
    group,
    versions: '>=1.2',
    about: 'Layers of each of the pp_size groups. Default: even.',
  },
  cp_config: {
    schema: mappingOf(CONTEXT_PARALLELISM),
    flag: null,
    group,
    about: 'How cp_size shares a context.',
  },
  allreduce_strategy: {
    schema: z.enum([
      'AUTO',
      'NCCL',
      'UB',
      'MINLATENCY',
      'ONESHOT',
      'TWOSHOT',
      'LOWPRECISION',
      'MNNVL',
      'NCCL_SYMMETRIC',
    ]),
    flag: null,
    group,
    about: 'How GPUs add up what they share. Without NVLink it matters most. Default: AUTO.',
  },
  moe_config: {
    schema: mappingOf(MOE),
    flag: null,
    group: 'Mixture of experts',
    about: 'Mixtures of experts.',
  },
} as const satisfies OptionTable;
