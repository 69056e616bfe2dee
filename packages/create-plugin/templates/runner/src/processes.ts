/** The processes of a service: which they are, and how all of them are ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { livingProcesses, readOfProcess, trySignal } from '@llem/localhost/processes';

/** Variable of the engine's environment by which its processes are known even after they left its group. */
export const MARK = 'LLEM_SERVICE';

export interface ServiceProcesses {
  /** The engine's pid: it leads a process group of its own. Null while it is not known. */
  readonly groupId: number | null;
  /** The entry `LLEM_SERVICE=value` of the engine's environment. */
  readonly mark: string;
}

/** On Linux the group, its session and whatever carries the mark; elsewhere nobody tells, and it is empty. */
export function membersOf({ groupId, mark }: ServiceProcesses): number[] {
  return livingProcesses()
    .filter(
      ({ pid, group, session }) =>
        pid !== process.pid &&
        (group === groupId ||
          session === groupId ||
          readOfProcess(pid, 'environ')?.split('\0').includes(mark) === true),
    )
    .map(({ pid }) => pid);
}

export const isRunning = (service: ServiceProcesses): boolean =>
  process.platform === 'linux'
    ? membersOf(service).length > 0
    : service.groupId !== null && trySignal(-service.groupId, 0);

/** To the group first, in one system call: no member can fork its way out between a look and a kill. */
export function signalAll(service: ServiceProcesses, signal: NodeJS.Signals): void {
  if (service.groupId !== null) trySignal(-service.groupId, signal);
  for (const pid of membersOf(service)) trySignal(pid, signal);
}

/** SIGTERM, then, once `killAt()` is past (milliseconds of `performance.now`), SIGKILL until nothing lives; gives up 5 s later. */
export async function endAll(service: ServiceProcesses, killAt: () => number): Promise<boolean> {
  if (performance.now() < killAt()) signalAll(service, 'SIGTERM');
  while (isRunning(service)) {
    if (performance.now() > killAt() + 5_000) return false;
    if (performance.now() > killAt()) signalAll(service, 'SIGKILL');
    await pause(20);
  }
  return true;
}
