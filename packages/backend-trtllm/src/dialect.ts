/** How trtllm-serve is spoken to: OpenAI's completions and chats, with no field that it does not know. */
import type { Dialect, Experiment, JsonObject } from '@llem/core';
import { openAiDialect } from '@llem/serving';
import type { TrtllmOptions } from './options.js';

/** Pure. */
export function dialectOf(options: TrtllmOptions, { model, workload }: Experiment): Dialect {
  const chat = workload.api === 'chat';
  const length: JsonObject = workload.ignore_eos
    ? { ignore_eos: true, min_tokens: '{output_tokens}' }
    : { ignore_eos: false };
  return openAiDialect({
    chat,
    model,
    extraBody: { ...length, ...(options.lora_request ? { lora_request: options.lora_request } : {}) },
    eventPerToken: !chat && eventPerStep(options),
    continuousUsage: true,
  });
}

/**
 * A completion has an event for every step, its text empty where characters are not whole yet, and a step makes one token unless
 * tokens are guessed. Releases before 1.3 leave such events out of a chat.
 */
function eventPerStep(options: TrtllmOptions): boolean {
  return (
    (options.stream_interval ?? 1) === 1 &&
    options.speculative_config === undefined &&
    (options.num_postprocess_workers ?? 0) === 0
  );
}
