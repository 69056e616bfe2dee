/** A thread's share of the prompts, made ahead of time so that none has to be waited for when it is to be sent. */
import { llemError, type Prompt } from '@llem/core';

/** So many prompts are kept ready. */
const AHEAD = 64;
/** Prompts are made for this long at a time, ms; then answers are read. */
const MAX_TURN_MS = 0.2;

export interface NumberedPrompt {
  /** Its place among the prompts of all threads, from 0. */
  readonly number: number;
  readonly prompt: Prompt;
}

export interface PromptQueue {
  /** The next of this thread's share. Rejects with LLEM_E_LOAD when there is no more. */
  next(): Promise<NumberedPrompt>;
  /** Resolves when as many are ready as are kept, or all there are. */
  readonly filled: Promise<void>;
}

/** Takes every `parts`-th prompt, beginning with number `part`. */
export function createPromptQueue(
  prompts: AsyncIterable<Prompt> | Iterable<Prompt>,
  part: number,
  parts: number,
): PromptQueue {
  const iterator =
    Symbol.asyncIterator in prompts ? prompts[Symbol.asyncIterator]() : prompts[Symbol.iterator]();
  const ready: NumberedPrompt[] = [];
  let number = 0;
  let ended = false;
  let failure: unknown = null;
  let filling: Promise<void> | null = null;
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };

  /** Reads until this thread's next one; one at a time, so that reading never holds the thread up for long. */
  const readOne = async (): Promise<void> => {
    for (;;) {
      const next = await iterator.next();
      if (next.done) {
        ended = true;
        return;
      }
      const mine = number % parts === part;
      if (mine) ready.push({ number, prompt: next.value });
      number += 1;
      if (mine) return;
    }
  };
  const fill = (): Promise<void> => {
    filling ??= (async () => {
      try {
        let turnMs = performance.now();
        while (!ended && ready.length < AHEAD) {
          await readOne();
          wake();
          if (performance.now() - turnMs < MAX_TURN_MS) continue;
          await turnOfTheLoop();
          turnMs = performance.now();
        }
      } catch (error) {
        failure = error;
        ended = true;
      } finally {
        filling = null;
        wake();
      }
    })();
    return filling;
  };

  return {
    filled: fill(),
    async next() {
      while (ready.length === 0 && !ended) {
        void fill();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      const next = ready.shift();
      if (next) {
        if (ready.length < AHEAD / 2) void fill();
        return next;
      }
      if (failure !== null) throw failure instanceof Error ? failure : new Error(JSON.stringify(failure));
      throw llemError('LLEM_E_LOAD', `The data set ran out after ${number} prompts.`, {
        remedy:
          'Set its option allow_repeat, use a larger data set, or lower measure.min_seconds and measure.warmup.max_s.',
        failureClass: 'dataset-exhausted',
      });
    },
  };
}

/** Lets answers be read between two prompts. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
