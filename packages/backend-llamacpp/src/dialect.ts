/** How both engines are spoken to: OpenAI's completions with prompts as token ids. */
import type { Dialect, Experiment } from '@llem/core';
import type { LlamacppOptions } from './options.js';

/** Pure. */
export function dialectOf(options: LlamacppOptions, experiment: Experiment): Dialect {
  return {
    path: '/v1/completions',
    headers: {
      'content-type': 'application/json',
      // A llama-server says keep-alive and closes the connection after each streamed answer all the same, so that
      // every second request over it would fail (seen with build 11434). Node's own server keeps its word.
      ...(options.executable === null ? {} : { connection: 'close' }),
    },
    body: {
      model: experiment.model,
      prompt: '{prompt}',
      max_tokens: '{output_tokens}',
      ignore_eos: true,
      // A llama-server has no min_tokens; it would keep prompts for the next request unless told not to.
      ...(options.executable === null ? { min_tokens: '{output_tokens}' } : { cache_prompt: false }),
      temperature: 0,
      seed: '{seed}',
      stream: true,
      stream_options: { include_usage: true },
    },
    stream: {
      done: '[DONE]',
      text: [['choices', 0, 'text']],
      finishReason: ['choices', 0, 'finish_reason'],
      error: ['error', 'message'],
      // A llama-server keeps tokens back until they make whole characters; the embedded engine keeps nothing back.
      eventPerToken: options.executable === null,
      usage: {
        input: ['usage', 'prompt_tokens'],
        output: ['usage', 'completion_tokens'],
        cachedInput: ['usage', 'prompt_tokens_details', 'cached_tokens'],
      },
    },
  };
}
