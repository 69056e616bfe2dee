/** How a vLLM server is spoken to. */
import type { Dialect, Experiment } from '@llem/core';
import { openAiDialect } from '@llem/serving';
import type { VllmOptions } from './options.js';

/** The adapter that requests use; null for the model itself. */
export function requestedAdapter(options: VllmOptions): string | null {
  const [first, ...others] = Object.keys(options.lora_modules ?? {});
  return options.lora_request ?? (others.length === 0 ? (first ?? null) : null);
}

/** Pure. */
export function dialectOf(options: VllmOptions, { model, workload }: Experiment): Dialect {
  return openAiDialect({
    chat: workload.api === 'chat',
    model: requestedAdapter(options) ?? model,
    // With it and max_tokens an answer is exactly as long as asked. min_tokens would only add a mask over the vocabulary to
    // each step, so that no end-of-text token comes up.
    extraBody: { ignore_eos: workload.ignore_eos },
    // Tokens that come while an answer is being written are sent together: with drafts, with stream_interval, and whenever the
    // server is busy. Its usage so far, in every event, says how many.
    eventPerToken: false,
    continuousUsage: true,
  });
}
