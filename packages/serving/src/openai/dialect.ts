/** OpenAI's interface for completions and chats, as inference servers have it. */
import type { Dialect, JsonObject } from '@llem/core';

export interface OpenAiDialect {
  /** True for `/v1/chat/completions`. */
  readonly chat: boolean;
  /** The name that the server serves the model under. */
  readonly model: string;
  /** What this engine takes beside the fields that all know: how it holds a length, adapters. */
  readonly extraBody: JsonObject;
  /** As in `Dialect`. */
  readonly eventPerToken: boolean;
  /** True where the server can tell the usage so far with every event, so that each is known to bear how many tokens. */
  readonly continuousUsage: boolean;
}

/** Greedy sampling and a seed, so that runs are alike. Pure. */
export function openAiDialect(of: OpenAiDialect): Dialect {
  return {
    path: of.chat ? '/v1/chat/completions' : '/v1/completions',
    headers: { 'content-type': 'application/json' },
    body: {
      model: of.model,
      ...(of.chat ? { messages: '{messages}' } : { prompt: '{prompt}' }),
      max_tokens: '{output_tokens}',
      temperature: 0,
      seed: '{seed}',
      stream: true,
      stream_options: {
        include_usage: true,
        ...(of.continuousUsage ? { continuous_usage_stats: true } : {}),
      },
      ...of.extraBody,
    },
    stream: {
      done: '[DONE]',
      // The reasoning of a model that does so counts as text.
      text: of.chat
        ? [
            ['choices', 0, 'delta', 'content'],
            ['choices', 0, 'delta', 'reasoning_content'],
            ['choices', 0, 'delta', 'reasoning'],
          ]
        : [['choices', 0, 'text']],
      finishReason: ['choices', 0, 'finish_reason'],
      error: ['error', 'message'],
      eventPerToken: of.eventPerToken,
      usage: {
        input: ['usage', 'prompt_tokens'],
        output: ['usage', 'completion_tokens'],
        cachedInput: ['usage', 'prompt_tokens_details', 'cached_tokens'],
      },
    },
  };
}
