/** Options of vLLM: which requests share a step. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { count, flag, positive, word } from './values.js';

export const SCHEDULING_OPTIONS = {
  max_num_seqs: {
    group: 'Scheduling',
    schema: positive,
    about:
      'Most requests that are decoded together; the others wait. The weights are read once a step for all of them, so that more cost fewer joules a token and make each slower. Default: 1024 on GPUs of 70 GiB and more but the A100, else 256 (0.27).',
  },
  max_num_batched_tokens: {
    group: 'Scheduling',
    schema: positive,
    about:
      'Most tokens of one step, prompts and answers together. More read prompts faster and hold up running answers longer. Default: 8192 on GPUs of 70 GiB and more but the A100, else 2048 (0.27).',
  },
  max_num_scheduled_tokens: {
    group: 'Scheduling',
    schema: positive,
    versions: '>=0.26',
    about:
      'The same without the tokens that drafts add. Default: max_num_batched_tokens less room for drafts (0.27).',
  },
  max_num_active_seqs: {
    group: 'Scheduling',
    schema: positive,
    versions: '>=0.31',
    about: 'Most requests that hold a part of the cache, waiting ones among them. Default: none (0.32).',
  },
  enable_chunked_prefill: {
    group: 'Scheduling',
    schema: flag,
    form: 'negatable',
    about:
      'Long prompts are read in pieces beside running answers. Without it each is read in one step. Default: true for models that can (0.27).',
  },
  long_prefill_token_threshold: {
    group: 'Scheduling',
    schema: count,
    about: 'A prompt takes at most so many tokens of a step. Default: 0, no limit (0.27).',
  },
  scheduling_policy: {
    group: 'Scheduling',
    schema: z.enum(['fcfs', 'priority']),
    about:
      'First come, first served, or by a priority of requests, of which llem sends none. Default: fcfs (0.27).',
  },
  async_scheduling: {
    group: 'Scheduling',
    schema: flag,
    form: 'negatable',
    about:
      'Prepares the next step while the GPU computes, so that it does not wait for the processor. Default: true where nothing speaks against it, false before 0.14 (0.27).',
  },
  performance_mode: {
    group: 'Scheduling',
    schema: z.enum(['balanced', 'interactivity', 'throughput']),
    versions: '>=0.17',
    about:
      'interactivity: kernels and graphs for small batches; throughput: those for large ones, and twice the default of max_num_seqs and max_num_batched_tokens. Default: balanced (0.27).',
  },
  stream_interval: {
    group: 'Scheduling',
    schema: positive,
    versions: '>=0.12',
    about:
      'Tokens that are sent together. More save time of the processor and make gaps between chunks longer; tokens are counted all the same. Default: 1 (0.27).',
  },
  scheduler_reserve_full_isl: {
    group: 'Scheduling',
    schema: flag,
    form: 'negatable',
    versions: '>=0.19',
    about:
      'A request begins only when its whole prompt fits into the cache, which avoids preemption. Default: true (0.27).',
  },
  watermark: {
    group: 'Scheduling',
    schema: z.number().min(0).lt(1),
    versions: '>=0.24',
    about: 'Share of the cache that stays free when a request begins. Default: 0 (0.27).',
  },
  prefill_schedule_interval: {
    group: 'Scheduling',
    schema: positive,
    versions: '>=0.24',
    about: 'With data_parallel_size: prompts begin only every so many steps. Default: 1 (0.27).',
  },
  disable_chunked_mm_input: {
    group: 'Scheduling',
    schema: flag,
    form: 'negatable',
    about: 'Never cuts an image between two steps. Default: false (0.27).',
  },
  scheduler_cls: {
    group: 'Scheduling',
    schema: word,
    about: 'Another scheduler, by its name in Python. Default: that of vLLM (0.27).',
  },
} as const satisfies OptionTable;
