/** The errors of data sets: what cannot be given, and what to do. */
import { llemError, type Arrival, type LlemError, type Workload } from '@llem/core';

/** Before the start. */
export const refusal = (message: string, remedy: string, cause?: unknown): LlemError =>
  llemError('LLEM_E_PREPARE', message, {
    remedy,
    failureClass: 'dataset',
    ...(cause === undefined ? {} : { cause }),
  });

/** In a load thread. */
export const loadFailure = (message: string, remedy: string, cause?: unknown): LlemError =>
  llemError('LLEM_E_LOAD', message, {
    remedy,
    failureClass: 'dataset',
    ...(cause === undefined ? {} : { cause }),
  });

export const interrupted = (): LlemError =>
  llemError('LLEM_E_INTERRUPTED', 'Interrupted while the prompts were prepared.', {
    remedy: 'Run it again.',
  });

/** On one line: what a parser of JSON says quotes the text that it was given. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');

/** Throws when requests are to be sent at recorded times and the data set has none. */
export function refuseRecordedTimes(name: string, arrival: Arrival | null): void {
  if (arrival?.process !== 'trace') return;
  throw refusal(
    `The data set ${name} has no times, and workload.arrival asks for those of a trace.`,
    'Use `dataset: { type: trace, path: ... }`, or another arrival.',
  );
}

/** Throws when a workload asks for a common beginning that a data set of given prompts cannot have. */
export function refuseSharedPrefix(name: string, { shared_prefix_tokens: prefix }: Workload): void {
  if (prefix === 0) return;
  throw refusal(
    `The data set ${name} brings its own prompts, which cannot be given a common beginning (workload.shared_prefix_tokens).`,
    'Leave workload.shared_prefix_tokens out, or use the data set synthetic.',
  );
}

/** Throws when a workload asks for conversations of a data set without any. */
export function refuseTurns(name: string, { turns }: Workload): void {
  if (turns === 1) return;
  throw refusal(
    `The data set ${name} has single prompts and no conversations (workload.turns).`,
    'Leave workload.turns out, or use synthetic, jsonl or sharegpt.',
  );
}

/** Throws when text is to be a conversation of completions, whose client would have to put the whole text together. */
export function refuseTextTurns(name: string, { turns, api }: Workload): void {
  if (turns === 1 || api === 'chat') return;
  throw refusal(
    `The data set ${name} gives text, and conversations of text need a chat (workload.turns, workload.api).`,
    'Set workload.api to chat, or workload.turns to 1.',
  );
}
