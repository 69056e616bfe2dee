/** Kernels of attention and sampling, CUDA graphs and compilation. */
import { z } from 'zod';
import type { OptionTable } from '@llem/serving';
import { flag, mapping, positive, word } from './values.js';

export const ATTENTION_OPTIONS = {
  attention_backend: {
    group: 'Attention',
    schema: word,
    about:
      'Kernels of attention: fa3, fa4, flashinfer, triton, trtllm_mha, trtllm_mla, flashmla, torch_native and others. Default: by GPU and model: fa3 on Hopper, trtllm_mha on Blackwell, else flashinfer or triton (0.5.23).',
  },
  prefill_attention_backend: {
    group: 'Attention',
    schema: word,
    about: 'For prompts alone, in place of attention_backend. Default: attention_backend (0.5.23).',
  },
  decode_attention_backend: {
    group: 'Attention',
    schema: word,
    about: 'For decoding alone, in place of attention_backend. Default: attention_backend (0.5.23).',
  },
  triton_attention_num_kv_splits: {
    group: 'Attention',
    schema: positive,
    about: 'Of triton: parts of a context that are worked on side by side. Default: 8 (0.5.23).',
  },
  linear_attn_backend: {
    group: 'Attention',
    schema: word,
    about: 'Kernels of linear attention: triton, cutedsl, flashinfer and others. Default: triton (0.5.23).',
  },
  sampling_backend: {
    group: 'Attention',
    schema: z.enum(['flashinfer', 'pytorch']),
    about: 'Kernels that choose tokens. Default: flashinfer where it is installed (0.5.23).',
  },
  disable_flashinfer_autotune: {
    group: 'Attention',
    schema: flag,
    form: 'switch',
    about:
      'Does not try kernels of FlashInfer out at the start: a shorter start, slower steps. Default: false (0.5.23).',
  },
  enable_deterministic_inference: {
    group: 'Attention',
    schema: flag,
    form: 'switch',
    about:
      'Results that do not depend on what else is in a batch, with slower kernels. Default: false (0.5.23).',
  },
} as const satisfies OptionTable;

export const COMPILATION_OPTIONS = {
  disable_cuda_graph: {
    group: 'Graphs and compilation',
    schema: flag,
    form: 'switch',
    about:
      'Launches every kernel by itself: the GPU waits for the processor, most of all in small batches. For decoding and prompts; from 0.5.14 on the two below do the same for one. Default: false (0.5.23).',
  },
  disable_decode_cuda_graph: {
    group: 'Graphs and compilation',
    schema: flag,
    form: 'switch',
    versions: '>=0.5.14',
    about: 'The same for decoding alone. Default: false (0.5.23).',
  },
  disable_prefill_cuda_graph: {
    group: 'Graphs and compilation',
    schema: flag,
    form: 'switch',
    versions: '>=0.5.14',
    about: 'The same for prompts alone. Default: false (0.5.23).',
  },
  cuda_graph_max_bs: {
    group: 'Graphs and compilation',
    schema: positive,
    versions: '<0.5.20',
    about:
      'Largest batch that is decoded with a graph; larger ones are launched kernel by kernel. More take memory and time of the start. Default: by memory of the GPU and tp_size, 8 to 512 (0.5.17).',
  },
  cuda_graph_max_bs_decode: {
    group: 'Graphs and compilation',
    schema: positive,
    versions: '>=0.5.14',
    about:
      'Largest batch that is decoded with a graph, the newer name of cuda_graph_max_bs. Default: by memory of the GPU and tp_size, 8 to 512, at most max_running_requests (0.5.23).',
  },
  cuda_graph_bs_decode: {
    group: 'Graphs and compilation',
    schema: z.array(positive).min(1),
    form: 'list',
    versions: '>=0.5.14',
    about:
      'Sizes of batches that get a graph; one in between is filled up to the next. Default: dense below, sparse above (0.5.23).',
  },
  cuda_graph_max_bs_prefill: {
    group: 'Graphs and compilation',
    schema: positive,
    versions: '>=0.5.14',
    about:
      'Tokens of the largest step of prompts with a graph. Default: chunked_prefill_size for most models (0.5.23).',
  },
  cuda_graph_backend_decode: {
    group: 'Graphs and compilation',
    schema: z.enum(['full', 'breakable', 'disabled']),
    versions: '>=0.5.14',
    about:
      'Graphs of decoding: whole steps, or pieces between what cannot be in one. Default: full (0.5.23).',
  },
  cuda_graph_backend_prefill: {
    group: 'Graphs and compilation',
    schema: z.enum(['full', 'breakable', 'tc_piecewise', 'disabled']),
    versions: '>=0.5.14',
    about: 'Graphs of prompts. Which ones there are differs between releases. Default: by model (0.5.23).',
  },
  cuda_graph_config: {
    group: 'Graphs and compilation',
    schema: mapping,
    form: 'json',
    versions: '>=0.5.14',
    about:
      'All of these as one mapping: { decode: { max_bs: 64 }, prefill: { backend: disabled } }. Default: none (0.5.23).',
  },
  disable_cuda_graph_padding: {
    group: 'Graphs and compilation',
    schema: flag,
    form: 'switch',
    about: 'Only batches of exactly such a size use a graph; none is filled up. Default: false (0.5.23).',
  },
  enable_torch_compile: {
    group: 'Graphs and compilation',
    schema: flag,
    form: 'switch',
    about:
      'Compiles the model, for small batches of small models; the start takes minutes longer. Default: false (0.5.23).',
  },
  torch_compile_max_bs: {
    group: 'Graphs and compilation',
    schema: positive,
    about: 'Largest batch that is compiled for. Default: 32 (0.5.23).',
  },
} as const satisfies OptionTable;
