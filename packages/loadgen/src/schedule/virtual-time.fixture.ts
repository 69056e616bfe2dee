/** An engine of virtual time behind a loop: answers come in the order of their times, and time passes from one to the next. */
import type { CompletionClient, CompletionRequest } from '../http/completion.js';
import { traceOf } from './loop.fixture.js';

/** One request: what was asked, and from when to when it took, s. */
export interface Served {
  readonly request: CompletionRequest;
  readonly sentS: number;
  readonly endedS: number;
}

export interface VirtualEngine {
  readonly client: CompletionClient;
  /** All that was sent, in that order. */
  readonly served: readonly Served[];
  /** Nanoseconds. */
  readonly now: () => number;
  /** Answers everything that is due until then. */
  runUntil(atS: number): Promise<void>;
}

/** `serviceS` says how long a request takes. */
export function virtualEngine(serviceS: (request: CompletionRequest) => number): VirtualEngine {
  const served: Served[] = [];
  const open: { endedS: number; answer: () => void }[] = [];
  let nowS = 0;
  const now = () => nowS * 1e9;
  const client: CompletionClient = {
    complete(request) {
      const endedS = nowS + serviceS(request);
      served.push({ request, sentS: nowS, endedS });
      request.onSent(now());
      return new Promise((resolve) => {
        const answer = () =>
          resolve({ trace: traceOf(request, 'completed', now()), answer: `a${request.turn}` });
        open.push({ endedS, answer });
      });
    },
    endSilent: () => undefined,
    close: () => undefined,
  };
  return {
    client,
    served,
    now,
    async runUntil(atS) {
      for (;;) {
        // The loop sends what it has to send before time goes on.
        await new Promise((resolve) => setImmediate(resolve));
        open.sort((a, b) => a.endedS - b.endedS);
        const next = open[0];
        if (next === undefined || next.endedS > atS) break;
        open.shift();
        nowS = next.endedS;
        next.answer();
      }
      nowS = atS;
    },
  };
}
