/** SIGINT, SIGTERM and a closed terminal: the first asks the study to stop in order, the second ends at once. */
import { EXIT } from '@llem/core';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

/** Listens; `say` tells a person what happens now. Engines have supervisors, which clean up after either way out. */
export function onInterruption(say: (text: string) => void): Interruption {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say('Interrupted: stopping the engine and recording the run. Once more ends llem at once.');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    release() {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
