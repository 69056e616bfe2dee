/**
 * Who needs a generation of the plugins: a file `4.held.UUID` beside it says which process that is. A study imports from the
 * generation that it began with, whatever is installed meanwhile, and a change is made in one that nobody else touches.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identitySchema, ownIdentity, stateOf, type ProcessIdentity } from '@llem/localhost';
import { ifThere } from './absent.js';

/** For how long a process of which nothing can be told is taken to be there: longer than any study, in days. */
const OUT_OF_SIGHT_DAYS = 30;
const DAY_MS = 86_400_000;

export interface Held {
  /** Also done when the process ends by itself. */
  readonly release: () => void;
}

/** For this process. Throws what the file system throws. */
export async function holdGeneration(folder: string, number: number): Promise<Held> {
  const path = join(folder, `${number}.held.${randomUUID()}`);
  const text = JSON.stringify(await ownIdentity());
  const temporary = `${path}.new`;
  const release = () => {
    process.removeListener('exit', release);
    rmSync(temporary, { force: true });
    rmSync(path, { force: true });
  };
  process.once('exit', release);
  try {
    await writeFile(temporary, text);
    // Whoever finds it finds all of it.
    await rename(temporary, path);
    return { release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The generations of which not all holders are known to have ended; the files of those that have are removed. */
export async function heldGenerations(folder: string): Promise<ReadonlySet<number>> {
  const self = await ownIdentity();
  const held = new Set<number>();
  for (const name of await readdir(folder)) {
    const number = heldBy(name);
    if (number === null) continue;
    const path = join(folder, name);
    if (await mayRun(path, self)) held.add(number);
    else await rm(path, { force: true });
  }
  return held;
}

/** The generation that a file of this name is about; null where it is no such file. */
export function heldBy(name: string): number | null {
  const number = /^([1-9]\d*)\.held\./.exec(name)?.[1];
  return number === undefined ? null : Number(number);
}

async function mayRun(path: string, self: ProcessIdentity): Promise<boolean> {
  const text = await ifThere(readFile(path, 'utf8'));
  const file = await ifThere(stat(path));
  // It has been released just now.
  if (text === null || file === null) return false;
  const holder = readIdentity(text);
  const state = holder === null ? 'out-of-sight' : await stateOf(holder, self);
  if (state !== 'out-of-sight') return state === 'running';
  return Date.now() - file.mtimeMs < OUT_OF_SIGHT_DAYS * DAY_MS;
}

function readIdentity(text: string): ProcessIdentity | null {
  try {
    return identitySchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
