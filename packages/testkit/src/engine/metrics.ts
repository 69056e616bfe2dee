/** What the engine tells of its work, in the text format of Prometheus. */
import type { EngineOptions } from './options.js';
import type { Scheduler } from './scheduler.js';

/** What only grows while the engine lives, whatever becomes of its ledger. */
export interface Totals {
  inputTokens: number;
  cachedTokens: number;
}

/** Names that llama-server has too, and names in its manner for what it does not tell. */
export const METRIC_NAMES = {
  running: 'llamacpp:requests_processing',
  waiting: 'llamacpp:requests_deferred',
  kvUse: 'llamacpp:kv_cache_usage_ratio',
  preemptions: 'llamacpp:preemptions_total',
  cachedTokens: 'llamacpp:prompt_tokens_cached_total',
  inputTokens: 'llamacpp:prompt_tokens_total',
  outputTokens: 'llamacpp:tokens_predicted_total',
} as const;

export function metricsText({ kvTokens }: EngineOptions, scheduler: Scheduler, totals: Totals): string {
  const lines = (name: string, value: number) =>
    `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n${name} ${value}\n`;
  return [
    lines(METRIC_NAMES.running, scheduler.running()),
    lines(METRIC_NAMES.waiting, scheduler.waiting()),
    lines(METRIC_NAMES.kvUse, kvTokens === null ? 0 : Math.min(1, scheduler.tokensHeld() / kvTokens)),
    lines(METRIC_NAMES.preemptions, scheduler.preemptions()),
    lines(METRIC_NAMES.cachedTokens, totals.cachedTokens),
    lines(METRIC_NAMES.inputTokens, totals.inputTokens),
    lines(METRIC_NAMES.outputTokens, scheduler.tokensSent()),
  ].join('');
}

/** Neither names nor numbers. */
export const GARBAGE =
  '<html>\u0000{"running": }\nllamacpp:requests_processing\nllamacpp:requests_deferred{ NaN NaN\n= 5\n';
