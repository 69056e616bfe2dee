/** How an SGLang server is spoken to. */
import type { Dialect, Experiment } from '@llem/core';
import { openAiDialect } from '@llem/serving';
import type { SglangOptions } from './options.js';
import { servedName } from './service.js';

/** The adapter that requests use; null for the model itself. */
export function requestedAdapter(options: SglangOptions): string | null {
  const [first, ...others] = Object.keys(options.lora_paths ?? {});
  return options.lora_request ?? (others.length === 0 ? (first ?? null) : null);
}

/** Pure. */
export function dialectOf(options: SglangOptions, experiment: Experiment): Dialect {
  const { workload } = experiment;
  const adapter = requestedAdapter(options);
  return openAiDialect({
    chat: workload.api === 'chat',
    model: servedName(experiment),
    extraBody: {
      // With it and max_tokens an answer is exactly as long as asked. min_tokens would only add a penalty over the vocabulary
      // to each step, so that no end-of-text token comes up.
      ignore_eos: workload.ignore_eos,
      ...(adapter === null ? {} : { lora_path: adapter }),
    },
    // A token whose text is not whole yet has no event of its own; drafts that are taken, and stream_interval, send several
    // together. Its usage so far, in every event with text, says how many.
    eventPerToken: false,
    continuousUsage: true,
  });
}
