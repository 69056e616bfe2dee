/** What vLLM tells of its work at `/metrics`. */
import type { MetricMap } from '@llem/core';

/** Names of releases 0.11 to 0.32, the newer first; those with `gpu_` are older still. A series for each engine. */
export const SERVER_METRICS: MetricMap = {
  path: '/metrics',
  names: {
    running: 'vllm:num_requests_running',
    waiting: 'vllm:num_requests_waiting',
    kvUse: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
    preemptions: 'vllm:num_preemptions_total',
    // The first counts tokens of prompts once; hits count again what a preempted request finds of itself.
    cachedTokens: [
      'vllm:prompt_tokens_cached_total',
      'vllm:prefix_cache_hits_total',
      'vllm:gpu_prefix_cache_hits_total',
    ],
    inputTokens: 'vllm:prompt_tokens_total',
    outputTokens: 'vllm:generation_tokens_total',
    // There with speculative_config alone. Their ratio is the acceptance rate.
    draftTokens: 'vllm:spec_decode_num_draft_tokens_total',
    acceptedTokens: 'vllm:spec_decode_num_accepted_tokens_total',
  },
};
