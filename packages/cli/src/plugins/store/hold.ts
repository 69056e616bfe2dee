/** One command at a time changes the installed plugins. */
import { realpath } from 'node:fs/promises';
import { llemError } from '@llem/core';
import { z } from 'zod';
import { localTime } from '../../locks/hold.js';
import { addressOf, lookAt, tryLock, type Lock } from '../../locks/socket.js';

const holderSchema = z.object({
  pid: z.int().min(1),
  /** What it does, such as `plugins install`. */
  command: z.string().regex(/^[a-z ]{1,64}$/),
  /** ISO 8601. */
  since: z.iso.datetime(),
});

/** Nothing else than Linux frees a lock however its process ends; elsewhere two commands at once are up to the user. */
const UNLOCKED: Lock = { release: () => undefined };

/** Null where another command changes the store. */
async function tryHoldStore(dataDir: string, command: string): Promise<Lock | null> {
  if (process.platform !== 'linux') return UNLOCKED;
  const since = new Date().toISOString();
  return tryLock(await addressOfStore(dataDir), () => ({ pid: process.pid, command, since }));
}

/** Throws LLEM_E_BUSY, with who changes it. */
export async function holdStore(dataDir: string, command: string): Promise<Lock> {
  for (;;) {
    const lock = await tryHoldStore(dataDir, command);
    if (lock !== null) return lock;
    const held = await lookAt(await addressOfStore(dataDir), holderSchema);
    // Nobody there: it has become free since.
    if (held === null) continue;
    held.leave();
    const { holder } = held;
    const who =
      holder === null
        ? 'Another llem'
        : `\`llem ${holder.command}\` (pid ${holder.pid}, since ${localTime(holder.since)})`;
    throw llemError('LLEM_E_BUSY', `${who} is changing the plugins in ${dataDir}.`, {
      remedy: 'Run it again when that has ended.',
    });
  }
}

/** The folder has to be there. */
async function addressOfStore(dataDir: string): Promise<string> {
  return addressOf('plugins', await realpath(dataDir));
}
