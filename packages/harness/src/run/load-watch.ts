/** Ends a run whose engine has gone silent or answers with nothing but errors. */
import { llemError } from '@llem/core';
import type { LoadCounters } from '@llem/loadgen';
import type { Guard } from './guard.js';

/** So many failures without one success between them, and there is nothing to be measured. */
const MAX_FAILURES_IN_A_ROW = 20;
const LOOK_MS = 500;

/** Looks until the returned function is called. */
export function watchLoad(counters: () => LoadCounters, stallTimeoutS: number, guard: Guard): () => void {
  const timer = setInterval(() => {
    const now = counters();
    if (now.failedInARow >= MAX_FAILURES_IN_A_ROW) {
      guard.end(
        llemError(
          'LLEM_E_LOAD',
          `${now.failedInARow} requests in a row failed; the last: ${now.lastFailure}.`,
          {
            remedy: 'Read requests.parquet (error_message) and engine.log in the folder of the run.',
            failureClass: 'requests-failing',
          },
        ),
      );
    }
    const silentS = Number(process.hrtime.bigint() - now.lastChunkNs) / 1e9;
    if (now.inFlight > 0 && silentS > stallTimeoutS) {
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
  return () => clearInterval(timer);
}
