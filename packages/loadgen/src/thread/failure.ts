/** What was thrown in one thread, as plain data for another. */
import { isLlemError, llemError } from '@llem/core/errors';

export interface Reason {
  readonly message: string;
  readonly remedy: string;
  readonly failureClass: string;
}

export function reasonOf(error: unknown): Reason {
  return {
    message: error instanceof Error ? error.message : String(error),
    remedy: isLlemError(error) ? error.remedy : 'Run again with --debug for the place in the code.',
    failureClass: (isLlemError(error) ? error.failureClass : undefined) ?? 'load-generator',
  };
}

/** LLEM_E_LOAD for a reason. */
export function errorOf({ message, remedy, failureClass }: Reason): Error {
  return llemError('LLEM_E_LOAD', message, { remedy, failureClass });
}
