/** SIGINT, SIGTERM and a closed terminal: the first asks the study to stop in order, the second ends at once. */
import type { EXIT } from '@llem/core';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Core's exit code; core itself is not imported here, because this has to stand before anything else is loaded. */
const INTERRUPTED = 130 satisfies typeof EXIT.interrupted;

export interface Interruption {
  readonly signal: AbortSignal;
  /** A signal ends llem at once again. */
  release(): void;
}

/** While no study runs there is nothing to stop in order. */
const endAtOnce = () => {
  process.stderr.write('Interrupted.\n');
  exit(INTERRUPTED);
};

/**
 * Ends the process. Node waits for its threads then, and one of them may be inside a file system that hangs: from now on
 * the system itself ends llem at a signal.
 */
export function exit(code: number): never {
  for (const name of SIGNALS) process.removeAllListeners(name);
  return process.exit(code);
}

/** Until a study begins, and after it: one signal ends llem, with a word and its own exit code. */
export function endOnInterruption(): void {
  for (const name of SIGNALS) process.on(name, endAtOnce);
}

/**
 * While a study runs; `say` tells a person what happens now. Engines have supervisors, which clean up after either way
 * out. A closed terminal sends SIGHUP, the shell in it sends that again, and a session that ends may send SIGTERM as
 * well: only somebody who asks a second time ends the recording of the run.
 */
export function onInterruption(say: (text: string) => void): Interruption {
  const controller = new AbortController();
  let asked = false;
  const listener = (name: NodeJS.Signals) => {
    if (asked && name !== 'SIGHUP') exit(INTERRUPTED);
    if (name !== 'SIGHUP') asked = true;
    if (controller.signal.aborted) return;
    say('Interrupted: stopping the engine and recording the run. Once more ends llem at once.');
    controller.abort();
  };
  for (const name of SIGNALS) {
    process.off(name, endAtOnce);
    process.on(name, listener);
  }
  return {
    signal: controller.signal,
    release() {
      // After a first signal the second goes on to end llem, whatever that still waits for.
      if (controller.signal.aborted) return;
      for (const name of SIGNALS) {
        process.on(name, endAtOnce);
        process.off(name, listener);
      }
    },
  };
}
