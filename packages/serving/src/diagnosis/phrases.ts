/** Why a server ended: the most telling phrase of its whole log. */
import type { Failure, ServiceExit } from '@llem/core';

export type Diagnosis = Pick<Failure, 'class' | 'message' | 'remedy'>;

export interface Phrase {
  /** A whole phrase, so that a word inside another does not count. */
  readonly pattern: RegExp;
  readonly class: string;
  readonly remedy: string;
}

const LINE_CHARACTERS = 300;

/**
 * Phrases of the most telling class first: the first one that is anywhere in the log is the cause, however much of what
 * followed from it comes after. Of several matches the first is quoted. Without one the exit itself may tell. Pure; never throws.
 */
export function diagnoseLog(
  phrases: readonly Phrase[],
  { code, signal }: ServiceExit,
  log: string,
): Diagnosis | null {
  for (const { pattern, class: failureClass, remedy } of phrases) {
    const index = log.search(pattern);
    if (index >= 0) return { class: failureClass, message: lineAt(log, index), remedy };
  }
  if (signal === 'SIGKILL' || code === 137) {
    return {
      class: 'killed',
      message: 'The engine was killed from outside (SIGKILL).',
      remedy:
        'Check the memory of this machine and the limits of the container: the system kills what takes too much.',
    };
  }
  if (signal === 'SIGSEGV' || signal === 'SIGABRT' || code === 139 || code === 134) {
    return {
      class: 'crashed',
      message: `The engine crashed (${signal ?? `exit code ${code}`}).`,
      remedy: 'Run it again; if it comes back, report it to the engine with the log.',
    };
  }
  return null;
}

/** The line around an index, without colours of a terminal. */
function lineAt(log: string, index: number): string {
  const start = log.lastIndexOf('\n', index) + 1;
  const end = log.indexOf('\n', index);
  const line = log.slice(start, end === -1 ? log.length : end);
  // eslint-disable-next-line no-control-regex -- colours are control characters
  const plain = line.replace(/\u001b\[[0-9;]*m/g, '').trim();
  return plain.length > LINE_CHARACTERS ? `${plain.slice(0, LINE_CHARACTERS)}…` : plain;
}
