/** Options of vLLM: what it counts and writes down beside its work. */
import type { OptionTable } from '@llem/serving';
import { flag } from './values.js';

export const LOGGING_OPTIONS = {
  disable_log_stats: {
    group: 'Logging',
    schema: flag,
    form: 'switch',
    about:
      'Counts nothing: a little less work in each step, and no server metrics in the record. Default: false (0.27).',
  },
  disable_uvicorn_access_log: {
    group: 'Logging',
    schema: flag,
    form: 'negatable',
    about: 'No line in the log for each request. Default: false (0.27).',
  },
  enable_log_requests: {
    group: 'Logging',
    schema: flag,
    form: 'negatable',
    about: 'Writes every request into the log. Default: false (0.27).',
  },
  aggregate_engine_logging: {
    group: 'Logging',
    schema: flag,
    form: 'switch',
    versions: '>=0.12',
    about: 'One line for all copies of data_parallel_size. Default: false (0.27).',
  },
  enable_logging_iteration_details: {
    group: 'Logging',
    schema: flag,
    form: 'negatable',
    versions: '>=0.14',
    about: 'Writes every step into the log. Default: false (0.27).',
  },
  enable_mfu_metrics: {
    group: 'Logging',
    schema: flag,
    form: 'negatable',
    versions: '>=0.14',
    about: 'Estimates operations and bytes of each step for its metrics. Default: false (0.27).',
  },
  cudagraph_metrics: {
    group: 'Logging',
    schema: flag,
    form: 'negatable',
    versions: '>=0.13',
    about: 'Counts steps by CUDA graph, and how much of them is padding. Default: false (0.27).',
  },
} as const satisfies OptionTable;
