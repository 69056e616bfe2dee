/**
 * The plugins that a user has installed, in the folder where oclif looks for them:
 *
 *     package.json   -> plugins/current/package.json
 *     node_modules   -> plugins/current/node_modules
 *     plugins/
 *       3/  4/       generations: package.json, package-lock.json, node_modules
 *       current      -> 4
 *       5.staged/    a change that goes on, or one that was interrupted
 *
 * A change is made in a generation of its own and takes effect when `current` is replaced, which the file system does at
 * once or not at all. The one before is kept until the next change: a study that runs reads its plugins from there.
 */
import { lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from './absent.js';
import { repeatFile, repeatTree, type Sharing } from './tree.js';

const STAGED = '.staged';
const FILES = ['package.json', 'package-lock.json'];
const MODULES = 'node_modules';

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

/** Makes a generation like the one in effect, or an empty one, to be changed. Only for who holds the store. */
export async function stageGeneration(dataDir: string, sharing: Sharing | 'nothing'): Promise<string> {
  const folder = generationsFolder(dataDir);
  await mkdir(folder, { recursive: true });
  const last = Math.max(0, ...(await readdir(folder)).map(numberOf));
  const staged = join(folder, `${last + 1}${STAGED}`);
  await mkdir(staged);
  const current = await currentFolder(dataDir);
  if (current === null || sharing === 'nothing') return staged;
  for (const name of FILES) await ifThere(repeatFile(join(current, name), join(staged, name), 'copies'));
  await ifThere(repeatTree(join(current, MODULES), join(staged, MODULES), sharing));
  return staged;
}

/** Puts a staged generation in effect; the one before stays until `removeLeftovers`. Only for who holds the store. */
export async function putInEffect(dataDir: string, staged: string): Promise<void> {
  const generation = staged.slice(0, -STAGED.length);
  await mkdir(join(staged, MODULES), { recursive: true });
  await rename(staged, generation);
  await pointTo(join(generationsFolder(dataDir), 'current'), String(numberOf(generation)));
  await adopt(dataDir);
}

/** Removes what interrupted changes have left, and all generations but the one in effect and the one before. */
export async function removeLeftovers(dataDir: string): Promise<void> {
  const folder = generationsFolder(dataDir);
  const names = (await ifThere(readdir(folder))) ?? [];
  const current = await currentNumber(dataDir);
  const before = Math.max(
    0,
    ...names
      .filter(isGeneration)
      .map(numberOf)
      .filter((number) => number < current),
  );
  for (const name of names) {
    const isKept = name === 'current' || name === String(current) || name === String(before);
    if (!isKept) await remove(join(folder, name));
  }
}

/** Of a tree that a process which is just ending may still write into. */
export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** From here on oclif sees the generations, where it saw plain files before. Each step leaves a store that works. */
async function adopt(dataDir: string): Promise<void> {
  const modules = join(dataDir, MODULES);
  const before = await ifThere(lstat(modules));
  if (before?.isDirectory()) await rename(modules, join(generationsFolder(dataDir), `${MODULES}.replaced`));
  if (before?.isSymbolicLink() !== true) await pointTo(modules, `plugins/current/${MODULES}`);
  const file = join(dataDir, 'package.json');
  const isLink = (await ifThere(lstat(file)))?.isSymbolicLink() === true;
  if (!isLink) await pointTo(file, 'plugins/current/package.json');
}

/** Replaces whatever file or link is at `path` by a link, in one step. */
async function pointTo(path: string, target: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
}

async function currentNumber(dataDir: string): Promise<number> {
  const target = await ifThere(readlink(join(generationsFolder(dataDir), 'current')));
  return target === null ? 0 : numberOf(target);
}

function isGeneration(name: string): boolean {
  return /^[1-9]\d*$/.test(name);
}

/** Of a generation, staged or not; 0 for anything else. */
function numberOf(path: string): number {
  return Number(/(?:^|\/)([1-9]\d*)(?:\.staged)?$/.exec(path)?.[1] ?? 0);
}
