/** Processor time of this machine over an interval that neither llem nor the engine used. Linux. */
import { readFileSync } from 'node:fs';
import type { Service } from '@llem/core';

/** Of /proc/stat and /proc/<pid>/stat: USER_HZ, which is 100 on every architecture of Linux (time(7)). */
const TICKS_PER_S = 100;

/** Seconds of processor time since some origin. */
export interface ProcessorReading {
  readonly atNs: bigint;
  /** Of the whole machine. */
  readonly busyS: number;
  readonly cores: number;
  readonly ownS: number;
  /** Of the engine's processes, and of their children that have ended; null when its runner does not tell them. */
  readonly engineS: number | null;
}

/** Null where the system has no /proc/stat. */
export async function readProcessor(service: Service): Promise<ProcessorReading | null> {
  const machine = readMachine();
  const own = process.cpuUsage();
  const atNs = process.hrtime.bigint();
  if (machine === null) return null;
  const pids = await service.processes();
  const times = pids?.filter((pid) => pid !== process.pid).map(processS);
  return {
    atNs,
    ...machine,
    ownS: (own.user + own.system) / 1e6,
    engineS: times?.reduce((sum, seconds) => sum + seconds, 0) ?? null,
  };
}

/** Cores that others kept busy between two readings; null where it cannot be told. Ticks of 10 ms may make it less than nothing: 0. */
export function foreignCores(start: ProcessorReading | null, end: ProcessorReading | null): number | null {
  if (!start || !end || start.engineS === null || end.engineS === null) return null;
  const seconds = Number(end.atNs - start.atNs) / 1e9;
  const foreignS = end.busyS - start.busyS - (end.ownS - start.ownS) - (end.engineS - start.engineS);
  return Math.max(0, foreignS / seconds);
}

function readMachine(): Pick<ProcessorReading, 'busyS' | 'cores'> | null {
  const lines = read('/proc/stat')?.split('\n') ?? [];
  const all = lines.find((line) => line.startsWith('cpu '));
  if (all === undefined) return null;
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, and others; a guest's time is in user as well.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = all
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return {
    busyS: (user + nice + system + irq + softirq) / TICKS_PER_S,
    cores: lines.filter((line) => /^cpu\d/.test(line)).length,
  };
}

/** 0 for a process that has gone: what it used is its parent's by then. */
function processS(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return 0;
  // proc_pid_stat(5): after the name, which may hold anything, field 3 is the first; 14 to 17 are utime, stime, cutime, cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_S;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
