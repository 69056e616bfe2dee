/** Options that do nothing without another one: a sweep over them would compare the same with the same. */
import type { VllmOptions } from '../options.js';
import { violation, type Rule } from './rule.js';

interface Need {
  readonly options: readonly (keyof VllmOptions)[];
  readonly met: (options: VllmOptions) => boolean;
  readonly message: string;
}

const NEEDS: readonly Need[] = [
  {
    options: [
      'lora_modules',
      'lora_request',
      'max_loras',
      'max_lora_rank',
      'max_cpu_loras',
      'lora_dtype',
      'fully_sharded_loras',
      'lora_target_modules',
      'specialize_active_lora',
    ],
    met: ({ enable_lora }) => enable_lora === true,
    message: 'has no effect without adapters: set vllm.enable_lora: true, or leave it out',
  },
  {
    options: ['eplb_config'],
    met: ({ enable_eplb }) => enable_eplb === true,
    message: 'has no effect without balancing: set vllm.enable_eplb: true, or leave it out',
  },
  {
    options: ['expert_placement_strategy', 'enable_ep_weight_filter'],
    met: ({ enable_expert_parallel }) => enable_expert_parallel === true,
    message:
      'has no effect without whole experts on GPUs: set vllm.enable_expert_parallel: true, or leave it out',
  },
  {
    options: ['dbo_decode_token_threshold', 'dbo_prefill_token_threshold'],
    met: ({ enable_dbo, ubatch_size }) => enable_dbo === true || (ubatch_size ?? 0) > 1,
    message: 'has no effect where no batch is cut: set vllm.enable_dbo: true, or leave it out',
  },
  {
    options: ['prefix_caching_hash_algo', 'prefix_match_unit'],
    met: ({ enable_prefix_caching }) => enable_prefix_caching !== false,
    message:
      'has no effect without a prefix cache: leave enable_prefix_caching: false out, or leave this out',
  },
  {
    options: ['mamba_block_size'],
    met: ({ enable_prefix_caching }) => enable_prefix_caching === true,
    message: 'is for a prefix cache alone: set vllm.enable_prefix_caching: true, or leave it out',
  },
  {
    options: ['kv_offloading_backend'],
    met: ({ kv_offloading_size }) => kv_offloading_size !== undefined,
    message: 'has no effect where no block is offloaded: set vllm.kv_offloading_size, or leave it out',
  },
  {
    options: ['cpu_offload_params'],
    met: ({ cpu_offload_gb }) => (cpu_offload_gb ?? 0) > 0,
    message: 'has no effect where no weight is offloaded: set vllm.cpu_offload_gb, or leave it out',
  },
  {
    options: ['offload_num_in_group', 'offload_prefetch_step', 'offload_params'],
    met: ({ offload_group_size }) => (offload_group_size ?? 0) > 0,
    message: 'has no effect where no layer is offloaded: set vllm.offload_group_size, or leave it out',
  },
  {
    options: ['prefill_schedule_interval', 'aggregate_engine_logging', 'data_parallel_backend'],
    met: ({ data_parallel_size }) => (data_parallel_size ?? 1) > 1,
    message: 'has no effect with one engine: raise vllm.data_parallel_size, or leave it out',
  },
  {
    options: ['cp_kv_cache_interleave_size'],
    met: ({ decode_context_parallel_size: dcp, prefill_context_parallel_size: pcp }) =>
      (dcp ?? 1) * (pcp ?? 1) > 1,
    message:
      'has no effect where no context is split: raise vllm.decode_context_parallel_size, or leave it out',
  },
];

/** Switches that are off ask for nothing. */
const isAsked = (value: unknown): boolean => value !== undefined && value !== false;

export const hasEffect: Rule = ({ options }) =>
  NEEDS.filter(({ met }) => !met(options)).flatMap((need) =>
    need.options.filter((name) => isAsked(options[name])).map((name) => violation(name, need.message)),
  );
