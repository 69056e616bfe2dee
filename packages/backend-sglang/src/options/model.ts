/** The model, how it is loaded, and the precision it computes in. */
import { z } from 'zod';
import type { OptionTable } from '@llem/serving';
import { count, flag, mapping, positive, word } from './values.js';

export const LOAD_FORMATS = [
  'auto',
  'pt',
  'safetensors',
  'npcache',
  'dummy',
  'sharded_state',
  'presharded',
  'gguf',
  'bitsandbytes',
  'mistral',
  'layered',
  'fastsafetensors',
  'instanttensor',
  'runai_streamer',
  'remote',
] as const;

export const MODEL_OPTIONS = {
  load_format: {
    group: 'Model',
    schema: z.enum(LOAD_FORMATS),
    about:
      'How weights are read. dummy draws them at random: speed and energy of a dense model without its download; routing of experts and acceptance of drafts are not those of real weights. Default: auto (0.5.23).',
  },
  model_impl: {
    group: 'Model',
    schema: z.enum(['auto', 'sglang', 'transformers', 'mindspore']),
    about:
      "Whose code computes the model. transformers is slower than SGLang's own in most cases. Default: auto, SGLang's where it has one (0.5.23).",
  },
  json_model_override_args: {
    group: 'Model',
    schema: mapping,
    form: 'json',
    about:
      "Overrides of the model's config.json, such as fewer layers for a trial: another model then. Default: none (0.5.23).",
  },
  trust_remote_code: {
    group: 'Model',
    schema: flag,
    form: 'switch',
    about: 'Runs Python code that comes with the model. Default: false (0.5.23).',
  },
  tokenizer_path: {
    group: 'Model',
    schema: word,
    about: "A folder of this machine with another tokenizer. Default: the model's own (0.5.23).",
  },
  chat_template: {
    group: 'Model',
    schema: word,
    about:
      "Name or file of the template for workload.api: chat. Another one makes prompts of another length. Default: the model's own (0.5.23).",
  },
  context_length: {
    group: 'Model',
    schema: positive,
    about:
      "Most tokens of a request, prompt and answer. It bounds what graphs and buffers are made for, and not the cache. Default: the model's (0.5.23).",
  },
} as const satisfies OptionTable;

export const QUANTIZATION_OPTIONS = {
  dtype: {
    group: 'Quantization',
    schema: z.enum(['auto', 'half', 'float16', 'bfloat16', 'float', 'float32']),
    about:
      'Type of weights and activations. 32 bits double memory traffic and leave most of the tensor cores unused. Default: auto, that of the checkpoint, float32 as half (0.5.23).',
  },
  quantization: {
    group: 'Quantization',
    schema: word,
    about:
      'Method of quantised weights: awq, gptq, marlin forms, fp8, mxfp8, mxfp4, modelopt_fp8, modelopt_fp4, w8a8_int8, w8a8_fp8, w4afp8, bitsandbytes, gguf and others. Fewer bits are less memory traffic, which decides the energy of decoding. fp8 also quantises 16-bit weights while loading. Default: what the checkpoint says (0.5.23).',
  },
  torchao_config: {
    group: 'Quantization',
    schema: word,
    versions: '<0.5.18',
    about:
      'Quantisation by torchao while loading: int8dq, int8wo, fp8wo, int4wo-128 and others. Default: none (0.5.17).',
  },
  fp8_gemm_backend: {
    group: 'Quantization',
    schema: word,
    about:
      'Kernels for matrices in FP8 with scales for blocks: deep_gemm, flashinfer_trtllm, flashinfer_cutlass, cutlass, triton and others. Default: auto, by GPU (0.5.23).',
  },
  fp4_gemm_backend: {
    group: 'Quantization',
    schema: word,
    about:
      'Kernels for matrices in NVFP4: flashinfer_cudnn, flashinfer_cutlass, flashinfer_trtllm, marlin and others. Default: auto, by GPU (0.5.23).',
  },
  bf16_gemm_backend: {
    group: 'Quantization',
    schema: z.enum(['auto', 'cutedsl', 'gemv', 'torch']),
    versions: '>=0.5.15',
    about: 'Kernels for matrices in 16 bits. Default: auto (0.5.23).',
  },
  enable_fp32_lm_head: {
    group: 'Quantization',
    schema: flag,
    form: 'switch',
    about:
      'Computes the scores of the vocabulary in 32 bits: more accurate, more work in every step. Default: false (0.5.23).',
  },
} as const satisfies OptionTable;

export const OFFLOAD_OPTIONS = {
  cpu_offload_gb: {
    group: 'Memory',
    schema: count,
    about:
      'Weights kept in the memory of the host, in GB for each GPU; they cross the bus in every step. Default: 0 (0.5.23).',
  },
  offload_group_size: {
    group: 'Memory',
    schema: positive,
    about:
      'Layers of a group of which some are kept elsewhere and fetched ahead. Default: -1, none (0.5.23).',
  },
  offload_num_in_group: {
    group: 'Memory',
    schema: positive,
    about: 'Layers of each group that are kept elsewhere. Default: 1 (0.5.23).',
  },
  offload_prefetch_step: {
    group: 'Memory',
    schema: count,
    about: 'How many layers ahead they are fetched. Default: 1 (0.5.23).',
  },
} as const satisfies OptionTable;
