/** One signal that ends a run early, whatever the cause: interruption, time limit, a dead engine, a silent engine. */
import { llemError, type ServiceExit } from '@llem/core';

/** Thrown by a wait when the engine has ended by itself. */
export interface EngineEnded extends Error {
  readonly exit: ServiceExit;
}

export function isEngineEnded(error: unknown): error is EngineEnded {
  return error instanceof Error && 'exit' in error;
}

export interface Guard {
  /** Aborted with the error that ended the run. */
  readonly signal: AbortSignal;
  /** Ends the run; the first error wins. */
  end(error: Error): void;
  /** Ends the run with whatever the promise rejects with. */
  endOn(failed: Promise<never>): void;
  /** The value, or the error that ended the run if that comes first. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Waits; rejects at once when the run has ended. */
  wait(ms: number): Promise<void>;
  /** From now on the end of the engine ends the run. */
  watch(exited: Promise<ServiceExit>): void;
  /** From now on the end of the engine is wanted. */
  unwatch(): void;
  /** Frees timers and listeners. */
  close(): void;
}

export function createGuard(interrupt: AbortSignal, timeoutS: number): Guard {
  const controller = new AbortController();
  let watching = false;
  const end = (error: Error) => controller.abort(error);
  const onInterrupt = () =>
    end(
      llemError('LLEM_E_INTERRUPTED', 'The run was interrupted.', {
        remedy: 'Go on with the study: llem resume, and its result directory.',
        failureClass: 'interrupted',
      }),
    );
  if (interrupt.aborted) onInterrupt();
  interrupt.addEventListener('abort', onInterrupt, { once: true });
  const timer = setTimeout(
    () =>
      end(
        llemError('LLEM_E_LOAD', `The run took longer than ${timeoutS} s.`, {
          remedy: 'Set execution.timeout_s higher, or give the engine less to do.',
          failureClass: 'run-timeout',
        }),
      ),
    timeoutS * 1_000,
  );

  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(reasonOf(controller.signal)), { once: true });
    if (controller.signal.aborted) reject(reasonOf(controller.signal));
  });
  ended.catch(() => undefined);

  return {
    signal: controller.signal,
    end,
    endOn(failed) {
      failed.catch((error: unknown) => end(error instanceof Error ? error : new Error(String(error))));
    },
    race: (promise) => Promise.race([ended, promise]),
    async wait(ms) {
      let done: () => void = () => undefined;
      const waiting = setTimeout(() => done(), ms);
      try {
        await Promise.race([
          ended,
          new Promise<void>((resolve) => {
            done = resolve;
          }),
        ]);
      } finally {
        clearTimeout(waiting);
      }
    },
    watch(exited) {
      watching = true;
      void exited.then((exit) => {
        if (watching) end(Object.assign(new Error('The engine ended by itself.'), { exit }));
      });
    },
    unwatch() {
      watching = false;
    },
    close() {
      clearTimeout(timer);
      interrupt.removeEventListener('abort', onInterrupt);
    },
  };
}

/** What it was aborted with, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
