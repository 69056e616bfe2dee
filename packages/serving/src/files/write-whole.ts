/** Files of llem's cache, which appear whole or not at all. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isLlemError, llemError } from '@llem/core';
import { interrupted } from './file-hash.js';

/**
 * Writes beside the place and renames, so that nobody sees half a file and two at once do no harm. `what` names it in a message.
 * Throws LLEM_E_PREPARE, and LLEM_E_INTERRUPTED when the signal says so.
 */
export async function writeWhole(
  path: string,
  pieces: readonly (Uint8Array | string)[],
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    if (signal.aborted) throw interrupted();
    const file = await open(temporary, 'wx');
    try {
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (isLlemError(error)) throw error;
    throw llemError(
      'LLEM_E_PREPARE',
      `${what} cannot be written to ${folder}: ${error instanceof Error ? error.message : String(error)}.`,
      {
        remedy:
          'Make room there and see that you may write to it, or have the cache elsewhere: on Linux it follows XDG_CACHE_HOME.',
        cause: error,
      },
    );
  }
}
