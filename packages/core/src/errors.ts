/** The one catalogue of errors: each has a code, an exit code, and ends with what to do. */

/** Exit codes of the `llem` command. */
export const EXIT = {
  /** Every run completed or was overloaded. */
  ok: 0,
  /** Preflight failed, the machine was in use, or every run failed. */
  nothingCompleted: 1,
  /** The study file or the usage is wrong. */
  usage: 2,
  /** Some runs failed. */
  someFailed: 3,
  /** `--require publishable` was not met. */
  notPublishable: 4,
  /** Interrupted by SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

export const ERRORS = {
  LLEM_E_USAGE: EXIT.usage,
  LLEM_E_STUDY: EXIT.usage,
  LLEM_E_STUDY_FILE: EXIT.usage,
  LLEM_E_CONFIG: EXIT.usage,
  LLEM_E_PLUGIN_MISSING: EXIT.usage,
  LLEM_E_PLUGIN_BROKEN: EXIT.usage,
  /** It is no plugin, does not fit, or is not allowed: it was not installed. */
  LLEM_E_PLUGIN_REFUSED: EXIT.usage,
  LLEM_E_RESULTS: EXIT.usage,
  /** Network, registry, disk or permissions: nothing was installed. */
  LLEM_E_INSTALL: EXIT.nothingCompleted,
  /** Somebody else measures on this machine, or changes its plugins. */
  LLEM_E_BUSY: EXIT.nothingCompleted,
  LLEM_E_PREFLIGHT: EXIT.nothingCompleted,
  LLEM_E_PREPARE: EXIT.nothingCompleted,
  LLEM_E_START: EXIT.nothingCompleted,
  LLEM_E_LOAD: EXIT.nothingCompleted,
  LLEM_E_METER: EXIT.nothingCompleted,
  LLEM_E_STORE: EXIT.nothingCompleted,
  LLEM_E_INTERRUPTED: EXIT.interrupted,
  /** What nobody foresaw: a bug. */
  LLEM_E_UNEXPECTED: EXIT.nothingCompleted,
} as const;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The structural shape of an error of ours; it survives a second copy of core, where `instanceof` does not. A plugin may
 * bring a newer core whose catalogue has more codes.
 */
export interface LlemError extends Error {
  readonly code: `LLEM_E_${string}`;
  /** Exit code of the command that this error ends, from the catalogue that it was made from. */
  readonly exitCode?: number | undefined;
  /** What to do next, a sentence in the imperative. */
  readonly remedy: string;
  /** A finer class for failures that are recorded, such as `start-timeout`. */
  readonly failureClass?: string | undefined;
}

export interface ErrorDetails {
  readonly remedy: string;
  readonly failureClass?: string;
  readonly cause?: unknown;
}

/** Makes an error of the catalogue. `message` says what happened and where. */
export function llemError(code: ErrorCode, message: string, details: ErrorDetails): LlemError {
  const error = new Error(message, details.cause === undefined ? undefined : { cause: details.cause });
  return Object.assign(error, {
    name: 'LlemError',
    code,
    exitCode: ERRORS[code],
    remedy: details.remedy,
    failureClass: details.failureClass,
  });
}

/** Recognises an error of the catalogue, or of a newer one, by its shape. */
export function isLlemError(value: unknown): value is LlemError {
  return (
    value instanceof Error &&
    'code' in value &&
    typeof value.code === 'string' &&
    value.code.startsWith('LLEM_E_') &&
    'remedy' in value &&
    typeof value.remedy === 'string'
  );
}

/**
 * The exit code for whatever was thrown. A code that is not in this catalogue exits as its error says; that which is
 * not ours, or says nothing usable, counts as "nothing completed". Never 0.
 */
export function exitCodeOf(error: unknown): number {
  if (!isLlemError(error)) return EXIT.nothingCompleted;
  const known = new Map<string, number>(Object.entries(ERRORS)).get(error.code);
  if (known !== undefined) return known;
  const { exitCode } = error;
  return Number.isInteger(exitCode) && exitCode !== undefined && exitCode > 0 && exitCode < 256
    ? exitCode
    : EXIT.nothingCompleted;
}
