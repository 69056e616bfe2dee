/**
 * The processes of a container, found by their control group, whose name has the container's id under every engine. Nobody is asked: the
 * engine may be what has gone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { livingProcesses, readOfProcess, trySignal } from '@llem/localhost/processes';

/** As this process counts process ids; null where none is seen, as where the engine runs in a virtual machine. */
export function containerPids(id: string): number[] | null {
  const pids = livingProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => readOfProcess(pid, 'cgroup')?.includes(id));
  return pids.length === 0 ? null : pids;
}

/** SIGKILL to all of them until none lives, for `limitMs` at most. Gives those that still live. */
export async function killProcesses(id: string, limitMs: number): Promise<readonly number[]> {
  const until = performance.now() + limitMs;
  for (;;) {
    const pids = containerPids(id) ?? [];
    const isOver = pids.filter((pid) => trySignal(pid, 'SIGKILL')).length === 0 || performance.now() > until;
    if (isOver) return pids;
    await pause(20);
  }
}
