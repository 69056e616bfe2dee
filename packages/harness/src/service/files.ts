/** The files that an engine reads when it starts, such as its options: written before it does. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { llemError, type ServiceFile } from '@llem/core';

/** A file that has its content already is left alone but for who may read it: other runs may have it open. Throws LLEM_E_START. */
export async function writeFiles(files: readonly ServiceFile[]): Promise<void> {
  for (const file of files) await writeWhole(file);
}

/** Whether nobody else may enter it. */
const isPrivate = async (folder: string): Promise<boolean> => ((await stat(folder)).mode & 0o077) === 0;

/** Beside its place and then renamed, so that an engine that another llem starts reads all of it or nothing. */
async function writeWhole({ path, content }: ServiceFile): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => null);
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // For nobody else: it has the values of environment variables that the study names. But a container is given the file alone, and its
    // user may be another one.
    const mode = (await isPrivate(folder)) ? 0o644 : 0o600;
    if (present === content) {
      if (((await stat(path)).mode & 0o777) !== mode) await chmod(path, mode);
      return;
    }
    await writeFile(temporary, content, { flush: true, mode: 0o600 });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw llemError('LLEM_E_START', `A file of options cannot be written for the engine: ${why}.`, {
      remedy: `Make room and see that you may write to ${dirname(path)}.`,
      failureClass: 'options-file',
      cause,
    });
  }
}
