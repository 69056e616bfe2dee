/**
 * Who changes what is in a folder: one process at a time, on any file system and seen from every machine that has it. The lock is a
 * folder that holds a folder for every holder there was, 1, 2, 3 ...; the highest is the one that counts. It is taken by making the
 * next number, which only one process can, and only once the one before has ended. None is ever removed, so that of two that find
 * a dead holder at once one gets the number and the other sees it. They are folders, filled before they are given their number,
 * because no file system lets a folder take the place of one with something in it; a hard link, which would do for files, exFAT,
 * SMB and much of FUSE have not.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identitySchema, ownIdentity, stateOf } from '@llem/localhost';
import { z } from 'zod';
import { ensureFolder } from './durable.js';

const holderSchema = identitySchema.extend({
  /** ISO 8601, UTC. */
  since: z.string(),
  /** Of this one lock. */
  lockId: z.string(),
  /** What the holder does, as others are told; null where it does not say. */
  doing: z
    .string()
    .regex(/^[a-z ]{1,64}$/)
    .nullable()
    .default(null),
});
export type LockHolder = z.output<typeof holderSchema>;

export interface Lock {
  /** Also done when the process ends by itself. */
  release(): void;
}

/** Why a lock cannot be had. `path` is what to remove where nobody has it any more. */
export type LockObstacle =
  | { readonly kind: 'damaged'; readonly path: string }
  | { readonly kind: 'running'; readonly path: string; readonly holder: LockHolder }
  | {
      /** From here it cannot be told whether the holder still runs. */
      readonly kind: 'out-of-sight';
      readonly path: string;
      readonly holder: LockHolder;
      /** `on node7`, `in another container` */
      readonly there: string;
      /** `node3`, `this one` */
      readonly here: string;
    };

export interface LockRequest {
  /** The folder of the lock; made where it is missing. */
  readonly folder: string;
  /** As others are told. */
  readonly doing: string | null;
  /** What to throw where somebody else has it. */
  readonly refuse: (obstacle: LockObstacle) => Error;
}

/** In the folder of a holder. */
const HOLDER_FILE = 'holder.json';

/** What a released lock begins with instead of the brace of its JSON: one byte in place, which needs no room on a full disk. */
const RELEASED = '-';

/** Throws what `refuse` gives, and what the file system throws. */
export async function takeLock({ folder, doing, refuse }: LockRequest): Promise<Lock> {
  await ensureFolder(folder);
  const self: LockHolder = {
    ...(await ownIdentity()),
    since: new Date().toISOString(),
    lockId: randomUUID(),
    doing,
  };
  for (;;) {
    const last = Math.max(0, ...(await readdir(folder)).map(numberOf));
    const obstacle = last === 0 ? null : await obstacleAt(join(folder, String(last)), self);
    if (obstacle !== null) throw refuse(obstacle);
    const path = join(folder, String(last + 1));
    if (await claim(path, `${JSON.stringify(self)}\n`)) return held(path);
  }
}

function numberOf(name: string): number {
  return /^[1-9]\d{0,8}$/.test(name) ? Number(name) : 0;
}

/** Makes the lock whole or not at all; false where somebody else has made it. */
async function claim(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await mkdir(temporary);
  try {
    const handle = await open(join(temporary, HOLDER_FILE), 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    return true;
  } catch (error) {
    const there = await readFile(join(path, HOLDER_FILE), 'utf8').catch(() => null);
    if (there === null) throw error;
    // A network file system may have done it, lost the answer, been asked again and found it done.
    return there === text;
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The locks that this process has, by path. */
const own = new Set<string>();

function held(path: string): Lock {
  // On this machine one sees that it has ended; from another machine, or of a container that is gone, nobody could tell.
  if (own.size === 0) process.once('exit', releaseOwn);
  own.add(path);
  return {
    release() {
      markReleased(path);
      own.delete(path);
      if (own.size === 0) process.removeListener('exit', releaseOwn);
    },
  };
}

function releaseOwn(): void {
  for (const path of own) markReleased(path);
}

/** Whatever goes wrong here, the end of this process releases the lock as well. */
function markReleased(path: string): void {
  try {
    const file = openSync(join(path, HOLDER_FILE), constants.O_WRONLY);
    try {
      writeSync(file, RELEASED, 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    return;
  }
}

/** Null where the holder at `path` has ended, or has released it. */
async function obstacleAt(path: string, self: LockHolder): Promise<LockObstacle | null> {
  const text = await readFile(join(path, HOLDER_FILE), 'utf8').catch(() => '');
  if (text.startsWith(RELEASED)) return null;
  const holder = parseHolder(text);
  if (!holder) return { kind: 'damaged', path };
  const state = await stateOf(holder, self);
  switch (state) {
    case 'ended':
      return null;
    case 'running':
      return { kind: state, path, holder };
    case 'out-of-sight':
      return { kind: state, path, holder, ...placesOf(holder, self) };
  }
}

function parseHolder(text: string): LockHolder | null {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Where the holder is and where this process is, as far as they differ. */
function placesOf(holder: LockHolder, self: LockHolder): { there: string; here: string } {
  if (holder.host !== self.host) return { there: `on ${holder.host}`, here: self.host };
  if (holder.bootId !== self.bootId)
    return { there: `on another machine named ${holder.host}`, here: 'this one' };
  return { there: 'in another container', here: 'this one' };
}
