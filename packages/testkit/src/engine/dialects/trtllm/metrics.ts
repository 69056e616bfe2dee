/** What TensorRT-LLM's server tells of its work: iterations as JSON, and metrics by their names and labels. */
import type { Shared } from '../../completion.js';
import { kvShare, metricText, speculated } from '../../metrics.js';
import type { TrtllmFacts } from './server.js';

const LABELS = { model_name: 'undefined', engine_type: 'undefined' };

/** One entry stands for all iterations since the last one that was told. */
export function iterationStats(shared: Shared, facts: TrtllmFacts, tokens: number): object {
  const { scheduler, totals } = shared;
  const used = Math.round(kvShare(shared) * facts.blocks);
  const draft = speculated(shared);
  return {
    iter: scheduler.tokensSent(),
    iterLatencyMS: 1,
    numActiveRequests: scheduler.running(),
    numQueuedRequests: scheduler.waiting(),
    numCompletedRequests: totals.finished.requests,
    maxNumActiveRequests: facts.slots,
    kvCacheStats: {
      maxNumBlocks: facts.blocks,
      usedNumBlocks: used,
      freeNumBlocks: facts.blocks - used,
      tokensPerBlock: facts.blockTokens,
      reusedBlocks: Math.floor(totals.cachedTokens / facts.blockTokens),
    },
    inflightBatchingStats: {
      numScheduledRequests: scheduler.running(),
      numPausedRequests: 0,
      avgNumDecodedTokensPerIter: draft?.length ?? 1,
    },
    ...(draft === null
      ? {}
      : {
          specDecodingStats: {
            numDraftTokens: Math.round((tokens / draft.length) * (draft.drafted / Math.max(1, draft.steps))),
            numAcceptedTokens: Math.round((tokens / draft.length) * (draft.length - 1)),
            acceptanceLength: draft.length,
          },
        }),
  };
}

/** What is of requests is there once one has ended; what is of iterations only where they are told of at all. */
export function trtllmMetrics(shared: Shared, facts: TrtllmFacts): string {
  const { scheduler, totals } = shared;
  const { finished } = totals;
  const gauge = (name: string, value: number) => metricText(`trtllm_${name}`, 'gauge', value, LABELS);
  const counter = (name: string, value: number) =>
    metricText(`trtllm_${name}_total`, 'counter', value, LABELS);
  const always = [
    ...Object.entries(facts.configurations).map(([name, config]) =>
      metricText(`trtllm_${name}_info`, 'gauge', 1, { ...LABELS, ...config }),
    ),
    counter('prompt_cached_tokens', finished.cachedTokens),
  ];
  if (finished.requests === 0) return always.join('');
  const draft = speculated(shared);
  const iterations = [
    gauge('num_requests_running', scheduler.running()),
    gauge('num_requests_waiting', scheduler.waiting()),
    gauge('kv_cache_utilization', kvShare(shared)),
    gauge('kv_cache_max_blocks', facts.blocks),
    gauge('kv_cache_tokens_per_block', facts.blockTokens),
    gauge('num_paused_requests', 0),
    ...(draft === null
      ? []
      : [
          counter('spec_decode_num_draft_tokens', draft.drafted),
          counter('spec_decode_num_accepted_tokens', draft.accepted),
          gauge('spec_decode_acceptance_length', draft.length),
        ]),
  ];
  return [
    metricText('trtllm_request_success_total', 'counter', finished.requests, {
      ...LABELS,
      finished_reason: 'length',
    }),
    counter('prompt_tokens', finished.inputTokens),
    counter('generation_tokens', finished.outputTokens),
    ...always,
    ...(facts.tellsIterations ? iterations : []),
  ].join('');
}
