/** Threads that count the tokens of texts. */
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { refusal } from './refusals.js';
import type { MeasuredText } from './tokenizer.js';

export interface TokenCounters {
  /** Tokens of each text. Rejects with LLEM_E_PREPARE when a thread has failed. */
  readonly count: (texts: readonly MeasuredText[]) => Promise<number[]>;
  close(): Promise<void>;
}

const answerSchema = z.object({ id: z.int(), counts: z.array(z.number()) });

interface Question {
  readonly resolve: (counts: number[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts so many threads, each with a tokenizer of its own. Questions go to them in turn. */
export function startTokenCounters(tokenizer: string, threads: number): TokenCounters {
  const open = new Map<number, Question>();
  let failure: unknown = null;
  const fail = (error: unknown) => {
    failure ??= refusal(
      `A thread that measures texts has failed: ${error instanceof Error ? error.message : String(error)}.`,
      'Run it again; if memory is short, close other programs or use fewer prompts.',
      error,
    );
    for (const { reject } of open.values()) reject(failure);
    open.clear();
  };
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./token-counter-worker.js', import.meta.url), {
      name: 'llem-tokenizer',
      workerData: tokenizer,
    });
    worker.on('error', fail);
    worker.on('exit', () => {
      if (open.size > 0) fail(new Error('it has ended'));
    });
    worker.on('message', (message: unknown) => {
      const { id, counts } = answerSchema.parse(message);
      open.get(id)?.resolve(counts);
      open.delete(id);
    });
    return worker;
  });
  let asked = 0;
  return {
    count(texts) {
      if (failure !== null) return Promise.reject(failure instanceof Error ? failure : new Error('failed'));
      const id = asked++;
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject });
        workers[id % workers.length]?.postMessage({ id, texts });
      });
    },
    async close() {
      open.clear();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
