/** Speculative decoding, and adapters. */
import { z } from 'zod';
import type { OptionTable } from '@llem/serving';
import { count, flag, positive, share, word } from './values.js';

export const ALGORITHMS = ['EAGLE', 'EAGLE3', 'NEXTN', 'STANDALONE', 'NGRAM', 'DFLASH', 'DSPARK'] as const;

const group = 'Speculative decoding';

export const SPECULATION_OPTIONS = {
  speculative_algorithm: {
    group,
    schema: z.enum(ALGORITHMS),
    about:
      'How tokens are guessed, to be checked together: by a head of the model (EAGLE, EAGLE3, NEXTN), by a small model (STANDALONE, DFLASH, DSPARK), from what was there before (NGRAM). Right guesses save steps, wrong ones cost energy; large batches gain little. DFLASH, DSPARK: releases that have them. Default: none (0.5.23).',
  },
  speculative_draft_model_path: {
    group,
    schema: word,
    about:
      "Name on the Hub or folder of what guesses. Default: none, the model's own layers for it (0.5.23).",
  },
  speculative_draft_model_revision: {
    group,
    schema: word,
    about: 'Its commit, tag or branch. Default: the main branch (0.5.23).',
  },
  speculative_draft_load_format: {
    group,
    schema: word,
    about:
      'How its weights are read; dummy draws them at random, so that no guess is right. Default: load_format (0.5.23).',
  },
  speculative_num_steps: {
    group,
    schema: positive,
    about: 'Tokens guessed one after another. Default: by model, together with the next two (0.5.23).',
  },
  speculative_eagle_topk: {
    group,
    schema: positive,
    about: 'Guesses for each of them; above 1 they make a tree. Default: by model (0.5.23).',
  },
  speculative_num_draft_tokens: {
    group,
    schema: positive,
    about:
      'Tokens that are checked together. speculative_num_steps + 1 where speculative_eagle_topk is 1. Default: by model, 12 with NGRAM (0.5.23).',
  },
  speculative_accept_threshold_single: {
    group,
    schema: share,
    about: 'From which probability on a guess is taken; below 1 answers change. Default: 1 (0.5.23).',
  },
  speculative_accept_threshold_acc: {
    group,
    schema: share,
    about: 'Raises the probability that a guess is taken; below 1 answers change. Default: 1 (0.5.23).',
  },
  speculative_token_map: {
    group,
    schema: word,
    about: 'File with the tokens that may be guessed, which makes guessing cheaper. Default: all (0.5.23).',
  },
  speculative_attention_mode: {
    group,
    schema: z.enum(['prefill', 'decode']),
    about: 'Which kernels of attention check guesses. Default: prefill (0.5.23).',
  },
  speculative_draft_attention_backend: {
    group,
    schema: word,
    about: 'Kernels of attention while guessing. Default: attention_backend (0.5.23).',
  },
  speculative_draft_kv_cache_dtype: {
    group,
    schema: z.enum(['auto', 'fp8_e5m2', 'fp8_e4m3', 'bf16', 'bfloat16']),
    versions: '>=0.5.18',
    about: 'Type of its cache. Default: kv_cache_dtype (0.5.23).',
  },
  speculative_draft_window_size: {
    group,
    schema: positive,
    versions: '>=0.5.12',
    about: 'Latest tokens that guessing looks at, where its model can do so. Default: all (0.5.23).',
  },
  speculative_adaptive: {
    group,
    schema: flag,
    form: 'switch',
    versions: '>=0.5.11',
    about: 'Changes speculative_num_steps with how many guesses are right. Default: false (0.5.23).',
  },
  speculative_ngram_max_trie_depth: {
    group,
    schema: positive,
    about: 'Of NGRAM: tokens of the longest run that is remembered. Default: 18 (0.5.23).',
  },
  speculative_ngram_max_bfs_breadth: {
    group,
    schema: positive,
    about: 'Of NGRAM: most continuations that are tried. Default: 10 (0.5.23).',
  },
} as const satisfies OptionTable;

export const LORA_OPTIONS = {
  enable_lora: {
    group: 'LoRA',
    schema: flag,
    form: 'switch',
    about:
      'Makes room for adapters, whose products are added in every layer. Default: true with lora_paths (0.5.23).',
  },
  lora_paths: {
    group: 'LoRA',
    schema: z.record(z.string().regex(/^[^=:\s]+$/, 'expected a name without = : or spaces'), word),
    flag: null,
    about: 'Adapters that are loaded: { name: folder or name on the Hub }. Default: none (0.5.23).',
  },
  max_lora_rank: {
    group: 'LoRA',
    schema: positive,
    about: 'Largest rank; memory and time grow with it. Default: that of lora_paths (0.5.23).',
  },
  lora_target_modules: {
    group: 'LoRA',
    schema: z.array(word).min(1),
    form: 'list',
    about: 'Parts of the model that adapters may change, or all. Default: those of lora_paths (0.5.23).',
  },
  max_loras_per_batch: {
    group: 'LoRA',
    schema: positive,
    about: 'Adapters in a batch at most, the model without one being one. Default: 8 (0.5.23).',
  },
  max_loaded_loras: {
    group: 'LoRA',
    schema: positive,
    about: 'Adapters in the memory of the host at most. Default: no limit (0.5.23).',
  },
  lora_backend: {
    group: 'LoRA',
    schema: word,
    about: 'Kernels: csgmv, triton and others. Default: csgmv (0.5.23).',
  },
  max_lora_chunk_size: {
    group: 'LoRA',
    schema: z.union([z.literal(16), z.literal(32), z.literal(64), z.literal(128)]),
    about: 'Of csgmv: tokens of a piece of work; larger ones suit large batches. Default: 16 (0.5.23).',
  },
} as const satisfies OptionTable;

export const OBSERVATION_OPTIONS = {
  decode_log_interval: {
    group: 'Other',
    schema: positive,
    about:
      'Steps of decoding between two updates of what the server tells of running, cache and acceptance. Fewer are a finer trace, and work for the processor. llem passes 8 where it is not set. Default: 40 (0.5.23).',
  },
  log_level: {
    group: 'Other',
    schema: z.enum(['debug', 'info', 'warning', 'error']),
    about: 'How much goes into engine.log. Default: info (0.5.23).',
  },
  numa_node: {
    group: 'Other',
    schema: z.array(count).min(1),
    form: 'list',
    about: 'Node of the processor for each GPU, so that its memory is near. Default: not bound (0.5.23).',
  },
  gc_threshold: {
    group: 'Other',
    schema: z.array(positive).min(1).max(3),
    form: 'list',
    about:
      "When Python's garbage is collected; its pauses show in the slowest tokens. Default: Python's own (0.5.23).",
  },
} as const satisfies OptionTable;
