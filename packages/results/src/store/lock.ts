/**
 * Who writes a result directory: one process at a time. `.lock/` holds a file for every writer there was, 1, 2, 3 ...; the
 * highest is the one that counts. It is taken by making the next number, which only one process can, and only once the
 * one before has ended. No file is ever removed, so that of two that find a dead writer at once one gets the number and
 * the other sees it.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, readdir, readFile, unlink } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { llemError } from '@llem/core';
import { z } from 'zod';
import { ensureFolder } from './durable.js';
import { errnoOf } from './failure.js';
import { FILES } from './layout.js';

const holderSchema = z.object({
  pid: z.int().min(1),
  /** When the process began, in clock ticks since the boot; null where the system does not tell. */
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  host: z.string(),
  /** ISO 8601, UTC. */
  since: z.string(),
});
type Holder = z.output<typeof holderSchema>;

export interface Lock {
  release(): Promise<void>;
}

/** What a released lock begins with instead of the brace of its JSON: one byte in place, which needs no room on a full disk. */
const RELEASED = '-';

/** Throws LLEM_E_STORE where another process writes the directory, or may do so on another machine. */
export async function lockDirectory(dir: string): Promise<Lock> {
  const folder = join(dir, FILES.lock);
  await ensureFolder(folder);
  const self = await ownIdentity();
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

/** Makes the file whole or not at all; false where somebody else has made it. */
async function claim(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Whatever goes wrong here, the end of this process releases the lock as well. */
async function markReleased(path: string): Promise<void> {
  try {
    const handle = await open(path, constants.O_WRONLY);
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
  const text = await readFile(path, 'utf8');
  if (text.startsWith(RELEASED)) return;
  const holder = parseHolder(text);
  if (!holder) {
    throw llemError('LLEM_E_STORE', `It cannot be told who writes ${dir}: ${path} is damaged.`, {
      remedy: `See that no llem works on this directory, then remove ${path}.`,
    });
  }
  if (holder.host !== self.host) {
    throw llemError(
      'LLEM_E_STORE',
      `${dir} is in use by process ${holder.pid} on ${holder.host}, since ${holder.since}; from ${self.host} it cannot be told whether that still runs.`,
      { remedy: `Resume it on ${holder.host}. If nothing runs there any more, remove ${path} first.` },
    );
  }
  if (await isRunning(holder, self)) {
    throw llemError(
      'LLEM_E_STORE',
      `${dir} is in use by another llem: process ${holder.pid}, since ${holder.since}.`,
      { remedy: 'Wait until it has ended, or stop it with Ctrl-C; a directory has one writer at a time.' },
    );
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** A number of a process is given again: only one that began at the same moment of the same boot is the same. */
async function isRunning(holder: Holder, self: Holder): Promise<boolean> {
  if (holder.bootId !== self.bootId) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
  }
  const startTicks = await startTicksOf(holder.pid);
  return startTicks === null || holder.startTicks === null || startTicks === holder.startTicks;
}

async function ownIdentity(): Promise<Holder> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  return {
    pid: process.pid,
    startTicks: await startTicksOf(process.pid),
    bootId: bootId?.trim() ?? null,
    host: os.hostname(),
    since: new Date().toISOString(),
  };
}

/** Field 22 of /proc/PID/stat; the second, the name, may hold blanks and brackets. */
async function startTicksOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
