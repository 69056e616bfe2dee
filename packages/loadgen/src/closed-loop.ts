/** Closed loop: N slots, each of which sends its next request when its last has ended. */
import type { Prompt } from '@llem/core';
import type { CompletionClient } from './http/completion.js';
import { uniformIntegers } from './random.js';
import type { RequestTrace } from './trace.js';

/** Pauses after failures in a row, so that a broken engine is not hammered: 0.1 s, doubled up to 1 s. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

export interface ClosedLoopOptions {
  readonly slots: number;
  readonly seed: number;
  readonly client: CompletionClient;
  readonly prompts: AsyncIterator<Prompt> | Iterator<Prompt>;
  readonly onSent: (index: number, atNs: number) => void;
  /** Nanoseconds since the load's origin. */
  readonly now: () => number;
  readonly onToken: (atNs: number, first: boolean) => void;
  readonly onEnded: (trace: RequestTrace) => void;
}

export interface ClosedLoop {
  /** Settles when every slot has stopped. Rejects when prompts cannot be had. */
  readonly stopped: Promise<void>;
  /** No further request is sent; those in flight go on until the client ends them. */
  stop(): void;
}

/**
 * Starts every slot. The first request of each slot gets an output length drawn from 1 to the full length, so that
 * slots do not march in step.
 */
export function startClosedLoop(options: ClosedLoopOptions): ClosedLoop {
  const { slots, seed, client, prompts, now, onSent, onToken, onEnded } = options;
  const drawFirst = uniformIntegers(seed ^ 0x5eed);
  let stopped = false;
  const stopping = () => stopped;
  let sent = 0;
  let wake: () => void = () => undefined;
  const stopRequested = new Promise<void>((resolve) => {
    wake = resolve;
  });

  const runSlot = async (slot: number, firstShare: number): Promise<void> => {
    let failures = 0;
    let first = true;
    for (;;) {
      const next = await prompts.next();
      if (stopping()) return;
      if (next.done) throw new Error('The data set has no more prompts.');
      const whole = next.value;
      const prompt = first
        ? { ...whole, outputTokens: Math.max(1, Math.ceil(whole.outputTokens * firstShare)) }
        : whole;
      first = false;
      let tokens = 0;
      const index = sent++;
      onSent(index, now());
      const trace = await client.complete({
        index,
        slot,
        prompt,
        seed: (seed + index) % 0x7fffffff,
        onToken: (atNs) => {
          tokens += 1;
          onToken(atNs, tokens === 1);
        },
      });
      onEnded(trace);
      failures = trace.status === 'failed' ? failures + 1 : 0;
      if (failures > 0 && !stopping()) {
        await Promise.race([
          stopRequested,
          pause(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)),
        ]);
      }
      if (stopping()) return;
    }
  };

  const GRAIN = 1_000_000;
  const shares = Array.from({ length: slots }, () => drawFirst(1, GRAIN) / GRAIN);
  return {
    stopped: Promise.all(shares.map((share, slot) => runSlot(slot, share))).then(() => undefined),
    stop() {
      stopped = true;
      wake();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
