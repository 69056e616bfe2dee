/** Options of vLLM: compilation, CUDA graphs, attention and other kernels. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { count, flag, mapping, positive, word } from './values.js';

const captureSizes = z.array(positive).min(1);

const passConfig = z.strictObject({
  fuse_norm_quant: flag.optional().describe('Fuses normalisation and quantisation.'),
  fuse_act_quant: flag.optional().describe('Fuses activation and quantisation.'),
  fuse_attn_quant: flag.optional().describe('Fuses attention and quantisation.'),
  eliminate_noops: flag.optional().describe('Leaves out what does nothing. Default: true (0.27).'),
  enable_sp: flag
    .optional()
    .describe('Sequence parallelism, with tensor_parallel_size above 1. Before 0.32.'),
  fuse_gemm_comms: flag
    .optional()
    .describe('Overlaps products and exchanges (asynchronous tensor parallelism). Before 0.32.'),
  fuse_allreduce_rms: flag.optional().describe('Fuses exchange and normalisation.'),
  enable_qk_norm_rope_fusion: flag.optional().describe('Fuses normalisation of queries and keys with RoPE.'),
});

const compilationConfig = z.strictObject({
  mode: z
    .union([
      z.int().min(0).max(3),
      z.enum(['NONE', 'STOCK_TORCH_COMPILE', 'DYNAMO_TRACE_ONCE', 'VLLM_COMPILE']),
    ])
    .optional()
    .describe(
      '0: none; 1: torch.compile as it is; 2: traced once; 3: compiled in pieces by vLLM. Default: 3 (0.27). From 0.12 on.',
    ),
  level: z.int().min(0).max(3).optional().describe('The same before 0.18.'),
  backend: word.optional().describe('inductor or eager. Default: by platform (0.27).'),
  custom_ops: z
    .array(word)
    .optional()
    .describe(
      "vLLM's own kernels in place of compiled ones: all, none, +name, -name. Default: by mode (0.27).",
    ),
  splitting_ops: z
    .array(word)
    .optional()
    .describe('Where the model is cut into pieces. Default: at attention (0.27).'),
  compile_sizes: z
    .array(z.union([positive, word]))
    .optional()
    .describe('Batch sizes that are compiled by themselves. Default: none (0.27).'),
  compile_ranges_endpoints: z
    .array(positive)
    .optional()
    .describe('Ends of ranges of batch sizes that are. From 0.18 on.'),
  inductor_compile_config: mapping.optional().describe('Settings of Inductor. Default: none (0.27).'),
  cache_dir: word.optional().describe('Where compiled code is kept. Default: the cache of vLLM (0.27).'),
  cudagraph_mode: z
    .enum(['NONE', 'PIECEWISE', 'FULL', 'FULL_DECODE_ONLY', 'FULL_AND_PIECEWISE'])
    .optional()
    .describe(
      'What is recorded as CUDA graphs, which save the time of the processor between kernels: nothing, pieces without attention, whole steps, whole steps that only decode, or both. Default: FULL_AND_PIECEWISE (0.27).',
    ),
  cudagraph_capture_sizes: captureSizes
    .optional()
    .describe('Batch sizes that are recorded; others are padded to the next one, which is work for nothing.'),
  max_cudagraph_capture_size: count
    .optional()
    .describe('Largest recorded batch. Default: twice max_num_seqs, at most 512 (0.27). From 0.12 on.'),
  cudagraph_num_of_warmups: count.optional().describe('Steps before recording. Default: 1 (0.27).'),
  cudagraph_copy_inputs: flag
    .optional()
    .describe('Copies inputs before a piecewise graph. Default: false (0.27).'),
  cudagraph_specialize_lora: flag
    .optional()
    .describe('Graphs of their own for steps without an adapter. Default: true (0.27). From 0.12 on.'),
  use_inductor_graph_partition: flag
    .optional()
    .describe('Cuts after fusing instead of before. Default: by release of PyTorch (0.27).'),
  pass_config: passConfig
    .optional()
    .describe('Which kernels are fused; these names from 0.12 on. Default: by optimization_level (0.27).'),
  fast_moe_cold_start: flag.optional().describe('Starts mixtures of experts faster. From 0.16 on.'),
});

const attentionConfig = z.strictObject({
  backend: word.optional().describe('As attention_backend, of which one is enough.'),
  flash_attn_version: z
    .union([z.literal(2), z.literal(3), z.literal(4)])
    .optional()
    .describe('Version of FlashAttention. Default: by GPU (0.27).'),
  flash_attn_max_num_splits_for_cuda_graph: positive
    .optional()
    .describe('Most parts that a long context is split into in a graph. Default: 32 (0.27).'),
  use_trtllm_attention: flag
    .optional()
    .describe('FlashInfer: kernels of TensorRT-LLM. Default: where they are faster (0.27).'),
  disable_flashinfer_q_quantization: flag
    .optional()
    .describe('FlashInfer: queries stay in 16 bits with an FP8 cache. Default: false (0.27).'),
  use_prefill_decode_attention: flag
    .optional()
    .describe('Triton: kernels of their own for prompts and answers. Default: false (0.27). Before 0.29.'),
  mla_prefill_backend: word
    .optional()
    .describe('Latent attention, prompts: FLASH_ATTN, FLASHINFER, TRTLLM_RAGGED. From 0.21 on.'),
});

export const COMPILATION_OPTIONS = {
  optimization_level: {
    group: 'Graphs and compilation',
    schema: z.int().min(0).max(3),
    versions: '>=0.12',
    about:
      '0: no compilation and no graphs; 1: compiled, piecewise graphs; 2: whole graphs and more fusion; 3: as 2. Higher ones start slower and run faster. Default: 2 (0.27).',
  },
  enforce_eager: {
    group: 'Graphs and compilation',
    schema: flag,
    form: 'negatable',
    about:
      'Neither compilation nor CUDA graphs: small batches then wait for the processor. Default: false (0.27).',
  },
  compilation_config: {
    group: 'Graphs and compilation',
    schema: compilationConfig,
    form: 'json',
    about:
      'Compilation and CUDA graphs in detail; each key can be swept, as vllm.compilation_config.cudagraph_mode.',
  },
  cudagraph_capture_sizes: {
    group: 'Graphs and compilation',
    schema: captureSizes,
    form: 'list',
    versions: '>=0.12',
    about: 'As compilation_config.cudagraph_capture_sizes, of which one is enough.',
  },
  max_cudagraph_capture_size: {
    group: 'Graphs and compilation',
    schema: count,
    versions: '>=0.12',
    about: 'As compilation_config.max_cudagraph_capture_size, of which one is enough.',
  },
} as const satisfies OptionTable;

export const ATTENTION_OPTIONS = {
  attention_backend: {
    group: 'Attention and kernels',
    schema: word,
    versions: '>=0.13',
    about:
      'Kernels of attention: FLASH_ATTN, FLASHINFER, TRITON_ATTN, FLEX_ATTENTION; for latent attention FLASHMLA, CUTLASS_MLA, FLASHINFER_MLA, FLASH_ATTN_MLA, TRITON_MLA; and others. Default: the first that the GPU and the model allow (0.27).',
  },
  attention_config: {
    group: 'Attention and kernels',
    schema: attentionConfig,
    form: 'json',
    versions: '>=0.13',
    about: 'Attention in detail.',
  },
  disable_cascade_attn: {
    group: 'Attention and kernels',
    schema: flag,
    form: 'negatable',
    about:
      'false: what all requests of a step share at their beginning may be read once for all of them. Default: true, false before 0.18 (0.27).',
  },
  moe_backend: {
    group: 'Attention and kernels',
    schema: word,
    versions: '>=0.17',
    about:
      'Kernels of experts: triton, cutlass, deep_gemm, flashinfer_trtllm, flashinfer_cutlass, marlin and others. Default: auto (0.27).',
  },
  linear_backend: {
    group: 'Attention and kernels',
    schema: word,
    versions: '>=0.22',
    about:
      'Kernels of quantised layers: cutlass, flashinfer_cutlass, marlin, machete, deep_gemm, triton and others. Default: auto (0.27).',
  },
  kernel_config: {
    group: 'Attention and kernels',
    schema: mapping,
    form: 'json',
    versions: '>=0.16',
    about: 'Choice and warm-up of kernels in detail. Default: none (0.27).',
  },
  enable_flashinfer_autotune: {
    group: 'Attention and kernels',
    schema: flag,
    form: 'negatable',
    versions: '>=0.16',
    about:
      'Tries the kernels of FlashInfer at the start and takes the fastest. Default: by optimization_level (0.27).',
  },
  gdn_prefill_backend: {
    group: 'Attention and kernels',
    schema: word,
    versions: '>=0.18',
    about:
      'Prompts of gated delta networks (Qwen3-Next): flashinfer, triton and others. Default: by GPU (0.27).',
  },
  mamba_backend: {
    group: 'Attention and kernels',
    schema: word,
    versions: '>=0.20',
    about: 'Kernels of state-space layers: triton or flashinfer. Default: triton (0.27).',
  },
} as const satisfies OptionTable;
