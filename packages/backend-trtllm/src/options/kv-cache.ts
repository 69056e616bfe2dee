/** `kv_cache_config`: how much of the past is kept, in which type, and what is found again. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mappingOf, positive, share, text, whole } from './values.js';

const group = 'KV cache';

export const KV_CACHE = {
  enable_block_reuse: {
    schema: flag,
    group,
    about:
      'Keeps blocks of ended requests, so that a prompt with the same beginning is not read again: the prefix cache. Default: true.',
  },
  enable_partial_reuse: {
    schema: flag,
    group,
    about: 'Reuses blocks of which only the beginning matches. Default: true.',
  },
  copy_on_partial_reuse: {
    schema: flag,
    group,
    about: 'Copies a block that matches in part while another request uses it. Default: true.',
  },
  free_gpu_memory_fraction: {
    schema: share,
    group,
    about:
      'Share of the GPU memory that is free after the weights, for the KV cache. More holds more requests at once; less leaves room for buffers. Default: 0.9.',
  },
  max_tokens: {
    schema: positive,
    group,
    about:
      'Most tokens in the KV cache; of this and free_gpu_memory_fraction the smaller counts. Set it to compare engines with caches of one size. Default: no limit.',
  },
  max_gpu_total_bytes: {
    schema: whole,
    group,
    versions: '>=1.3',
    about: 'Most bytes of GPU memory for the KV cache; 0 sets no limit. Default: 0.',
  },
  tokens_per_block: {
    schema: positive,
    group,
    about:
      'Tokens in a block of the cache. Smaller ones match more of a shared beginning and cost more bookkeeping. Default: 32.',
  },
  dtype: {
    schema: z.enum(['auto', 'float16', 'bfloat16', 'float32', 'fp8', 'fp8_ds_mla', 'nvfp4']),
    group,
    about:
      'Element type of the cache. fp8 and nvfp4 halve or quarter memory and traffic where the GPU has them, and may change answers. Default: auto, as the checkpoint says.',
  },
  host_cache_size: {
    schema: whole,
    group,
    about:
      'Bytes of host memory that blocks move to before they are lost: saves reading prompts again, costs traffic over the bus. Default: none.',
  },
  secondary_offload_min_priority: {
    schema: whole,
    group,
    about: 'Only blocks above this priority move to host memory. Default: all.',
  },
  disk_cache_size: {
    schema: whole,
    group,
    versions: '>=1.3',
    about:
      'Bytes of disk that blocks move to after host memory; needs disk_cache_path and use_kv_cache_manager_v2. Default: none.',
  },
  disk_cache_path: {
    schema: text,
    group,
    versions: '>=1.3',
    about: 'Folder of the blocks on disk; it has to be there. Default: none.',
  },
  max_attention_window: {
    schema: z.array(positive).min(1),
    group,
    about:
      'Tokens that each layer looks back at, repeated over the layers: fewer are less memory and traffic, and other answers. Default: as the model was made.',
  },
  use_uvm: {
    schema: flag,
    group,
    about: 'Unified memory for the cache: larger than the GPU has, and far slower beyond it. Default: false.',
  },
  use_kv_cache_manager_v2: {
    schema: z.union([z.boolean(), z.literal('auto')]),
    group,
    versions: '>=1.3',
    about: 'The newer cache manager, a prototype. Default: auto, as the model asks (false in early 1.3).',
  },
  mamba_ssm_cache_dtype: {
    schema: z.enum(['auto', 'float16', 'bfloat16', 'float32']),
    group,
    about: 'Element type of the states of Mamba layers. Default: auto, as the model was made.',
  },
} as const satisfies OptionTable;

export const kvCacheConfig = mappingOf(KV_CACHE);
