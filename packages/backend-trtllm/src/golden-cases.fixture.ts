/** Configurations of the golden test: what a study asks for. */
import type { JsonObject } from '@llem/core';

export interface GoldenCase {
  readonly settings: JsonObject;
  /** A folder of this machine in place of a model of the Hub. */
  readonly model?: string;
  readonly gpus?: readonly string[] | null;
  readonly image?: string;
}

const A = 'GPU-a';
const B = 'GPU-b';

export const CASES: Readonly<Record<string, GoldenCase>> = {
  'nothing but defaults': { settings: {} },
  'GPUs that are not chosen': { settings: {}, gpus: null },
  'another image and another executable': {
    settings: { executable: '/opt/engines/bin/trtllm-serve' },
    image: 'nvcr.io/nvidia/tensorrt-llm/release:1.2.0',
  },
  'a model of this machine': { settings: {}, model: '/models/llama' },
  batching: { settings: { max_batch_size: 64, max_num_tokens: 4096, max_seq_len: 2048 } },
  'prompts in pieces': {
    settings: {
      enable_chunked_prefill: true,
      max_num_tokens: 1024,
      scheduler_config: { context_chunking_policy: 'EQUAL_PROGRESS' },
    },
  },
  'two GPUs for every layer': {
    settings: { tp_size: 2, allreduce_strategy: 'NCCL' },
    gpus: [A, B],
  },
  'layers shared out': { settings: { pp_size: 2, pp_partition: [20, 12] }, gpus: [A, B] },
  'a context shared out': {
    settings: {
      cp_size: 2,
      cp_config: { cp_type: 'HELIX', tokens_per_block: 32 },
      kv_cache_config: { tokens_per_block: 32 },
    },
    gpus: [A, B],
  },
  'experts with attention of requests of its own': {
    settings: {
      tp_size: 2,
      ep_size: 2,
      enable_attention_dp: true,
      attention_dp_config: { enable_balance: true, timeout_iters: 20 },
      moe_config: { backend: 'CUTLASS', max_num_tokens: 8192 },
    },
    gpus: [A, B],
  },
  'a KV cache in fp8': { settings: { kv_cache_config: { dtype: 'fp8', free_gpu_memory_fraction: 0.85 } } },
  'no prefix cache': { settings: { kv_cache_config: { enable_block_reuse: false } } },
  'a KV cache of a size, and one in host memory': {
    settings: {
      kv_cache_config: { max_tokens: 65536, host_cache_size: 17179869184, tokens_per_block: 64 },
    },
  },
  'a KV cache on disk': {
    settings: {
      kv_cache_config: {
        use_kv_cache_manager_v2: true,
        disk_cache_size: 1073741824,
        disk_cache_path: '/scratch/kv',
      },
    },
  },
  'graphs of every size': {
    settings: { cuda_graph_config: { enable_padding: true, batch_sizes: [1, 8, 32, 48] } },
  },
  'no graphs': { settings: { cuda_graph_config: null } },
  compiled: {
    settings: {
      torch_compile_config: {
        enable_inductor: true,
        enable_piecewise_cuda_graph: true,
        capture_num_tokens: [128, 512],
      },
    },
  },
  'other attention': {
    settings: { attn_backend: 'FLASHINFER', kv_cache_config: { enable_block_reuse: false } },
  },
  'attention to a part': {
    settings: { sparse_attention_config: { algorithm: 'rocket', prompt_budget: 2048, window_size: 32 } },
  },
  'guesses by a small model': {
    settings: {
      speculative_config: {
        decoding_type: 'Draft_Target',
        max_draft_len: 3,
        speculative_model: '/models/small',
      },
    },
  },
  'guesses by layers trained for it': {
    settings: {
      speculative_config: {
        decoding_type: 'Eagle3',
        max_draft_len: 4,
        speculative_model: 'yuhuili/EAGLE3-LLaMA3.1-Instruct-8B',
        eagle3_one_model: true,
      },
      disable_overlap_scheduler: true,
    },
  },
  'guesses from what was said': {
    settings: {
      speculative_config: {
        decoding_type: 'NGram',
        max_draft_len: 5,
        max_matching_ngram_size: 3,
        is_public_pool: true,
      },
    },
  },
  'guesses fewer with more requests': {
    settings: {
      speculative_config: {
        decoding_type: 'MTP',
        num_nextn_predict_layers: 1,
        draft_len_schedule: { '4': 3, '16': 1 },
      },
    },
  },
  adapters: {
    settings: {
      lora_config: { lora_dir: ['/adapters/a'], max_lora_rank: 16, max_loras: 2, max_cpu_loras: 4 },
      peft_cache_config: { device_cache_percent: 0.05 },
      lora_request: { lora_name: 'a', lora_int_id: 1, lora_path: '/adapters/a' },
    },
  },
  'random weights in bfloat16': { settings: { load_format: 'dummy', dtype: 'bfloat16' } },
  'full steps': {
    settings: {
      scheduler_config: { capacity_scheduler_policy: 'MAX_UTILIZATION' },
      batch_wait_timeout_ms: 5,
      batch_wait_timeout_iters: 4,
      batch_wait_max_tokens_ratio: 0.5,
      stream_interval: 4,
    },
  },
  'less work for the host': {
    settings: { num_postprocess_workers: 2, garbage_collection_gen0_threshold: 50000, log_level: 'warning' },
  },
  'another backend': { settings: { backend: '_autodeploy' } },
  'engines built ahead': {
    settings: { backend: 'tensorrt', tokenizer: '/models/llama' },
    model: '/engines/llama',
  },
  'code, template and reasoning of a model': {
    settings: { trust_remote_code: true, chat_template: '/templates/plain.jinja', reasoning_parser: 'qwen3' },
  },
  'what llem does not know': {
    settings: {
      extra: { served_model_name: 'm', num_serve_frontends: 2, grpc: false },
      extra_llm_api_options: { max_stats_len: -1, kv_cache_config: { event_buffer_max_size: 8 }, name: 'on' },
    },
  },
};
