/** What is mounted into a container is there before the engine could make it, as root, in its place. */
import { access, mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { llemError, type ContainerMount, type LlemError } from '@llem/core';

/** Makes the folders that may be made, with the rights of this user. Throws LLEM_E_START of the class `mount-missing`. */
export async function provideMounts(mounts: readonly ContainerMount[]): Promise<void> {
  for (const { source, target, create } of mounts) {
    if (!isAbsolute(source)) {
      throw missing(
        `${source}, to be mounted at ${target}, is no absolute path.`,
        'Name it from the root on.',
      );
    }
    try {
      if (create) await mkdir(source, { recursive: true });
      await access(source);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      // A file stands where a folder was to be made: there, all the same.
      if (create && cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') continue;
      throw missing(
        `${source} is to be mounted at ${target} and cannot be used: ${why}.`,
        create
          ? 'See that you may write there.'
          : 'Make it, or correct `mounts` in the options of the runner.',
        cause,
      );
    }
  }
}

const missing = (message: string, remedy: string, cause?: unknown): LlemError =>
  llemError('LLEM_E_START', message, { remedy, failureClass: 'mount-missing', cause });
