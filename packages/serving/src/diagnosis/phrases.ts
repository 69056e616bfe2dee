/** Why a server ended: the most telling phrase of its whole log. */
import type { FailureCause, ServiceExit } from '@llem/core';
import { diagnoseExit } from './exit.js';
import { logLineAt } from './log-line.js';

export type Diagnosis = FailureCause;

export interface Phrase {
  /** A whole phrase, so that a word inside another does not count. */
  readonly pattern: RegExp;
  readonly class: string;
  readonly remedy: string;
}

/**
 * Phrases of the most telling class first: the first one that is anywhere in the log is the cause, however much of what
 * followed from it comes after. Of several matches the first is quoted that is no code of a traceback. Without one the exit
 * itself may tell. Pure; never throws.
 */
export const diagnoseLog = (phrases: readonly Phrase[], exit: ServiceExit, log: string): Diagnosis | null =>
  findPhrase(phrases, log) ?? diagnoseExit(exit);

/** The same without the exit. */
export function findPhrase(phrases: readonly Phrase[], log: string): Diagnosis | null {
  for (const { pattern, class: failureClass, remedy } of phrases) {
    const lines = [...log.matchAll(new RegExp(pattern, `g${pattern.flags}`))].map(({ index }) =>
      logLineAt(log, index),
    );
    const message = lines.find((line) => !line.startsWith('raise ')) ?? lines[0];
    if (message !== undefined) return { class: failureClass, message, remedy };
  }
  return null;
}
