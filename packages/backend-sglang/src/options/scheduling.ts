/** What runs together, and in which order. */
import { z } from 'zod';
import type { OptionTable } from '@llem/serving';
import { count, flag, positive } from './values.js';

export const SCHEDULING_OPTIONS = {
  max_running_requests: {
    group: 'Scheduling',
    schema: positive,
    about:
      'Requests that run together at most; more of them share the weights that each step reads. With attention that is shared out (enable_dp_attention) each group takes its part. Default: what the cache holds, 48 with drafts (0.5.23).',
  },
  max_prefill_tokens: {
    group: 'Scheduling',
    schema: positive,
    about: 'Tokens of prompts in a step at most, of all requests together. Default: 16384 (0.5.23).',
  },
  prefill_max_requests: {
    group: 'Scheduling',
    schema: positive,
    about: 'Prompts in a step at most. Default: no limit (0.5.23).',
  },
  chunked_prefill_size: {
    group: 'Scheduling',
    schema: z.union([positive, z.literal(-1)]),
    about:
      'Tokens of a prompt that a step reads at most; -1: prompts are read whole. Smaller pieces hold running answers up for less long and use the GPU less well. Default: by memory of the GPU: 2048 under 20 GB, 4096 under 60 GB, 8192 under 160 GB, else 16384 (0.5.23).',
  },
  enable_mixed_chunk: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about:
      'Reads prompts and decodes in the same step: answers do not wait while prompts are read. Default: false (0.5.23).',
  },
  enable_dynamic_chunking: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about:
      'With pp_size above 1: pieces of such sizes that each takes as long as the others. Default: false (0.5.23).',
  },
  schedule_policy: {
    group: 'Scheduling',
    schema: z.enum([
      'lpm',
      'random',
      'fcfs',
      'dfs-weight',
      'lof',
      'priority',
      'routing-key',
      'hrrn',
      'shortest-prefill-first',
    ]),
    about:
      'Order of the queue: fcfs as they came; lpm those with the longest prefix in the cache first, which saves work where prompts share prefixes; lof those with the longest answer. Default: fcfs (0.5.23).',
  },
  schedule_conservativeness: {
    group: 'Scheduling',
    schema: z.number().min(0),
    about:
      'How much room is left for answers to come, relative to a guess from those that ended. Less lets more run together, until some are thrown out and read again. Taken times 0.3 with enable_dp_attention. Default: 1 (0.5.23).',
  },
  prefill_decode_interval: {
    group: 'Scheduling',
    schema: count,
    versions: '>=0.5.19',
    about:
      'Steps of decoding after each batch of prompts: answers go on while prompts wait. Default: 0 for most models (0.5.23).',
  },
  min_free_slots_delay: {
    group: 'Scheduling',
    schema: positive,
    versions: '>=0.5.15',
    about:
      'Requests begin when so many places are free, to be read together. Default: at once, but for block drafts (0.5.23).',
  },
  enable_prefill_delayer: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about:
      'With enable_dp_attention: prompts wait until all groups have some, so that none idles. Default: false (0.5.23).',
  },
  disable_overlap_schedule: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about:
      'Prepares a step only when the one before has ended: the GPU waits for the processor in between. Always so with pp_size above 1. Default: false (0.5.23).',
  },
  num_continuous_decode_steps: {
    group: 'Scheduling',
    schema: positive,
    about:
      'Steps of decoding between two looks at the queue: less work of the processor, later first tokens. Default: 1 (0.5.23).',
  },
  scheduler_recv_interval: {
    group: 'Scheduling',
    schema: positive,
    about: 'Steps between two looks for new requests. Default: 1 (0.5.23).',
  },
  stream_interval: {
    group: 'Scheduling',
    schema: positive,
    about:
      'Tokens that are sent together. More save time of the processor and make gaps between chunks longer; tokens are counted all the same. Default: 1 (0.5.23).',
  },
  tokenizer_worker_num: {
    group: 'Scheduling',
    schema: positive,
    about:
      'Processes that take requests and read texts; one may be too few beyond some thousand tokens a millisecond. Default: 1 (0.5.23).',
  },
  detokenizer_worker_num: {
    group: 'Scheduling',
    schema: positive,
    versions: '>=0.5.12',
    about: 'Processes that turn tokens into text. Default: 1 (0.5.23).',
  },
  sleep_on_idle: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about:
      'The scheduler sleeps while nothing runs instead of asking without a pause, which takes a core of the processor for each GPU: it shows in idle power. Default: false (0.5.23).',
  },
  enable_two_batch_overlap: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about:
      'Cuts a batch in two, so that one computes while the other exchanges between GPUs. Default: false (0.5.23).',
  },
  enable_single_batch_overlap: {
    group: 'Scheduling',
    schema: flag,
    form: 'switch',
    about: 'Computing and exchanging of one batch overlap. Default: false (0.5.23).',
  },
} as const satisfies OptionTable;
