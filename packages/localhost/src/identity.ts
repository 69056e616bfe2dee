/** Which process somebody is, and whether that one still runs: ids of processes are given again. */
import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';
import { z } from 'zod';

export const identitySchema = z.object({
  pid: z.int().min(1),
  /** When the process began, in clock ticks since the boot; null where the system does not tell. */
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  /** Within which the process has its number: a container may have one of its own. Null where the system does not tell. */
  pidNamespace: z.string().nullable(),
  /** Of the installed system; null where the system does not tell. */
  machineId: z.string().nullable(),
  host: z.string(),
});

/** A process, in a way that can be written down. */
export type ProcessIdentity = z.output<typeof identitySchema>;

/** `out-of-sight`: on another machine, or in a container from which or into which nothing can be told. */
export type ProcessState = 'running' | 'ended' | 'out-of-sight';

/** Of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const textOf = async (path: string) => (await readFile(path, 'utf8').catch(() => null))?.trim() ?? null;
  return {
    pid: process.pid,
    startTicks: (await statOf(process.pid))[1],
    bootId: await textOf('/proc/sys/kernel/random/boot_id'),
    pidNamespace: await readlink('/proc/self/ns/pid').catch(() => null),
    machineId: await textOf('/etc/machine-id'),
    host: os.hostname(),
  };
}

/**
 * As far as it can be told from `self`. A number of a process is given again: only one that began at the same moment of the
 * same boot is the same. A boot of another id is that of another machine, unless the names say that it is this one, started
 * again: machines that were copied from one another may have one id, and machines of different networks one name.
 */
export async function stateOf(other: ProcessIdentity, self: ProcessIdentity): Promise<ProcessState> {
  const isSameName = other.host === self.host && other.machineId === self.machineId;
  if (other.bootId === null || other.bootId !== self.bootId) {
    if (!isSameName) return 'out-of-sight';
    if (other.bootId !== self.bootId) return 'ended';
  }
  if (other.pidNamespace !== self.pidNamespace) return 'out-of-sight';
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'ended';
  }
  const [state, startTicks] = await statOf(other.pid);
  // It has ended, but whoever started it has not asked how: in a container there may be nobody who ever does.
  if (state === 'Z') return 'ended';
  const isSame = startTicks === null || other.startTicks === null || startTicks === other.startTicks;
  return isSame ? 'running' : 'ended';
}

/** Fields 3 and 22 of /proc/PID/stat; the second, the name, may hold blanks and brackets. Null where the system does not tell. */
async function statOf(pid: number): Promise<[state: string | null, startTicks: string | null]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[0] ?? null, fields[19] ?? null];
}
