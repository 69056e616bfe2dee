/** Long computations give way now and then, so that the terminal, signals and timers are not kept waiting. */
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A tenth of what a person takes for immediate, 0.1 s (Nielsen, Usability Engineering, 1993, section 5.5). */
const TURN_MS = 10;

/** Visits every item; between two of them the rest of the event loop has its turn, once 10 ms have passed. */
export async function visitInTurns<T>(items: Iterable<T>, visit: (item: T) => void): Promise<void> {
  let sinceMs = performance.now();
  for (const item of items) {
    visit(item);
    if (performance.now() - sinceMs < TURN_MS) continue;
    await nextTurn();
    sinceMs = performance.now();
  }
}
