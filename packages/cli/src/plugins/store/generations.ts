/**
 * The plugins that a user has installed, in the folder where oclif looks for them:
 *
 *     package.json   -> plugins/current/package.json
 *     node_modules   -> plugins/current/node_modules
 *     plugins/
 *       .lock/       who changes them: one command at a time
 *       3/  4/  5/   generations: package.json, package-lock.json, node_modules
 *       current      -> 4
 *       3.held.UUID  a process that uses it: a study that runs, or a change that goes on
 *       5.held.UUID
 *
 * A change is made in a generation of its own and takes effect when `current` is replaced, which the file system does at
 * once or not at all. What names it is flushed before and after, so that a power cut leaves one that can be read; the files of the
 * packages are not, for there are thousands: one that a power cut leaves torn is found when it is used, and installed again. The one before is kept until the next change, and any other as long as somebody holds it.
 */
import { lstat, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { llemError } from '@llem/core';
import { flush } from '@llem/results/durable';
import { ifThere } from './absent.js';
import { currentNumber, generationsFolder, numberOf } from './current.js';
import { LOCK } from './hold.js';
import { heldBy, heldGenerations, holdGeneration, type Held } from './held.js';
import { repeatFile, repeatTree, type Sharing } from './tree.js';

const FILES = ['package.json', 'package-lock.json'];
const MODULES = 'node_modules';
const BACKUP = '.before';

/** A generation that is not in effect, and that only this process touches. */
export interface Staged extends Held {
  /** Absolute path. */
  readonly folder: string;
  readonly number: number;
}

/** Makes a generation like the one in `from`, or an empty one, to be changed. It has its final name: install scripts may write that down. */
export async function stageGeneration(
  dataDir: string,
  from: string | null,
  sharing: Sharing,
): Promise<Staged> {
  const folder = generationsFolder(dataDir);
  await mkdir(folder, { recursive: true });
  const last = Math.max(0, ...(await readdir(folder)).map((name) => heldBy(name) ?? numberOf(name)));
  const number = last + 1;
  const staged = join(folder, String(number));
  // First of all: one that nobody holds is taken for what an interrupted change has left.
  const { release } = await holdGeneration(folder, number);
  try {
    await mkdir(staged);
    if (from !== null) {
      for (const name of FILES) await ifThere(repeatFile(join(from, name), join(staged, name), 'copies'));
      await ifThere(repeatTree(join(from, MODULES), join(staged, MODULES), sharing));
    }
  } catch (error) {
    release();
    throw error;
  }
  return { folder: staged, number, release };
}

export interface Backup {
  /** The generation is as it was. */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

/** Of a generation that is changed further. */
export async function backUp({ folder }: Staged, sharing: Sharing): Promise<Backup> {
  const backup = `${folder}${BACKUP}`;
  await repeatTree(folder, backup, sharing);
  return {
    async restore() {
      await remove(folder);
      await rename(backup, folder);
    },
    drop: () => remove(backup),
  };
}

/** Ends the work on a generation, and removes it unless it is in effect. */
export async function giveUp(dataDir: string, { folder, number, release }: Staged): Promise<void> {
  if ((await currentNumber(dataDir)) !== number) await remove(folder);
  release();
}

/** Puts a generation in effect that was made while `before` was. The one before stays until `removeLeftovers`. Throws LLEM_E_BUSY. */
export async function putInEffect(dataDir: string, staged: Staged, before: number): Promise<void> {
  await mkdir(join(staged.folder, MODULES), { recursive: true });
  // Somebody may have removed the lock of a command that still ran.
  if ((await currentNumber(dataDir)) !== before) {
    throw llemError('LLEM_E_BUSY', `Another llem has changed the plugins in ${dataDir} meanwhile.`, {
      remedy: 'Run it again.',
    });
  }
  for (const name of FILES) await ifThere(flush(join(staged.folder, name)));
  await flush(staged.folder);
  await flush(generationsFolder(dataDir));
  await pointTo(join(generationsFolder(dataDir), 'current'), String(staged.number));
  await adopt(dataDir);
}

/** Removes what interrupted changes have left, and all generations but the one in effect, the one before, and those that are held. */
export async function removeLeftovers(dataDir: string): Promise<void> {
  const folder = generationsFolder(dataDir);
  const names = (await ifThere(readdir(folder))) ?? [];
  if (names.length === 0) return;
  // In this order: who holds one looks afterwards whether it is still in effect.
  const current = await currentNumber(dataDir);
  const held = await heldGenerations(folder);
  const before = Math.max(0, ...names.map(numberOf).filter((number) => number < current));
  for (const name of names) {
    const number = numberOf(name.replace(BACKUP, ''));
    const isKept =
      name === 'current' || name === LOCK || number === current || number === before || held.has(number);
    if (heldBy(name) === null && !isKept) await remove(join(folder, name));
  }
}

/** Of a tree that a process which is just ending may still write into. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/**
 * From here on oclif sees the generations, where it saw plain files before. Each step leaves a store that works: the link of
 * package.json decides which list and which modules llem reads, and comes first.
 */
async function adopt(dataDir: string): Promise<void> {
  const file = join(dataDir, 'package.json');
  const isLink = (await ifThere(lstat(file)))?.isSymbolicLink() === true;
  if (!isLink) await pointTo(file, 'plugins/current/package.json');
  const modules = join(dataDir, MODULES);
  const before = await ifThere(lstat(modules));
  if (before?.isDirectory()) await rename(modules, join(generationsFolder(dataDir), `${MODULES}.replaced`));
  if (before?.isSymbolicLink() !== true) await pointTo(modules, `plugins/current/${MODULES}`);
}

/** Replaces whatever file or link is at `path` by a link, in one step, and flushes it. */
async function pointTo(path: string, target: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  await flush(dirname(path));
}
