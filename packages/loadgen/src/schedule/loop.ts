/** What closed and open loops have in common. All times are nanoseconds since the load's origin. */
import type { CompletionClient } from '../http/completion.js';
import type { Sockets } from '../sockets/sockets.js';
import type { LoadObserver } from './conversation.js';
import type { PromptQueue } from './prompts.js';

export interface Loop {
  /** Settles when nothing is sent any more and nothing is in flight. Rejects when prompts cannot be had. */
  readonly stopped: Promise<void>;
  /** Nothing is sent whose time is `atNs` or later, until `resume`. Resolves when nothing is in flight. */
  pause(atNs: number): Promise<void>;
  /** Begins again at `atNs`. */
  resume(atNs: number): void;
  /** No further request is sent; those in flight go on until the client ends them. */
  stop(): void;
  /** When requests were to be sent that have not been: for want of room (open loop), or of a prompt (closed loop). */
  unsentNs(): number[];
}

export interface LoopOptions {
  /** This thread's share: every `parts`-th slot or arrival, beginning with `part`. */
  readonly part: number;
  readonly parts: number;
  readonly seed: number;
  readonly client: CompletionClient;
  readonly prompts: PromptQueue;
  readonly observer: LoadObserver;
  readonly chat: boolean;
  readonly now: () => number;
  readonly wakeAt: Sockets['wakeAt'];
  /** When the load begins. */
  readonly beginNs: number;
}

/** A wait that can be ended early. */
export interface Wake {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

export function createWake(): Wake {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Not before `atNs`; a timer may fire early. */
export async function sleepUntil(atNs: number, now: () => number): Promise<void> {
  for (let leftNs = atNs - now(); leftNs > 0; leftNs = atNs - now()) {
    const ms = Math.ceil(leftNs / 1e6);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}
