/** Memory of the GPU, the KV cache in it, and what of the cache is kept for later requests. */
import { z } from 'zod';
import type { OptionTable } from '@llem/serving';
import { count, flag, positive, share, word } from './values.js';

export const MEMORY_OPTIONS = {
  mem_fraction_static: {
    group: 'Memory',
    schema: share,
    about:
      'Share of the memory of each GPU for weights and KV cache together; the rest is for activations and graphs. More cache lets more requests run together. Default: what activations and graphs are thought to leave, about 0.8 to 0.9 (0.5.23).',
  },
  max_total_tokens: {
    group: 'Memory',
    schema: positive,
    about:
      'Tokens that the KV cache holds at most, of all requests together. A smaller one limits how many run together. Default: what mem_fraction_static leaves (0.5.23).',
  },
  kv_cache_dtype: {
    group: 'KV cache',
    schema: z.enum([
      'auto',
      'fp8_e5m2',
      'fp8_e4m3',
      'mxfp8',
      'bf16',
      'bfloat16',
      'nvfp4',
      'fp4_e2m1',
      'fp4_mx_block16',
    ]),
    about:
      'Type of the cache. 8 bits halve its traffic, which is most of what long contexts cost, and hold twice the tokens. What a release and a GPU have differs. Default: auto, that of the model (0.5.23).',
  },
  page_size: {
    group: 'KV cache',
    schema: positive,
    about:
      'Tokens of a page of the cache. Some attention kernels need a size of their own; a prefix is shared by whole pages. Default: 1, or what the kernels need (0.5.23).',
  },
  swa_full_tokens_ratio: {
    group: 'KV cache',
    schema: share,
    about:
      'Tokens that layers with a sliding window hold, as a share of those of full layers. Default: 0.8, or by model (0.5.23).',
  },
  disable_hybrid_swa_memory: {
    group: 'KV cache',
    schema: flag,
    form: 'switch',
    about:
      'Layers with a sliding window hold as much as full ones: fewer requests fit. Default: false (0.5.23).',
  },
  enable_unified_memory: {
    group: 'KV cache',
    schema: flag,
    form: 'switch',
    versions: '>=0.5.15',
    about:
      'One pool for the caches of all kinds of layers instead of shares that are fixed. Default: false (0.5.23).',
  },
  disable_radix_cache: {
    group: 'KV cache',
    schema: flag,
    form: 'switch',
    about:
      'Turns the prefix cache off. On, a prompt that begins like an earlier one is read from there on only. Default: false (0.5.23).',
  },
  radix_eviction_policy: {
    group: 'KV cache',
    schema: z.enum(['lru', 'lfu', 'slru', 'priority', 'tlru']),
    about:
      'Which prefixes go when room is needed. slru and tlru: releases that have them. Default: lru (0.5.23).',
  },
  max_mamba_cache_size: {
    group: 'KV cache',
    schema: positive,
    about:
      'States that layers without attention hold, of all requests together. Default: what fits (0.5.23).',
  },
  mamba_ssm_dtype: {
    group: 'KV cache',
    schema: z.enum(['float32', 'bfloat16', 'float16']),
    about: 'Type of those states. Default: that of the model, float32 where it says nothing (0.5.23).',
  },
  mamba_full_memory_ratio: {
    group: 'KV cache',
    schema: z.number().gt(0),
    about: 'Memory for those states, relative to that of the KV cache. Default: 0.9, or by model (0.5.23).',
  },
  enable_hierarchical_cache: {
    group: 'KV cache',
    schema: flag,
    form: 'switch',
    about:
      'Keeps prefixes that the GPU has no room for in the memory of the host: reading them back costs less than computing them anew. Default: false (0.5.23).',
  },
  hicache_ratio: {
    group: 'KV cache',
    schema: z.number().gt(0),
    about: 'Size of that cache relative to the one on the GPU. Default: 2 (0.5.23).',
  },
  hicache_size: {
    group: 'KV cache',
    schema: count,
    about:
      'Size of that cache in GB for each GPU, in place of hicache_ratio. Default: 0, by the ratio (0.5.23).',
  },
  hicache_write_policy: {
    group: 'KV cache',
    schema: z.enum(['write_back', 'write_through', 'write_through_selective']),
    about:
      'When prefixes are copied there: at once, or when they would be lost. Default: write_through (0.5.23).',
  },
  hicache_io_backend: {
    group: 'KV cache',
    schema: z.enum(['direct', 'kernel']),
    about:
      'How they are copied: by the copy engine, or by kernels that take part of the GPU. Default: kernel (0.5.23).',
  },
  hicache_storage_backend: {
    group: 'KV cache',
    schema: word,
    about:
      'A third level on a disk or another machine: file, mooncake, hf3fs, nixl and others. llem cannot empty it between warm-up and window. Default: none (0.5.23).',
  },
} as const satisfies OptionTable;
