/** Options of the file for how the model is computed: graphs, compilation, attention, number formats. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mappingOf, positive } from './values.js';

const compilation = 'Graphs and compilation';

export const CUDA_GRAPH = {
  enable_padding: {
    schema: flag,
    group: compilation,
    about:
      'Rounds a step up to the next size that has a graph. Without it a step of another size, such as 48 requests, has none and waits for the host. Default: false.',
  },
  batch_sizes: {
    schema: z.array(positive).min(1),
    group: compilation,
    about:
      'Sizes of a step, in requests, that have a graph; each takes GPU memory and time to start. Default: 1 to 31, 32, 64, 128 and the powers of 2 beyond, with enable_padding 1, 2, 4 and multiples of 8, up to max_batch_size.',
  },
  max_batch_size: {
    schema: positive,
    group: compilation,
    about: 'Largest size that has a graph; with batch_sizes the largest of these. Default: 128.',
  },
} as const satisfies OptionTable;

export const TORCH_COMPILE = {
  enable_fullgraph: {
    schema: flag,
    group: compilation,
    about: 'Compiles the model as one graph. Default: true.',
  },
  enable_inductor: {
    schema: flag,
    group: compilation,
    about: "Generates kernels with PyTorch's compiler too: a longer start. Default: false.",
  },
  enable_piecewise_cuda_graph: {
    schema: flag,
    group: compilation,
    about:
      'Graphs for steps with prompts, in pieces around attention: less waiting for the host with short prompts. Default: false.',
  },
  capture_num_tokens: {
    schema: z.array(positive).min(1),
    group: compilation,
    about: 'Sizes of a step, in tokens, that have a graph in pieces. Default: as the release has it.',
  },
  enable_userbuffers: {
    schema: flag,
    group: compilation,
    about: 'Sums over GPUs in buffers that they share. Default: true.',
  },
  max_num_streams: {
    schema: positive,
    group: compilation,
    about: 'Most streams of the GPU that a step is spread over. Default: 1 (3 in late 1.3).',
  },
} as const satisfies OptionTable;

export const EXECUTION = {
  cuda_graph_config: {
    schema: mappingOf(CUDA_GRAPH).nullable(),
    flag: null,
    group: compilation,
    about: 'CUDA graphs of steps without prompts; null turns them off.',
  },
  torch_compile_config: {
    schema: mappingOf(TORCH_COMPILE).nullable(),
    flag: null,
    group: compilation,
    about: 'Compiles the model with torch.compile: a longer start. Default: null, not at all.',
  },
  prefill_cuda_graph_backend: {
    schema: z.enum(['disabled', 'piecewise', 'breakable']),
    flag: null,
    group: compilation,
    versions: '>=1.4',
    about: 'Graphs for steps with prompts. Default: disabled.',
  },
  prefill_capture_num_tokens: {
    schema: z.array(positive).min(1),
    flag: null,
    group: compilation,
    versions: '>=1.4',
    about:
      'Sizes of a step, in tokens, that prefill_cuda_graph_backend has graphs for. Default: as the release has it.',
  },
  enable_autotuner: {
    schema: flag,
    flag: null,
    group: compilation,
    about:
      'Tries kernels at the start and keeps the fastest. Without it the engine is far slower. Default: true.',
  },
  attn_backend: {
    schema: z.enum(['TRTLLM', 'VANILLA', 'FLASHINFER', 'FLASHINFER_STAR_ATTENTION']),
    flag: null,
    group: 'Attention',
    about: 'Kernels of attention. VANILLA is for tests. Default: TRTLLM.',
  },
  sparse_attention_config: {
    schema: z.looseObject({
      algorithm: z
        .enum(['rocket', 'dsa', 'skip_softmax', 'deepseek_v4', 'minimax_m3'])
        .describe('How the part of the context is chosen.'),
    }),
    flag: null,
    group: 'Attention',
    versions: '>=1.2',
    about:
      "Attention to a part of the context: less traffic in long ones, other answers. An algorithm with its own keys, as in the engine's documentation. Default: none.",
  },
  dtype: {
    schema: z.enum(['auto', 'float16', 'bfloat16', 'float32']),
    flag: null,
    group: 'Model',
    about: "Number format of weights that are not quantized. Default: auto, the checkpoint's.",
  },
  load_format: {
    schema: z.enum(['auto', 'dummy']),
    flag: null,
    group: 'Model',
    about:
      'dummy draws the weights at random: speed and energy without a download, but of routing, speculation and prefix hits nothing is real. Default: auto.',
  },
  force_dynamic_quantization: {
    schema: flag,
    flag: null,
    group: 'Quantization',
    about:
      'Scales activations as they come instead of as the checkpoint says. Quantization itself comes from the checkpoint alone. Default: false.',
  },
  nvfp4_gemm_config: {
    schema: z.strictObject({
      allowed_backends: z
        .array(z.enum(['cutlass', 'cublaslt', 'cutedsl', 'cuda_core', 'marlin']))
        .min(1)
        .optional()
        .describe('Kernels to choose from. Default: cutlass, cublaslt, cuda_core.'),
    }),
    flag: null,
    group: 'Quantization',
    versions: '>=1.3',
    about: 'Products of matrices in NVFP4. Default: as its key says.',
  },
  use_cute_dsl_blockscaling_mm: {
    schema: flag,
    flag: null,
    group: 'Quantization',
    versions: '>=1.2',
    about: 'Other kernels for FP8 with scales for blocks, on Blackwell. Default: false.',
  },
} as const satisfies OptionTable;
