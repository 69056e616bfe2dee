/** A check of this machine: what `llem doctor` and preflight run, and what they find. */

export interface Finding {
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found, one sentence. */
  readonly message: string;
  /** What to do about it; empty when `ok`. */
  readonly remedy: string;
  /** Failed because what it looks for is not part of this machine: nothing to tell of where nobody asked for it by name. */
  readonly absent?: true;
}

export interface Check {
  /** Stable, dotted: `rapl.readable`. */
  readonly id: string;
  readonly title: string;
  /** How long it may take, in milliseconds, where that is longer than usual. */
  readonly limitMs?: number;
  /** Looks, changes nothing, never throws. */
  run(signal: AbortSignal): Promise<Finding>;
  /** Puts right what `run` finds wrong, where a person asks for that, and says in a sentence what it did. */
  fix?(signal: AbortSignal): Promise<string>;
}

export const ok = (message: string): Finding => ({ status: 'ok', message, remedy: '' });
export const warning = (message: string, remedy: string): Finding => ({ status: 'warning', message, remedy });
export const failed = (message: string, remedy: string): Finding => ({ status: 'failed', message, remedy });
export const absent = (message: string, remedy: string): Finding => ({
  ...failed(message, remedy),
  absent: true,
});

/**
 * What a check finds, whatever it does: one that throws or does not end in time has failed, and an interruption ends the
 * wait. Never rejects. `usualLimitMs`, in milliseconds, holds for a check without a limit of its own. While it waits it keeps the
 * process alive.
 */
export async function runCheck(
  check: Check,
  usualLimitMs: number,
  interruption?: AbortSignal,
): Promise<Finding> {
  const limitMs = check.limitMs ?? usualLimitMs;
  const limit = new AbortController();
  const signal = AbortSignal.any(interruption ? [limit.signal, interruption] : [limit.signal]);
  const timer = setTimeout(() => limit.abort(), limitMs);
  const ended = new Promise<Finding>((resolve) => {
    const end = () =>
      resolve(
        limit.signal.aborted
          ? failed(
              `The check did not end in ${limitMs / 1_000} s.`,
              'Try again; if it hangs again, tell the author of the plugin.',
            )
          : failed('The check was interrupted.', 'Run the command again.'),
      );
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([ended, check.run(signal)]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failed(`The check itself failed: ${message}`, 'Tell the author of the plugin.');
  } finally {
    clearTimeout(timer);
  }
}
