/** How both engines are spoken to: OpenAI's completions and chats. */
import {
  meansCacheHits,
  type DatasetFacts,
  type Dialect,
  type Experiment,
  type JsonObject,
  type MetricMap,
} from '@llem/core';
import { openAiDialect } from '@llem/serving';
import type { LlamacppOptions } from './options.js';

/** Of both engines; a llama-server tells them with `--metrics`, which it is always given. */
export const SERVER_METRICS: MetricMap = {
  path: '/metrics',
  names: {
    running: 'llamacpp:requests_processing',
    waiting: 'llamacpp:requests_deferred',
    inputTokens: 'llamacpp:prompt_tokens_total',
    outputTokens: 'llamacpp:tokens_predicted_total',
  },
};

/** Pure. */
export function dialectOf(options: LlamacppOptions, experiment: Experiment, dataset: DatasetFacts): Dialect {
  const embedded = options.executable === null;
  const chat = experiment.workload.api === 'chat';
  const dialect = openAiDialect({
    chat,
    model: experiment.model,
    extraBody: {
      ...lengthFields(embedded, experiment),
      // Unless told not to, a llama-server reuses what a prompt has in common with the last one of its slot.
      ...(embedded ? {} : { cache_prompt: meansCacheHits(experiment.workload, dataset) }),
    },
    // A llama-server keeps tokens back until they make whole characters; the embedded engine keeps nothing back.
    eventPerToken: embedded,
    continuousUsage: false,
  });
  if (embedded) return dialect;
  // A llama-server says keep-alive and closes the connection after each streamed answer all the same, so that
  // every second request over it would fail (seen with build 11434). Node's own server keeps its word.
  return { ...dialect, headers: { ...dialect.headers, connection: 'close' } };
}

/** Answers of exactly the length asked for, or such as the model ends itself. */
function lengthFields(embedded: boolean, { workload }: Experiment): JsonObject {
  if (!workload.ignore_eos) return { ignore_eos: false };
  // A llama-server has no min_tokens.
  return embedded ? { ignore_eos: true, min_tokens: '{output_tokens}' } : { ignore_eos: true };
}
