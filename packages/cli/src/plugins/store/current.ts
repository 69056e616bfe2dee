/**
 * Which of the generations of plugins (generations.ts) is in effect. By itself: every start needs it, and no more of the store.
 */
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from './absent.js';

/** Absolute paths; `dataDir` is oclif's. */
export function generationsFolder(dataDir: string): string {
  return join(dataDir, 'plugins');
}

/** The folder whose package.json and node_modules are in effect; null where nothing was ever installed. */
export async function currentFolder(dataDir: string): Promise<string | null> {
  const file = await ifThere(lstat(join(dataDir, 'package.json')));
  if (file === null) return null;
  if (!file.isSymbolicLink()) return dataDir;
  return join(generationsFolder(dataDir), String(await currentNumber(dataDir)));
}

/** What `current` says; 0 before the first change. */
export async function currentNumber(dataDir: string): Promise<number> {
  const target = await ifThere(readlink(join(generationsFolder(dataDir), 'current')));
  return target === null ? 0 : numberOf(target);
}

/** Of a generation; 0 for anything else. */
export function numberOf(name: string): number {
  return /^[1-9]\d*$/.test(name) ? Number(name) : 0;
}
