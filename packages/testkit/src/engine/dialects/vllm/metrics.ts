/** The metrics of vLLM's server, by their names and labels. */
import type { Shared } from '../../completion.js';
import { kvShare, metricText, speculated } from '../../metrics.js';
import type { VllmFacts } from './server.js';

export function vllmMetrics(shared: Shared, facts: VllmFacts): string {
  const { options, scheduler, totals, cache } = shared;
  const labels = { engine: '0', model_name: facts.served[0] ?? facts.model };
  const gauge = (name: string, value: number) => metricText(`vllm:${name}`, 'gauge', value, labels);
  const counter = (name: string, value: number) => metricText(`vllm:${name}_total`, 'counter', value, labels);
  const draft = speculated(shared);
  const config = {
    engine: '0',
    block_size: String(facts.blockTokens),
    num_gpu_blocks: String(facts.blocks),
    kv_cache_size_tokens: String(options.kvTokens ?? 'None'),
    enable_prefix_caching: cache === null ? 'False' : 'True',
  };
  return [
    gauge('num_requests_running', scheduler.running()),
    gauge('num_requests_waiting', scheduler.waiting()),
    gauge('kv_cache_usage_perc', kvShare(shared)),
    counter('prefix_cache_queries', totals.inputTokens),
    counter('prefix_cache_hits', totals.cachedTokens),
    counter('num_preemptions', scheduler.preemptions()),
    counter('prompt_tokens', totals.inputTokens),
    counter('prompt_tokens_cached', totals.cachedTokens),
    counter('generation_tokens', scheduler.tokensSent()),
    metricText('vllm:request_success_total', 'counter', totals.finished.requests, {
      ...labels,
      finished_reason: 'length',
    }),
    ...(draft === null
      ? []
      : [
          counter('spec_decode_num_drafts', draft.steps),
          counter('spec_decode_num_draft_tokens', draft.drafted),
          counter('spec_decode_num_accepted_tokens', draft.accepted),
        ]),
    metricText('vllm:cache_config_info', 'gauge', 1, config),
  ].join('');
}
