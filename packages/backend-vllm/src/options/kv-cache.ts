/** Options of vLLM: where keys and values are kept, and what memory there is for them. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { count, flag, mapping, positive, share, word, words } from './values.js';

export const KV_CACHE_OPTIONS = {
  kv_cache_dtype: {
    group: 'KV cache',
    schema: z.enum([
      'auto',
      'bfloat16',
      'float16',
      'fp8',
      'fp8_e4m3',
      'fp8_e5m2',
      'fp8_inc',
      'fp8_ds_mla',
      'fp8_per_token_head',
      'int8_per_token_head',
      'int4_per_token_head',
      'nvfp4',
      'nvfp4_4over6',
      'nvfp4_ds_mla',
      'turboquant_k8v4',
      'turboquant_4bit_nc',
      'turboquant_k3v4_nc',
      'turboquant_3bit_nc',
      'ultraquant_4bit',
    ]),
    about:
      'Precision of the KV cache. 8 bits hold twice the tokens of 16 in the same memory, so that more requests are decoded together, and halve what attention reads. fp8 and its two formats are in all releases, float16 from 0.18 on, the others from 0.20 on or later. Default: auto, that of the model (0.27).',
  },
  kv_cache_dtype_skip_layers: {
    group: 'KV cache',
    schema: words,
    form: 'list',
    versions: '>=0.19',
    about:
      "Layers whose cache stays as it is, by number ('0') or kind ('sliding_window'). Default: none (0.27).",
  },
  enable_prefix_caching: {
    group: 'KV cache',
    schema: flag,
    form: 'negatable',
    about:
      'Keeps the cache of prompts for later ones that begin alike. A hit saves its prefill; without hits it costs next to nothing. Default: true, false for models with state-space layers (0.27).',
  },
  prefix_caching_hash_algo: {
    group: 'KV cache',
    schema: z.enum(['sha256', 'sha256_cbor', 'xxhash', 'xxhash_cbor']),
    about:
      'How blocks are recognised, on the processor. xxhash and xxhash_cbor, from 0.13 on, are faster and need the package xxhash. Default: sha256 (0.27).',
  },
  prefix_match_unit: {
    group: 'KV cache',
    schema: positive,
    versions: '>=0.26',
    about: 'Prompts match in steps of so many tokens. Default: the block size (0.27).',
  },
  block_size: {
    group: 'KV cache',
    schema: positive,
    about:
      'Tokens in a block of the cache. Larger ones mean less bookkeeping and more unused room at the end of requests. Default: 16, or what the attention backend wants (0.27).',
  },
  num_gpu_blocks_override: {
    group: 'KV cache',
    schema: positive,
    about:
      'Blocks of the cache, whatever memory there is: a small number shows what preemption costs. Default: what fits (0.27).',
  },
  kv_cache_memory_bytes: {
    group: 'KV cache',
    schema: positive,
    about:
      'Memory of the cache on each GPU, in bytes, in place of gpu_memory_utilization: the same on every machine. Default: what gpu_memory_utilization leaves (0.27).',
  },
  kv_offloading_size: {
    group: 'KV cache',
    schema: z.number().gt(0),
    versions: '>=0.12',
    about:
      'Memory of the host for blocks that leave the GPU, in GiB, of all ranks together. A hit there costs a transfer in place of a prefill. Default: none (0.27).',
  },
  kv_offloading_backend: {
    group: 'KV cache',
    schema: z.enum(['native', 'lmcache']),
    versions: '>=0.12',
    about: 'What moves the blocks of kv_offloading_size. Default: native (0.27).',
  },
  kv_transfer_config: {
    group: 'KV cache',
    schema: mapping,
    form: 'json',
    about:
      'A connector that shares or keeps the cache elsewhere, such as { kv_connector: LMCacheConnectorV1, kv_role: kv_both }. Default: none (0.27).',
  },
  kv_sharing_fast_prefill: {
    group: 'KV cache',
    schema: flag,
    form: 'negatable',
    about:
      'Leaves out layers of the prefill in models that share their cache between layers. Default: false (0.27).',
  },
  disable_hybrid_kv_cache_manager: {
    group: 'KV cache',
    schema: flag,
    form: 'negatable',
    about:
      'Gives layers with a sliding window as much cache as those without, so that fewer requests fit. Default: false where the configuration allows it (0.27).',
  },
  mamba_cache_dtype: {
    group: 'KV cache',
    schema: z.enum(['auto', 'float32', 'float16', 'bfloat16']),
    about:
      'Precision of the state of state-space layers; float16 from 0.13 on, bfloat16 from 0.22 on. Default: auto, that of the model (0.27).',
  },
  mamba_ssm_cache_dtype: {
    group: 'KV cache',
    schema: z.enum(['auto', 'float32', 'float16', 'bfloat16']),
    about: 'The same for the recurrent part of that state alone. Default: auto, mamba_cache_dtype (0.27).',
  },
  mamba_block_size: {
    group: 'KV cache',
    schema: positive,
    versions: '>=0.12',
    about:
      'Tokens in a block of that state; needs enable_prefix_caching. Default: the longest request (0.27).',
  },
  mamba_cache_mode: {
    group: 'KV cache',
    schema: z.enum(['none', 'all', 'align']),
    versions: '>=0.15',
    about:
      'Which states are kept for later prompts. Default: none without enable_prefix_caching, else what the model can (0.27).',
  },
} as const satisfies OptionTable;

export const MEMORY_OPTIONS = {
  gpu_memory_utilization: {
    group: 'Memory',
    schema: share,
    about:
      'Share of the memory of each GPU that vLLM takes, weights and cache together. More cache lets more requests be decoded together; it has no effect while they fit. Default: 0.92, 0.9 before 0.20 (0.27).',
  },
  swap_space: {
    group: 'Memory',
    schema: z.number().min(0),
    versions: '<0.18',
    about: 'Memory of the host for preempted requests, in GiB for each GPU. Default: 4 (0.17).',
  },
  cpu_offload_gb: {
    group: 'Memory',
    schema: z.number().min(0),
    about:
      'Weights that stay in the memory of the host, in GiB for each GPU. They cross the bus in every step, which is slow and costs energy on both sides. Default: 0 (0.27).',
  },
  cpu_offload_params: {
    group: 'Memory',
    schema: words,
    form: 'list',
    versions: '>=0.17',
    about: 'Which weights cpu_offload_gb may take, by parts of their names. Default: any (0.27).',
  },
  offload_backend: {
    group: 'Memory',
    schema: z.enum(['auto', 'uva', 'prefetch']),
    versions: '>=0.17',
    about:
      'How weights are offloaded: uva reads them from the host when needed, prefetch copies layers ahead. Default: auto, by which of their settings are set (0.27).',
  },
  offload_group_size: {
    group: 'Memory',
    schema: count,
    versions: '>=0.17',
    about:
      'prefetch: layers in a group, of which the last offload_num_in_group are offloaded. Default: 0, none (0.27).',
  },
  offload_num_in_group: {
    group: 'Memory',
    schema: positive,
    versions: '>=0.17',
    about: 'prefetch: offloaded layers of each group. Default: 1 (0.27).',
  },
  offload_prefetch_step: {
    group: 'Memory',
    schema: positive,
    versions: '>=0.17',
    about:
      'prefetch: layers that are copied ahead; more hide more of the transfer and need more memory of the GPU. Default: 1 (0.27).',
  },
  offload_params: {
    group: 'Memory',
    schema: words,
    form: 'list',
    versions: '>=0.17',
    about: 'prefetch: which weights, by parts of their names. Default: all of an offloaded layer (0.27).',
  },
  enable_sleep_mode: {
    group: 'Memory',
    schema: flag,
    form: 'negatable',
    about:
      'An allocator that can give memory back while the engine sleeps; llem never sends it to sleep. Default: false (0.27).',
  },
  limit_mm_per_prompt: {
    group: 'Memory',
    schema: mapping,
    form: 'json',
    about:
      'Images, videos and sounds in a prompt, such as { image: 0, video: 0 }: what a text workload never sends needs no memory. Default: 999 of each (0.27).',
  },
  language_model_only: {
    group: 'Memory',
    schema: flag,
    form: 'negatable',
    versions: '>=0.17',
    about: 'The same for all of them at once. Default: false (0.27).',
  },
  skip_mm_profiling: {
    group: 'Memory',
    schema: flag,
    form: 'negatable',
    about:
      'No trial of the largest images at the start; what they need is not reserved. Default: false (0.27).',
  },
  mm_processor_cache_gb: {
    group: 'Memory',
    schema: z.number().min(0),
    about: 'Memory of the host for processed images and the like, in GiB. Default: 4 (0.27).',
  },
  mm_encoder_tp_mode: {
    group: 'Parallelism',
    schema: z.enum(['weights', 'data']),
    about:
      'Encoders of images are split over the GPUs, or each GPU takes other images. Default: weights (0.27).',
  },
  mm_encoder_attn_backend: {
    group: 'Attention and kernels',
    schema: word,
    versions: '>=0.12',
    about: 'Attention of encoders of images. Default: by platform (0.27).',
  },
} as const satisfies OptionTable;
