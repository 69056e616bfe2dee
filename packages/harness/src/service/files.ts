/** The files that an engine reads when it starts, such as its options: written before it does. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { llemError, type ServiceFile } from '@llem/core';

/** A file that has its content already is left alone: other runs may have it open. Throws LLEM_E_START. */
export async function writeFiles(files: readonly ServiceFile[]): Promise<void> {
  for (const file of files) await writeWhole(file);
}

/** Beside its place and then renamed, so that an engine that another llem starts reads all of it or nothing. */
async function writeWhole({ path, content }: ServiceFile): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => null);
  if (present === content) return;
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    // For nobody else: it has the values of environment variables that the study names.
    await writeFile(temporary, content, { flush: true, mode: 0o600 });
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
