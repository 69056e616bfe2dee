/**
 * Who writes a result directory: one process at a time. `.lock/` holds a folder for every writer there was, 1, 2, 3 ...; the
 * highest is the one that counts. It is taken by making the next number, which only one process can, and only once the
 * one before has ended. None is ever removed, so that of two that find a dead writer at once one gets the number and
 * the other sees it. They are folders, filled before they are given their number, because no file system lets a folder
 * take the place of one with something in it; a hard link, which would do for files, exFAT, SMB and much of FUSE have not.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { llemError } from '@llem/core';
import { identitySchema, ownIdentity, stateOf } from '@llem/localhost';
import { z } from 'zod';
import { ensureFolder } from './durable.js';
import { FILES } from './layout.js';

const holderSchema = identitySchema.extend({
  /** ISO 8601, UTC. */
  since: z.string(),
  /** Of this one lock. */
  lockId: z.string(),
});
type Holder = z.output<typeof holderSchema>;

export interface Lock {
  release(): Promise<void>;
}

/** In the folder of a lock. */
const HOLDER_FILE = 'holder.json';

/** What a released lock begins with instead of the brace of its JSON: one byte in place, which needs no room on a full disk. */
const RELEASED = '-';

/** Throws LLEM_E_STORE where another process writes the directory, or may do so on another machine. */
export async function lockDirectory(dir: string): Promise<Lock> {
  const folder = join(dir, FILES.lock);
  await ensureFolder(folder);
  const self: Holder = {
    ...(await ownIdentity()),
    since: new Date().toISOString(),
    lockId: randomUUID(),
  };
  for (;;) {
    const last = Math.max(0, ...(await readdir(folder)).map(numberOf));
    if (last > 0) await requireEnded(dir, join(folder, String(last)), self);
    const path = join(folder, String(last + 1));
    if (await claim(path, `${JSON.stringify(self)}\n`)) return { release: () => markReleased(path) };
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

/** Whatever goes wrong here, the end of this process releases the lock as well. */
async function markReleased(path: string): Promise<void> {
  try {
    const handle = await open(join(path, HOLDER_FILE), constants.O_WRONLY);
    try {
      await handle.write(RELEASED, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
}

async function requireEnded(dir: string, path: string, self: Holder): Promise<void> {
  const text = await readFile(join(path, HOLDER_FILE), 'utf8').catch(() => '');
  if (text.startsWith(RELEASED)) return;
  const holder = parseHolder(text);
  if (!holder) {
    throw llemError('LLEM_E_STORE', `It cannot be told who writes ${dir}: ${path} is damaged.`, {
      remedy: `See that no llem works on this directory, then remove ${path}.`,
    });
  }
  switch (await stateOf(holder, self)) {
    case 'ended':
      return;
    case 'running':
      throw llemError(
        'LLEM_E_STORE',
        `${dir} is in use by another llem: process ${holder.pid}, since ${holder.since}.`,
        { remedy: 'Wait until it has ended, or stop it with Ctrl-C; a directory has one writer at a time.' },
      );
    case 'out-of-sight': {
      const [there, here] = placesOf(holder, self);
      throw llemError(
        'LLEM_E_STORE',
        `${dir} is in use by process ${holder.pid} ${there}, since ${holder.since}; from ${here} it cannot be told whether that still runs.`,
        { remedy: `Resume it there. If nothing runs there any more, remove ${path} first.` },
      );
    }
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Where the holder is and where this process is, as far as they differ. */
function placesOf(holder: Holder, self: Holder): [there: string, here: string] {
  if (holder.host !== self.host) return [`on ${holder.host}`, self.host];
  if (holder.bootId !== self.bootId) return [`on another machine named ${holder.host}`, 'this one'];
  return ['in another container', 'this one'];
}
