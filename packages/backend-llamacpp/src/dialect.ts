/** How both engines are spoken to: OpenAI's completions and chats. */
import {
  meansCacheHits,
  type DatasetFacts,
  type Dialect,
  type Experiment,
  type JsonObject,
  type MetricMap,
} from '@llem/core';
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
  return {
    path: chat ? '/v1/chat/completions' : '/v1/completions',
    headers: {
      'content-type': 'application/json',
      // A llama-server says keep-alive and closes the connection after each streamed answer all the same, so that
      // every second request over it would fail (seen with build 11434). Node's own server keeps its word.
      ...(embedded ? {} : { connection: 'close' }),
    },
    body: {
      model: experiment.model,
      ...(chat ? { messages: '{messages}' } : { prompt: '{prompt}' }),
      max_tokens: '{output_tokens}',
      ...lengthFields(embedded, experiment),
      // Unless told not to, a llama-server reuses what a prompt has in common with the last one of its slot.
      ...(embedded ? {} : { cache_prompt: meansCacheHits(experiment.workload, dataset) }),
      temperature: 0,
      seed: '{seed}',
      stream: true,
      stream_options: { include_usage: true },
    },
    stream: {
      done: '[DONE]',
      text: chat
        ? [
            ['choices', 0, 'delta', 'content'],
            // A llama-server takes the reasoning of models that do so out of the answer; its tokens count all the same.
            ...(embedded ? [] : [['choices', 0, 'delta', 'reasoning_content']]),
          ]
        : [['choices', 0, 'text']],
      finishReason: ['choices', 0, 'finish_reason'],
      error: ['error', 'message'],
      // A llama-server keeps tokens back until they make whole characters; the embedded engine keeps nothing back.
      eventPerToken: embedded,
      usage: {
        input: ['usage', 'prompt_tokens'],
        output: ['usage', 'completion_tokens'],
        cachedInput: ['usage', 'prompt_tokens_details', 'cached_tokens'],
      },
    },
  };
}

/** Answers of exactly the length asked for, or such as the model ends itself. */
function lengthFields(embedded: boolean, { workload }: Experiment): JsonObject {
  if (!workload.ignore_eos) return { ignore_eos: false };
  // A llama-server has no min_tokens.
  return embedded ? { ignore_eos: true, min_tokens: '{output_tokens}' } : { ignore_eos: true };
}
