/** The metrics of SGLang's server, by their names and labels. */
import type { Shared } from '../../completion.js';
import { kvShare, metricText, speculated } from '../../metrics.js';
import type { SglangFacts } from './server.js';

export function sglangMetrics(shared: Shared, facts: SglangFacts): string {
  const { scheduler, totals } = shared;
  const { finished } = totals;
  const engine = { engine_type: 'unified', model_name: facts.served };
  const rank = { ...engine, tp_rank: '0', pp_rank: '0', moe_ep_rank: '0' };
  const gauge = (name: string, value: number) => metricText(`sglang:${name}`, 'gauge', value, rank);
  // A counter of what has not happened yet is not there.
  const counter = (name: string, value: number, labels: Readonly<Record<string, string>>) =>
    value === 0 ? '' : metricText(`sglang:${name}_total`, 'counter', value, { ...engine, ...labels });
  const draft = speculated(shared);
  const streaming = { is_streaming: 'true' };
  return [
    gauge('num_running_reqs', scheduler.running()),
    gauge('num_queue_reqs', scheduler.waiting()),
    gauge('token_usage', kvShare(shared)),
    gauge('num_used_tokens', scheduler.tokensHeld()),
    gauge('cache_hit_rate', totals.inputTokens === 0 ? 0 : totals.cachedTokens / totals.inputTokens),
    gauge('max_total_num_tokens', facts.kvTokens),
    gauge('page_size', facts.pageTokens),
    ...(draft === null
      ? []
      : [gauge('spec_accept_length', draft.length), gauge('spec_accept_rate', draft.rate)]),
    counter('num_retracted_requests', scheduler.preemptions(), rank),
    // Counted when a request has ended.
    counter('prompt_tokens', finished.inputTokens, streaming),
    counter('generation_tokens', finished.outputTokens, streaming),
    counter('num_requests', finished.requests, streaming),
    counter('cached_tokens', finished.cachedTokens, { cache_source: 'device' }),
  ].join('');
}
