/** What can go wrong with the disk, for people: LLEM_E_STORE while writing, LLEM_E_RESULTS while reading. */
import { isLlemError, llemError, type LlemError } from '@llem/core';

/** The code of a system error such as ENOSPC; null for any other value. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Does a piece of writing; whatever it throws becomes LLEM_E_STORE. `doing` continues "Could not ...", `resume` is the
 * command that goes on once the trouble is over; null where there is no directory to go on with yet.
 */
export async function storing<T>(
  doing: string,
  write: () => Promise<T>,
  resume: string | null = null,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw storeError(doing, error, resume);
  }
}

/** LLEM_E_STORE for a cause; an error of the catalogue stays as it is. */
export function storeError(doing: string, cause: unknown, resume: string | null = null): LlemError {
  if (isLlemError(cause)) return cause;
  const { reason, remedy } = explain(cause, resume);
  return llemError('LLEM_E_STORE', `Could not ${doing}: ${reason}.`, { remedy, cause });
}

function explain(cause: unknown, resume: string | null): { reason: string; remedy: string } {
  const again = resume ?? 'run the study again';
  switch (errnoOf(cause)) {
    case 'ENOSPC':
      return { reason: 'the disk is full', remedy: `Make room on the disk, then ${again}.` };
    case 'EDQUOT':
      return {
        reason: 'the disk quota is used up',
        remedy: `Make room within your quota, then ${again}.`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        reason: 'permission denied',
        remedy: resume
          ? `Give yourself permission to write there, then ${resume}.`
          : 'Name a directory that you may write to with --output, or change its permissions.',
      };
    case 'EROFS':
      return {
        reason: 'the file system is read-only',
        remedy: resume
          ? `Make it writable again, then ${resume}.`
          : 'Name a directory on a writable file system with --output.',
      };
    case 'ENOENT':
      return {
        reason: 'the file or its folder is gone',
        remedy: resume
          ? `The result directory was removed or moved while in use. Put it back, then ${resume}; what was removed is lost.`
          : 'The result directory was removed or moved while in use, or cannot be made there. Leave it in place, or name another with --output, and run the study again.',
      };
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
      return {
        reason: `something else is in its place (${messageOf(cause)})`,
        remedy: 'Move away what is there, or name another directory with --output.',
      };
    case 'ENAMETOOLONG':
      return {
        reason: 'the path is too long',
        remedy: 'Name a directory with a shorter path with --output.',
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        reason: 'too many files are open',
        remedy: `Raise the limit of open files (ulimit -n), then ${again}.`,
      };
    default:
      return {
        reason: messageOf(cause),
        remedy: `See that the disk and its file system are in order, then ${again}.`,
      };
  }
}

/** LLEM_E_RESULTS for something that cannot be read. `doing` continues "Could not ...". */
export function readError(doing: string, cause: unknown, remedy: string): LlemError {
  return llemError('LLEM_E_RESULTS', `Could not ${doing}: ${messageOf(cause)}.`, { remedy, cause });
}
