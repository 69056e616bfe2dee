/** The processes of a service: who they are, whether any is left, and signals to all of them. Imported by its supervisor. */
import { setTimeout as pause } from 'node:timers/promises';
import { livingProcesses, readOfProcess, trySignal, type ProcessStat } from '../processes.js';

/** Variable of an engine's environment by which its processes are known even after they left its group (Linux). */
export const SERVICE_MARK = 'LLEM_SERVICE';

export interface ServiceProcesses {
  /** The engine's pid: it leads a session and a group of its own. Null when it is not known. */
  readonly groupId: number | null;
  /** The entry `SERVICE_MARK=value` of the engine's environment. */
  readonly mark: string;
}

/** True while a process of the service lives. Zombies do not count: nobody may be there to reap them. */
export function isRunning(service: ServiceProcesses): boolean {
  if (process.platform === 'linux') return livingMembers(service).length > 0;
  return service.groupId !== null && trySignal(-service.groupId, 0);
}

/** Process ids of the service's living processes; null on systems that do not tell of all of them. */
export function servicePids(service: ServiceProcesses): number[] | null {
  return process.platform === 'linux' ? livingMembers(service).map(({ pid }) => pid) : null;
}

/** Sends a signal to every process of the service. */
export function signalService(service: ServiceProcesses, signal: NodeJS.Signals): void {
  // The group first, in one system call: no member can fork its way out between a look and a kill.
  if (service.groupId !== null) trySignal(-service.groupId, signal);
  if (process.platform !== 'linux') return;
  for (const member of livingMembers(service)) {
    if (member.group !== service.groupId) trySignal(member.pid, signal);
  }
}

/** SIGKILL to every process of the service until none lives, or until `limitMs` is over. False when some still live. */
export async function killService(service: ServiceProcesses, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (isRunning(service)) {
    if (performance.now() > until) return false;
    signalService(service, 'SIGKILL');
    await pause(10);
  }
  return true;
}

/** Linux: the group, its session, what carries the mark, and the children of all these. */
function livingMembers(service: ServiceProcesses): ProcessStat[] {
  const others = livingProcesses().filter(({ pid }) => pid !== process.pid);
  const { groupId } = service;
  const members = new Map<number, ProcessStat>();
  for (const found of others) {
    const inGroup = groupId !== null && (found.group === groupId || found.session === groupId);
    if (inGroup || carriesMark(found.pid, service.mark)) members.set(found.pid, found);
  }
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const found of others) if (members.has(found.parent)) members.set(found.pid, found);
  }
  return [...members.values()];
}

function carriesMark(pid: number, mark: string): boolean {
  return readOfProcess(pid, 'environ')?.split('\0').includes(mark) ?? false;
}
