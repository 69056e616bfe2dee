/** Where trtllm-serve tells of its work. */
import type { MetricMap } from '@llem/core';

/**
 * Of the PyTorch backend with `return_perf_metrics` and `enable_iter_perf_stats`. Early releases tell less. Its JSON at
 * /metrics is no place to look: reading takes away what the Prometheus page is made from. `trtllm_num_paused_requests` is left
 * out: it tells how many requests are paused now, not how often that happened.
 */
export const SERVER_METRICS: MetricMap = {
  path: '/prometheus/metrics',
  names: {
    running: 'trtllm_num_requests_running',
    waiting: 'trtllm_num_requests_waiting',
    kvUse: 'trtllm_kv_cache_utilization',
    cachedTokens: 'trtllm_prompt_cached_tokens_total',
    inputTokens: 'trtllm_prompt_tokens_total',
    outputTokens: 'trtllm_generation_tokens_total',
    draftTokens: 'trtllm_spec_decode_num_draft_tokens_total',
    acceptedTokens: 'trtllm_spec_decode_num_accepted_tokens_total',
  },
};
