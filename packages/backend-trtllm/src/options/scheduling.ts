/** Options of the file that decide what runs in a step, and when. */
import type { OptionTable } from '@llem/serving';
import { z } from 'zod';
import { flag, mappingOf, positive, share, whole } from './values.js';

const group = 'Scheduling';

export const SCHEDULER = {
  capacity_scheduler_policy: {
    schema: z.enum(['GUARANTEED_NO_EVICT', 'MAX_UTILIZATION', 'STATIC_BATCH']),
    group,
    about:
      'GUARANTEED_NO_EVICT admits a request when the cache can hold it to its end; MAX_UTILIZATION admits more and pauses some, which are read again; STATIC_BATCH waits until a batch has ended. Default: GUARANTEED_NO_EVICT.',
  },
  context_chunking_policy: {
    schema: z.enum(['FIRST_COME_FIRST_SERVED', 'EQUAL_PROGRESS', 'FORCE_CHUNK']),
    group,
    about: 'How pieces of prompts are chosen with enable_chunked_prefill. Default: FIRST_COME_FIRST_SERVED.',
  },
  waiting_queue_policy: {
    schema: z.enum(['fcfs', 'priority']),
    group,
    versions: '>=1.3',
    about: 'Order of the queue. llem gives all requests one priority. Default: fcfs.',
  },
  enable_prefix_aware_scheduling: {
    schema: flag,
    group,
    versions: '>=1.3',
    about: 'Takes from the queue what hits the prefix cache. Default: as the release has it.',
  },
  use_python_scheduler: {
    schema: flag,
    group,
    versions: '>=1.3',
    about: 'The scheduler that is written in Python: more time of the host in every step. Default: false.',
  },
} as const satisfies OptionTable;

export const SCHEDULING = {
  scheduler_config: {
    schema: mappingOf(SCHEDULER),
    flag: null,
    group,
    about: 'What is admitted to a step.',
  },
  disable_overlap_scheduler: {
    schema: flag,
    flag: null,
    group,
    about:
      'Prepares a step only when the one before has ended: the GPU waits for the host in between. Default: false.',
  },
  stream_interval: {
    schema: positive,
    flag: null,
    group,
    about:
      'Steps between two events of an answer. More are less work for the host at high rates, and coarser latencies; tokens are counted exactly all the same. Default: 1.',
  },
  batch_wait_timeout_ms: {
    schema: z.number().min(0),
    flag: null,
    group,
    versions: '>=1.2',
    about:
      'Milliseconds to wait for max_batch_size requests before a step: fuller steps, later first tokens. Default: 0.',
  },
  batch_wait_timeout_iters: {
    schema: whole,
    flag: null,
    group,
    versions: '>=1.2',
    about: 'Steps to wait for more prompts to read together. Default: 0.',
  },
  batch_wait_max_tokens_ratio: {
    schema: share,
    flag: null,
    group,
    versions: '>=1.2',
    about: 'Share of max_num_tokens that ends the wait of batch_wait_timeout_iters. Default: 0.',
  },
  enable_early_first_token_response: {
    schema: flag,
    flag: null,
    group,
    versions: '>=1.3',
    about:
      'Sends the first token before the next step is sampled: an earlier TTFT under the overlap scheduler. Default: false.',
  },
  enable_min_latency: {
    schema: flag,
    flag: null,
    group,
    about: 'Kernels for few requests, of Llama 4 alone. Default: false.',
  },
  garbage_collection_gen0_threshold: {
    schema: positive,
    flag: null,
    group,
    about:
      'Objects of Python between two collections. Fewer collections are fewer stalls of a step and more host memory. Default: 20000.',
  },
} as const satisfies OptionTable;
