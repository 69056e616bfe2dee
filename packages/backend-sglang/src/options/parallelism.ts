/** How a model is shared out over GPUs. */
import { z } from 'zod';
import type { OptionTable } from '@llem/serving';
import { count, flag, positive, word } from './values.js';

export const PARALLELISM_OPTIONS = {
  tp_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'GPUs that share every layer: faster steps, an exchange in every layer, more energy for a token where one GPU would do. Default: 1 (0.5.23).',
  },
  pp_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'Groups of GPUs that hold layers one after another. Turns the overlapping schedule off. Default: 1 (0.5.23).',
  },
  pp_max_micro_batch_size: {
    group: 'Parallelism',
    schema: positive,
    about: 'Requests in each batch that moves through those groups. Default: by pp_size (0.5.23).',
  },
  pp_async_batch_depth: {
    group: 'Parallelism',
    schema: count,
    about: 'Further batches on the way. Default: 0 (0.5.23).',
  },
  dp_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'Copies of the model, each on GPUs of its own; with enable_dp_attention groups that share out attention instead, on the same GPUs. Default: 1 (0.5.23).',
  },
  enable_dp_attention: {
    group: 'Parallelism',
    schema: flag,
    form: 'switch',
    about:
      'Attention and its cache are shared out by requests and not by heads: for models whose cache every GPU would hold whole. Newer releases call it attn_dp_size and still take it. Default: false (0.5.23).',
  },
  attn_dp_size: {
    group: 'Parallelism',
    schema: positive,
    versions: '>=0.5.22',
    about:
      'Groups that share out attention by requests, in place of dp_size with enable_dp_attention. Default: 1 (0.5.23).',
  },
  enable_dp_lm_head: {
    group: 'Parallelism',
    schema: flag,
    form: 'switch',
    about: 'Shares out the scores of the vocabulary within such a group. Default: false (0.5.23).',
  },
  load_balance_method: {
    group: 'Parallelism',
    schema: z.enum(['auto', 'round_robin', 'follow_bootstrap_room', 'total_requests', 'total_tokens']),
    about: 'Which copy or group gets a request. Default: auto, in turn (0.5.23).',
  },
  attn_cp_size: {
    group: 'Parallelism',
    schema: positive,
    about: 'GPUs that share a long prompt in attention; part of tp_size. Default: 1 (0.5.23).',
  },
  dcp_size: {
    group: 'Parallelism',
    schema: positive,
    versions: '>=0.5.15',
    about: 'GPUs that share the cache of a request while it decodes; part of tp_size. Default: 1 (0.5.23).',
  },
  disable_custom_all_reduce: {
    group: 'Parallelism',
    schema: flag,
    form: 'switch',
    about: 'Leaves sums over GPUs to NCCL: slower for small batches. Default: false (0.5.23).',
  },
  enable_nccl_nvls: {
    group: 'Parallelism',
    schema: flag,
    form: 'switch',
    about: 'Has the switch between the GPUs add up large sums. Default: false (0.5.23).',
  },
  flashinfer_allreduce_fusion_backend: {
    group: 'Parallelism',
    schema: z.enum(['auto', 'trtllm', 'mnnvl', 'cutedsl']),
    versions: '>=0.5.14',
    about: 'Sums over GPUs in one kernel with what follows them. Default: by model and GPU (0.5.23).',
  },
} as const satisfies OptionTable;

export const EXPERT_OPTIONS = {
  ep_size: {
    group: 'Experts',
    schema: positive,
    about: 'Groups of GPUs that share out whole experts; part of tp_size. Default: 1 (0.5.23).',
  },
  moe_a2a_backend: {
    group: 'Experts',
    schema: word,
    about:
      'Exchange of tokens between experts: none, deepep, mooncake, nixl, flashinfer, megamoe and others; most share experts out over all GPUs. Default: none (0.5.23).',
  },
  moe_runner_backend: {
    group: 'Experts',
    schema: word,
    about:
      'Kernels of the experts: triton, deep_gemm, cutlass, flashinfer_trtllm, flashinfer_cutlass, marlin and others. Default: auto (0.5.23).',
  },
  deepep_mode: {
    group: 'Experts',
    schema: z.enum(['auto', 'normal', 'low_latency']),
    about:
      'Kernels of deepep: normal for prompts, low_latency for decoding. Default: auto, each where it fits (0.5.23).',
  },
  moe_dense_tp_size: {
    group: 'Experts',
    schema: positive,
    about: 'GPUs that share dense layers of such a model: 1, or tp_size. Default: tp_size (0.5.23).',
  },
  ep_num_redundant_experts: {
    group: 'Experts',
    schema: count,
    about: 'Copies of busy experts, which take memory and even the load out. Default: 0 (0.5.23).',
  },
  enable_eplb: {
    group: 'Experts',
    schema: flag,
    form: 'switch',
    about: 'Moves experts between GPUs as their load changes. Default: false (0.5.23).',
  },
} as const satisfies OptionTable;
