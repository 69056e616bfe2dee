/** Options of vLLM: how a model is spread over GPUs. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { count, flag, positive, word } from './values.js';

const eplbConfig = z.strictObject({
  window_size: positive
    .optional()
    .describe('Steps over which the load of experts is recorded. Default: 1000 (0.27).'),
  step_interval: positive.optional().describe('Steps between two rearrangements. Default: 3000 (0.27).'),
  num_redundant_experts: count.optional().describe('Further copies of busy experts. Default: 0 (0.27).'),
  log_balancedness: flag.optional().describe('Writes the balance into the log. Default: false (0.27).'),
  use_async: flag.optional().describe('Rearranges beside the steps. Default: true (0.27). From 0.12 on.'),
});

export const PARALLELISM_OPTIONS = {
  tensor_parallel_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'GPUs that each layer is split over. Every GPU holds less and reads less in a step, at the price of two exchanges between them in each layer; idle power is paid for all. Must divide the attention heads. Default: 1 (0.27).',
  },
  pipeline_parallel_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'Groups of GPUs that the layers are shared out to: little exchange, and waiting where too few requests are in flight. Default: 1 (0.27).',
  },
  data_parallel_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'Copies of the engine that requests are shared out to; the experts of a mixture are split over all of them. Default: 1 (0.27).',
  },
  data_parallel_backend: {
    group: 'Parallelism',
    schema: z.enum(['mp', 'ray']),
    about: 'How these copies are started. Default: mp (0.27).',
  },
  decode_context_parallel_size: {
    group: 'Parallelism',
    schema: positive,
    about:
      'Splits the KV cache of each request over so many of the tensor-parallel GPUs, which would else hold copies. Must divide tensor_parallel_size. Default: 1 (0.27).',
  },
  prefill_context_parallel_size: {
    group: 'Parallelism',
    schema: positive,
    versions: '>=0.12',
    about: 'GPUs that share the prefill of a long prompt. Default: 1 (0.27).',
  },
  cp_kv_cache_interleave_size: {
    group: 'Parallelism',
    schema: positive,
    versions: '>=0.12',
    about: 'Tokens in turn on each GPU where contexts are split. Default: 1 (0.27).',
  },
  dcp_comm_backend: {
    group: 'Parallelism',
    schema: z.enum(['ag_rs', 'a2a']),
    versions: '>=0.18',
    about:
      'How parts of the attention are put together with decode_context_parallel_size. Default: ag_rs (0.27).',
  },
  enable_expert_parallel: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    about: 'Each GPU holds whole experts instead of a part of every one. Default: false (0.27).',
  },
  all2all_backend: {
    group: 'Parallelism',
    schema: word,
    versions: '>=0.12',
    about:
      'How tokens get to their experts: allgather_reducescatter, deepep_high_throughput, deepep_low_latency, flashinfer_nvlink_one_sided and others. Default: allgather_reducescatter (0.27).',
  },
  enable_eplb: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    about: 'Moves and copies experts so that all GPUs are equally busy. Default: false (0.27).',
  },
  eplb_config: {
    group: 'Parallelism',
    schema: eplbConfig,
    form: 'json',
    about: 'How enable_eplb does it.',
  },
  expert_placement_strategy: {
    group: 'Parallelism',
    schema: z.enum(['linear', 'round_robin']),
    about: 'Which experts a GPU begins with. Default: linear (0.27).',
  },
  enable_ep_weight_filter: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    versions: '>=0.18',
    about: 'Reads only the experts that a GPU holds. Start-up alone. Default: false (0.27).',
  },
  enable_dbo: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    about:
      'Computes one half of a batch while the other is exchanged (dual batch overlap). Default: false (0.27).',
  },
  ubatch_size: {
    group: 'Parallelism',
    schema: count,
    versions: '>=0.14',
    about: 'Parts that a batch is cut into. Default: 0, two with enable_dbo (0.27).',
  },
  dbo_decode_token_threshold: {
    group: 'Parallelism',
    schema: count,
    about: 'enable_dbo: tokens from which on a batch that only decodes is cut. Default: 32 (0.27).',
  },
  dbo_prefill_token_threshold: {
    group: 'Parallelism',
    schema: count,
    about: 'enable_dbo: the same for a batch with prompts. Default: 512 (0.27).',
  },
  disable_custom_all_reduce: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    about: 'Exchanges through NCCL alone, which is slower for small batches. Default: false (0.27).',
  },
  disable_nccl_for_dp_synchronization: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    versions: '>=0.12',
    about:
      'Copies agree on their next step through the processor instead of NCCL. Default: true with async_scheduling (0.27).',
  },
  distributed_executor_backend: {
    group: 'Parallelism',
    schema: word,
    about: 'How workers are started: mp, ray, uni and others. Default: mp on one machine (0.27).',
  },
  numa_bind: {
    group: 'Parallelism',
    schema: flag,
    form: 'negatable',
    versions: '>=0.20',
    about: 'Keeps each worker on the processor and memory next to its GPU. Default: false (0.27).',
  },
  api_server_count: {
    group: 'Parallelism',
    schema: positive,
    about:
      'Processes that take requests, write tokens as text and answer. They cost processor time; one may be too few for many short answers. Default: 1, data_parallel_size (0.27).',
  },
} as const satisfies OptionTable;
