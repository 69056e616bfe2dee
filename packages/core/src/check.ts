/** A check of this machine: what `llem doctor` and preflight run, and what they find. */

export interface Finding {
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found, one sentence. */
  readonly message: string;
  /** What to do about it; empty when `ok`. */
  readonly remedy: string;
}

export interface Check {
  /** Stable, dotted: `rapl.readable`. */
  readonly id: string;
  readonly title: string;
  /** Looks, changes nothing, never throws. */
  run(signal: AbortSignal): Promise<Finding>;
}

export const ok = (message: string): Finding => ({ status: 'ok', message, remedy: '' });
export const warning = (message: string, remedy: string): Finding => ({ status: 'warning', message, remedy });
export const failed = (message: string, remedy: string): Finding => ({ status: 'failed', message, remedy });
