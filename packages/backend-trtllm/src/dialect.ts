/** How trtllm-serve is spoken to: OpenAI's completions and chats, with no field that it does not know. */
import type { Dialect, Experiment } from '@llem/core';
import { openAiDialect } from '@llem/serving';
import type { TrtllmOptions } from './options.js';

/** Pure. */
export function dialectOf(options: TrtllmOptions, { model, workload }: Experiment): Dialect {
  return openAiDialect({
    chat: workload.api === 'chat',
    model,
    extraBody: {
      // With it the engine knows no end-of-text token, and an answer is as long as max_tokens says. min_tokens would make it mask
      // a token of every request in every step, one after the other.
      ignore_eos: workload.ignore_eos,
      ...(options.lora_request ? { lora_request: options.lora_request } : {}),
    },
    // An event may bear several tokens: where they are guessed, with stream_interval, and in chats of releases before 1.3, which keep
    // back tokens without text. The usage so far, in every event, says how many.
    eventPerToken: false,
    continuousUsage: true,
  });
}
