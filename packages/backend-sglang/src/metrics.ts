/** What SGLang tells of its work at `/metrics`. */
import type { MetricMap, ServerQuantity } from '@llem/core';
import type { SglangOptions } from './options.js';

type Names = Partial<Record<ServerQuantity, string>>;

/**
 * Names of releases 0.5.10 to 0.5.23; a series for each copy of the model. Tokens are counted when a request has ended; counters
 * of what has not happened yet are missing.
 */
const OF_REQUESTS: Names = {
  kvUse: 'sglang:token_usage',
  cachedTokens: 'sglang:cached_tokens_total',
  inputTokens: 'sglang:prompt_tokens_total',
  outputTokens: 'sglang:generation_tokens_total',
};

const OF_SCHEDULERS: Names = {
  running: 'sglang:num_running_reqs',
  waiting: 'sglang:num_queue_reqs',
  preemptions: 'sglang:num_retracted_requests_total',
};

export function serverMetrics(options: SglangOptions): MetricMap {
  return {
    path: '/metrics',
    names: {
      ...OF_REQUESTS,
      // Groups that hold layers one after another tell of the same requests each, which would be added up.
      ...((options.pp_size ?? 1) > 1 ? {} : OF_SCHEDULERS),
      // 0 and not missing where nothing is guessed.
      ...(options.speculative_algorithm === undefined ? {} : { acceptanceRate: 'sglang:spec_accept_rate' }),
    },
  };
}
