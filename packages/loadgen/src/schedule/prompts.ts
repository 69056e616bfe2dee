/** A thread's share of the prompts, asked for ahead of time so that none has to be waited for when it is to be sent. */
import type { Prompt } from '@llem/core';
import { llemError } from '@llem/core/errors';
import { errorOf } from '../thread/failure.js';
import type { FromPrompts, ToPrompts } from '../thread/messages.js';

/** So many prompts are kept ready. */
export const PROMPTS_AHEAD = 64;

export interface NumberedPrompt {
  /** Its place among the prompts of all threads, from 0. */
  readonly number: number;
  readonly prompt: Prompt;
}

export interface PromptQueue {
  /** The next of this thread's share; null once it is closed. Rejects with LLEM_E_LOAD when there is no more. */
  next(): Promise<NumberedPrompt | null>;
  /** Resolves when as many are ready as are kept, or all there are. */
  readonly filled: Promise<void>;
  /** Nothing is to be sent any more: who waits for a prompt, of a data set that takes its time, waits no longer. */
  close(): void;
}

/** A port to the prompt thread, as far as it is used. */
export interface PromptPort {
  on(event: 'message', listener: (message: FromPrompts) => void): unknown;
  postMessage(message: ToPrompts): void;
}

export function createPromptQueue(port: PromptPort): PromptQueue {
  const ready: NumberedPrompt[] = [];
  const waiting: (() => void)[] = [];
  let asked = 0;
  let end: Error | null = null;
  let closed = false;
  let resolveFilled: () => void = () => undefined;
  const filled = new Promise<void>((resolve) => {
    resolveFilled = resolve;
  });

  const ask = (): void => {
    const count = PROMPTS_AHEAD - asked - ready.length;
    // By halves, so that asking costs little.
    if (count < PROMPTS_AHEAD / 2 || end !== null) return;
    asked += count;
    port.postMessage({ count });
  };
  const wakeAll = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  port.on('message', (message: FromPrompts) => {
    switch (message.type) {
      case 'prompt':
        asked -= 1;
        ready.push({ number: message.number, prompt: message.prompt });
        if (ready.length >= PROMPTS_AHEAD) resolveFilled();
        waiting.shift()?.();
        return;
      case 'ended':
        end = ranOut(message.prompts);
        break;
      case 'failed':
        end = errorOf(message.reason);
        break;
    }
    resolveFilled();
    wakeAll();
  });
  ask();
  // It may be closed during a wait.
  const isClosed = () => closed;

  return {
    filled,
    async next() {
      while (ready.length === 0 && end === null && !isClosed())
        await new Promise<void>((resolve) => waiting.push(resolve));
      if (isClosed()) return null;
      const next = ready.shift();
      ask();
      if (next) return next;
      throw end ?? new Error('a prompt was promised and did not come');
    },
    close() {
      closed = true;
      wakeAll();
    },
  };
}

function ranOut(prompts: number): Error {
  return llemError(
    'LLEM_E_LOAD',
    `The data set ran out after ${prompts === 1 ? 'one prompt' : `${prompts} prompts`}.`,
    {
      remedy:
        'Use a larger data set, or set its option allow_repeat where it has one; synthetic prompts are all different, so make them longer (workload.input_tokens). Or lower measure.min_seconds, measure.warmup.max_s and, of a search, probe_s.',
      failureClass: 'dataset-exhausted',
    },
  );
}
