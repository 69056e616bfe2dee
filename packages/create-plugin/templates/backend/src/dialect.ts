/** How the engine is spoken to, as data: requests are sent by llem, in threads of its own, the same for every engine. */
import type { Artifacts, Dialect, Experiment, MetricMap } from '@llem/core';

/** OpenAI's interface, streamed. The strings in braces stand for values and are replaced whole. */
export function dialectOf({ workload }: Experiment, { modelRef }: Artifacts): Dialect {
  const chat = workload.api === 'chat';
  return {
    path: chat ? '/v1/chat/completions' : '/v1/completions',
    headers: {},
    body: {
      model: modelRef,
      ...(chat ? { messages: '{messages}' } : { prompt: '{prompt}' }),
      max_tokens: '{output_tokens}',
      // Answers as long as asked for, so that every experiment computes the same.
      ignore_eos: workload.ignore_eos,
      seed: '{seed}',
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    },
    stream: {
      done: '[DONE]',
      text: chat ? [['choices', 0, 'delta', 'content']] : [['choices', 0, 'text']],
      finishReason: ['choices', 0, 'finish_reason'],
      error: ['error', 'message'],
      // True only where every token comes in an event of its own: llem then holds the events it saw against the engine's own count.
      eventPerToken: true,
      usage: {
        input: ['usage', 'prompt_tokens'],
        output: ['usage', 'completion_tokens'],
        cachedInput: ['usage', 'prompt_tokens_details', 'cached_tokens'],
      },
    },
  };
}

/** Where the engine tells of its work, in the text format of Prometheus, and what it calls each quantity. */
export const SERVER_METRICS: MetricMap = {
  path: '/metrics',
  names: {
    running: 'engine_requests_running',
    waiting: 'engine_requests_waiting',
    inputTokens: 'engine_prompt_tokens_total',
    outputTokens: 'engine_generated_tokens_total',
  },
};
