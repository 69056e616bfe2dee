/** Why an executable could not be started, for people. */
import { llemError, type LlemError } from '@llem/core';

/** The error for a spawn that failed; `code` is the system's name of the reason. */
export function startError(
  file: string,
  reason: { readonly code: string; readonly message: string },
): LlemError {
  const error = (failureClass: string, message: string, remedy: string) =>
    llemError('LLEM_E_START', message, { remedy, failureClass });
  switch (reason.code) {
    case 'ENOENT':
      return error(
        'missing-executable',
        `The engine's executable "${file}" was not found, or the interpreter that its first line names.`,
        'Install the engine, or name its executable by an absolute path in the study.',
      );
    case 'EACCES':
    case 'EPERM':
    case 'ENOEXEC':
    case 'EISDIR':
    case 'ENOTDIR':
      return error(
        'not-executable',
        `"${file}" cannot be executed (${reason.code}).`,
        `Name the engine's executable, built for this machine; if it is one, allow it with \`chmod +x\`.`,
      );
    case 'E2BIG':
    case 'ERR_INVALID_ARG_VALUE':
      return error(
        'bad-arguments',
        `"${file}" cannot be given its arguments: ${reason.message}.`,
        'Shorten the extra flags of the engine and the environment.',
      );
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return error(
        'out-of-resources',
        `The system has no room for the process "${file}" (${reason.code}).`,
        'End other programs, or raise the limits of processes, files and memory (`ulimit -a`).',
      );
    default:
      return error(
        'start-failed',
        `"${file}" could not be started: ${reason.message}.`,
        'Run it by hand with the arguments of the record to see why.',
      );
  }
}
