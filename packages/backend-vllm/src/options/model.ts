/** Options of vLLM: which weights are loaded, and in what precision. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mapping, positive, word, words } from './values.js';

export const MODEL_OPTIONS = {
  dtype: {
    group: 'Model',
    schema: z.enum(['auto', 'half', 'float16', 'bfloat16', 'float', 'float32']),
    about:
      'Precision of weights and activations that are not quantised. 32 bits double the memory traffic of 16 and leave the tensor cores of most GPUs idle. Default: auto, that of the checkpoint, 16 bits for one of 32 (0.27).',
  },
  max_model_len: {
    group: 'Model',
    schema: z.union([positive, z.literal('auto')]),
    about:
      'Longest request, prompt and answer, in tokens. It decides how much KV cache one request may need, and with it whether the engine starts. auto (from 0.14 on): what fits. Default: that of the model (0.27).',
  },
  load_format: {
    group: 'Model',
    schema: word,
    about:
      'How weights are read: auto, safetensors, pt, sharded_state, bitsandbytes, fastsafetensors, runai_streamer and others; dummy draws them at random, which costs as much energy as real ones and no download. Default: auto (0.27).',
  },
  trust_remote_code: {
    group: 'Model',
    schema: flag,
    form: 'negatable',
    about: 'Runs Python code that comes with the model. Default: false (0.27).',
  },
  model_impl: {
    group: 'Model',
    schema: z.enum(['auto', 'vllm', 'transformers', 'terratorch']),
    about:
      "Implementation of the model: vLLM's own or that of Transformers, which is slower for most. Default: auto, vLLM's where there is one (0.27).",
  },
  config_format: {
    group: 'Model',
    schema: word,
    about: 'Format of its configuration: auto, hf or mistral. Default: auto (0.27).',
  },
  hf_overrides: {
    group: 'Model',
    schema: mapping,
    form: 'json',
    about:
      'Replaces values of the configuration of the model, such as its number of layers or its RoPE. Default: none (0.27).',
  },
  tokenizer: {
    group: 'Model',
    schema: word,
    about: 'Another tokenizer, by name or folder. Default: that of the model (0.27).',
  },
  tokenizer_mode: {
    group: 'Model',
    schema: word,
    about: 'auto, hf, slow, mistral and others. Slow ones cost time of the processor. Default: auto (0.27).',
  },
  tokenizer_revision: {
    group: 'Model',
    schema: word,
    about: 'Commit, tag or branch of the tokenizer. Default: that of the model (0.27).',
  },
  chat_template: {
    group: 'Model',
    schema: word,
    about: 'A file with the template of chats, or the template itself. Default: that of the model (0.27).',
  },
  default_chat_template_kwargs: {
    group: 'Model',
    schema: mapping,
    form: 'json',
    versions: '>=0.14',
    about:
      'What the template of chats is given, such as { enable_thinking: false }: reasoning makes prompts and answers longer. Default: none (0.27).',
  },
  disable_sliding_window: {
    group: 'Model',
    schema: flag,
    form: 'negatable',
    about: 'Limits the context of a model with a sliding window to that window. Default: false (0.27).',
  },
  safetensors_load_strategy: {
    group: 'Model',
    schema: word,
    about:
      'How files are read: lazy maps them into memory, eager reads them whole, prefetch fills the page cache first. Start-up alone. Default: lazy, prefetch on network file systems (0.27).',
  },
  safetensors_prefetch_num_threads: {
    group: 'Model',
    schema: positive,
    versions: '>=0.21',
    about: 'Threads that prefetch. Start-up alone. Default: 8 (0.27).',
  },
  max_parallel_loading_workers: {
    group: 'Model',
    schema: positive,
    about: 'How many workers load at once, where memory is short. Start-up alone. Default: all (0.27).',
  },
  model_loader_extra_config: {
    group: 'Model',
    schema: mapping,
    form: 'json',
    about: 'Settings of the loader that load_format names. Default: none (0.27).',
  },
  ignore_patterns: {
    group: 'Model',
    schema: words,
    form: 'list',
    about: 'Files of the model that are not fetched. Default: original/**/* (0.27).',
  },
} as const satisfies OptionTable;

export const QUANTIZATION_OPTIONS = {
  quantization: {
    group: 'Quantization',
    schema: word,
    about:
      'How weights are quantised. Of the checkpoint: awq, gptq, awq_marlin, gptq_marlin, compressed-tensors, modelopt, modelopt_fp4, mxfp4, quark, torchao and others. While loading: fp8, bitsandbytes; from 0.20 on fp8_per_tensor and fp8_per_block, from 0.22 on mxfp8 and others. Fewer bits mean less memory traffic, which is most of the energy of decoding in small batches. Default: what the configuration of the model says (0.27).',
  },
  quantization_config: {
    group: 'Quantization',
    schema: mapping,
    form: 'json',
    versions: '>=0.22',
    about: 'Precision by kind of layer, of quantization while loading. Default: none (0.27).',
  },
  allow_deprecated_quantization: {
    group: 'Quantization',
    schema: flag,
    form: 'negatable',
    versions: '>=0.14',
    about: 'Accepts methods that are to be removed. Default: false (0.27).',
  },
  calculate_kv_scales: {
    group: 'Quantization',
    schema: flag,
    form: 'negatable',
    versions: '<0.28',
    about:
      'Scales of an FP8 KV cache from the first requests instead of the checkpoint. Default: false (0.27).',
  },
} as const satisfies OptionTable;
