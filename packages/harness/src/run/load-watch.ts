/** Watches a load whose engine or data set has gone silent, or whose engine answers with nothing but errors. */
import { llemError, type LlemError } from '@llem/core';
import { LONGEST_PAUSE_MS, type LoadCounters } from '@llem/loadgen';
import type { Guard } from './guard.js';

/** So many failures without one success between them, and there is nothing to be measured. */
const MAX_FAILURES_IN_A_ROW = 20;
const LOOK_MS = 500;
const PAUSE_NS = BigInt(LONGEST_PAUSE_MS) * 1_000_000n;

export interface LoadWatch {
  /** Why nothing can be measured, once requests do nothing but fail. */
  failing(): LlemError | null;
  /** From now on that ends the run. */
  endOnFailures(): void;
  stop(): void;
}

export interface LoadWatchOptions {
  readonly counters: () => LoadCounters;
  readonly stallTimeoutS: number;
  /** In a closed loop something is always in flight, unless prompts do not come. */
  readonly isClosedLoop: boolean;
  readonly guard: Guard;
}

/** Looks until it is stopped; silence ends the run. */
export function watchLoad({ counters, stallTimeoutS, isClosedLoop, guard }: LoadWatchOptions): LoadWatch {
  let ending = false;
  let idleNs = process.hrtime.bigint();
  let busyNs = idleNs;
  let failed = 0;
  const failing = () => {
    const { failedInARow, lastFailure } = counters();
    if (failedInARow < MAX_FAILURES_IN_A_ROW) return null;
    return llemError('LLEM_E_LOAD', `${failedInARow} requests in a row failed; the last: ${lastFailure}.`, {
      remedy: 'Read requests.parquet (error_message) and engine.log in the folder of the run.',
      failureClass: 'requests-failing',
    });
  };
  const timer = setInterval(() => {
    const now = counters();
    const nowNs = process.hrtime.bigint();
    const error = ending ? failing() : null;
    if (error) guard.end(error);
    // Silence before a request was sent is not the engine's.
    if (now.inFlight === 0) idleNs = nowNs;
    else busyNs = nowNs;
    // A slot whose request failed holds back for a while by itself.
    if (now.failed !== failed) busyNs = nowNs + PAUSE_NS;
    failed = now.failed;
    const unfedS = Number(nowNs - busyNs) / 1e9;
    if (isClosedLoop && unfedS > stallTimeoutS) {
      guard.end(
        llemError('LLEM_E_LOAD', `Nothing could be sent for ${Math.floor(unfedS)} s: no prompt came.`, {
          remedy:
            'Look into the data set of the workload; set execution.stall_timeout_s higher if it only needs longer.',
          failureClass: 'dataset-silent',
        }),
      );
    }
    const sinceNs = now.lastChunkNs > idleNs ? now.lastChunkNs : idleNs;
    const silentS = Number(nowNs - sinceNs) / 1e9;
    if (silentS > stallTimeoutS) {
      guard.end(
        llemError(
          'LLEM_E_LOAD',
          `The engine sent no token for ${Math.floor(silentS)} s with ${now.inFlight} requests in flight.`,
          {
            remedy:
              'Read engine.log in the folder of the run; set execution.stall_timeout_s higher if it only needs longer.',
            failureClass: 'engine-hung',
          },
        ),
      );
    }
  }, LOOK_MS);
  return {
    failing,
    endOnFailures() {
      ending = true;
    },
    stop: () => clearInterval(timer),
  };
}
