/** Another copy of this package, as an installed plugin brings one: the built files in a folder of their own. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type * as core from './index.js';

const built = fileURLToPath(new URL('../dist', import.meta.url));
const dependencies = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** Imports a copy, for the test that asks; `newer` gives its catalogue one more code, LLEM_E_QUOTA, with exit code 7. */
export async function importSecondCopy(newer = false): Promise<typeof core> {
  const folder = await mkdtemp(join(tmpdir(), 'llem-core-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(built, join(folder, 'dist'), { recursive: true });
  await symlink(dependencies, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  if (newer) {
    const errors = join(folder, 'dist', 'errors.js');
    const text = await readFile(errors, 'utf8');
    await writeFile(errors, text.replace('LLEM_E_USAGE:', 'LLEM_E_QUOTA: 7,\n    LLEM_E_USAGE:'));
  }
  const imported: unknown = await import(
    /* @vite-ignore */ pathToFileURL(join(folder, 'dist', 'index.js')).href
  );
  return z.custom<typeof core>((value) => typeof value === 'object').parse(imported);
}
