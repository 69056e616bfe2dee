/** Processes of this machine as Linux shows them in /proc; none elsewhere. Apart from the rest, as supervisors import next to nothing. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** Those that this process can see. Zombies do not count: nobody may be there to reap them. */
export function livingProcesses(): ProcessStat[] {
  return pidsOfProc().flatMap((pid) => {
    const stat = readOfProcess(pid, 'stat');
    if (stat === null) return [];
    // proc_pid_stat(5): "pid (comm) state ppid pgrp session ..."; comm may hold anything, so from the last parenthesis on.
    const [state, ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 4);
    const [parent = 0, group = 0, session = 0] = numbers.map(Number);
    return state === 'Z' || state === 'X' ? [] : [{ pid, parent, group, session }];
  });
}

/** A file of its folder in /proc; null when the process has gone, or belongs to somebody else. */
export function readOfProcess(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return null;
  }
}

/** False when there is no such process, or it is not this user's to signal. A negative pid means a group. */
export function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function pidsOfProc(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
