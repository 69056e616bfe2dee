/** The harness's side of the load thread. */
import { Worker } from 'node:worker_threads';
import { llemError } from '@llem/core';
import type { LoadTrace } from '../trace.js';
import type { FromThread, LoadPlan, ToThread } from './messages.js';
import { loadMemory, type LoadCounters, type Mark } from './shared.js';

/** A thread that does not hand over its traces within this time is ended without them. */
const ABORT_TIMEOUT_MS = 1_000;

export interface LoadThread {
  /** Live counters; cheap. */
  readonly counters: () => LoadCounters;
  /** Marks the window at the next token event; resolves with its `process.hrtime.bigint()`. */
  mark(mark: Mark): Promise<bigint>;
  /** Sends nothing more; resolves when nothing is in flight. */
  pause(): Promise<void>;
  /** Begins again as at the start: slots out of step, or the rest of the schedule from now on. */
  resume(): void;
  /** After the closing mark: lets the requests that were sent inside the window end, then gives everything. */
  finish(): Promise<LoadTrace>;
  /** Cancels everything and gives what there is; a mark that was not set is 0. Null when the thread does not answer. */
  abort(): Promise<LoadTrace | null>;
  /** Never resolves; rejects with LLEM_E_LOAD when the thread fails. */
  readonly failed: Promise<never>;
  /** Ends the thread at once, with all its requests. Idempotent. */
  terminate(): Promise<void>;
}

/** Starts the load; it runs until `finish` or `terminate`. */
export function startLoad(plan: LoadPlan): LoadThread {
  const memory = loadMemory();
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    name: 'llem-load',
  });
  const send = (message: ToThread) => worker.postMessage(message);
  send({ type: 'start', plan, memory: memory.buffer });
  let terminated = false;

  let resolveTrace: (trace: LoadTrace) => void;
  const trace = new Promise<LoadTrace>((resolve) => {
    resolveTrace = resolve;
  });
  const waiting = new Map<Mark, () => void>();

  const failed = new Promise<never>((_, reject) => {
    const fail = (message: string, remedy: string, failureClass: string) =>
      reject(llemError('LLEM_E_LOAD', message, { remedy, failureClass }));
    worker.on('message', (message: FromThread) => {
      switch (message.type) {
        case 'marked':
          waiting.get(message.mark)?.();
          break;
        case 'trace':
          resolveTrace(message.trace);
          break;
        case 'failed':
          fail(message.message, message.remedy, message.failureClass);
          break;
      }
    });
    worker.on('exit', () => {
      if (!terminated) fail('The load thread ended by itself.', 'Run again with --debug.', 'load-generator');
    });
    worker.on('error', (error: Error) =>
      fail(`The load thread failed: ${error.message}`, 'Run again with --debug.', 'load-generator'),
    );
  });
  // It is raced where it matters; alone it must not count as unhandled.
  failed.catch(() => undefined);

  return {
    failed,
    counters: () => memory.read(),
    async mark(mark) {
      const marked = new Promise<void>((resolve) => waiting.set(mark, resolve));
      memory.arm(mark);
      await Promise.race([marked, failed]);
      const at = memory.markNs(mark);
      if (at === null) throw new Error(`mark ${mark} was told but not written`);
      return at;
    },
    pause() {
      return Promise.reject(new Error('not here yet'));
    },
    resume() {
      throw new Error('not here yet');
    },
    async finish() {
      send({ type: 'finish' });
      const result = await Promise.race([trace, failed]);
      await this.terminate();
      return result;
    },
    async abort() {
      send({ type: 'abort' });
      const unanswered = new Promise<null>((resolve) =>
        setTimeout(() => resolve(null), ABORT_TIMEOUT_MS).unref(),
      );
      const result = await Promise.race([trace, unanswered, failed]).catch(() => null);
      await this.terminate();
      return result;
    },
    async terminate() {
      if (terminated) return;
      terminated = true;
      await worker.terminate();
    },
  };
}
