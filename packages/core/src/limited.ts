/** A wait with a limit that holds. */

/**
 * Aborted as `signal` is, and with an error named `TimeoutError` after `limitMs` milliseconds. In place of `AbortSignal.any` with
 * `AbortSignal.timeout`, which Node.js 20 forgets at the next garbage collection: the wait would have no end. Does not keep the process alive.
 */
export function limited(signal: AbortSignal, limitMs: number): AbortSignal {
  const limit = AbortSignal.timeout(limitMs);
  const over = new AbortController();
  // One that somebody listens to is not forgotten.
  limit.addEventListener('abort', () => over.abort(limit.reason), { once: true });
  return AbortSignal.any([signal, over.signal]);
}
