/** Writes a new plugin to disk: the whole folder, or nothing. */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { llemError } from '@llem/core';
import type { PluginFiles } from './files.js';

/** Throws LLEM_E_USAGE where the folder holds something already, or cannot be written. */
export async function writePlugin(folder: string, files: PluginFiles): Promise<void> {
  const target = resolve(folder);
  await refuseWhatIsThere(folder, target);
  let temporary: string | null = null;
  try {
    await mkdir(dirname(target), { recursive: true });
    // Beside it, so that it can be renamed, which is done wholly or not at all.
    temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    const inside = join(temporary, basename(target));
    for (const [path, content] of files) {
      await mkdir(dirname(join(inside, path)), { recursive: true });
      await writeFile(join(inside, path), content);
    }
    // An empty folder is replaced; one that somebody has filled meanwhile is left as it is, and this fails.
    await rename(inside, target);
  } catch (error) {
    await refuseWhatIsThere(folder, target);
    throw refusal(
      `${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      'Make room there and see that you may write to it, or name another folder with --dir.',
      error,
    );
  } finally {
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  }
}

async function refuseWhatIsThere(folder: string, target: string): Promise<void> {
  const remedy = 'Name another folder with --dir, or remove this one.';
  if (target === process.cwd())
    throw refusal('The folder that you are in cannot be made anew.', 'Name one below it with --dir.');
  const entries = await readdir(target).catch((error: unknown) => codeOf(error));
  if (entries === 'ENOENT') return;
  if (typeof entries === 'string') throw refusal(`${folder} is there and is no folder (${entries}).`, remedy);
  if (entries.length > 0) throw refusal(`The folder ${folder} is there and is not empty.`, remedy);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const refusal = (message: string, remedy: string, cause?: unknown) =>
  llemError('LLEM_E_USAGE', message, { remedy, cause });
