/** Whose processes were seen on which GPU. Pure. */
import type { DeviceState } from '@llem/core';
import type { Company, Look } from './watch.js';

export interface Users {
  /** By GPU: processes that are not the engine's; a sentence's part where nobody can tell. */
  readonly foreign: ReadonlyMap<string, NonNullable<DeviceState['foreignProcesses']> | string>;
  /** GPUs that the engine's processes were seen on; a sentence's part where nobody can tell. */
  readonly engineGpus: readonly string[] | string;
}

const NOT_TOLD = 'its meter does not tell who uses it';
const NO_TREE = 'the runner does not tell which processes the engine has';
const UNSEEN =
  'no process of the engine is seen on a GPU, so that its processes cannot be told from others (it uses none, or its process ids are counted elsewhere)';

/**
 * Process ids may be those of another namespace, as they are in containers. So the engine's are known only where one of them is
 * seen on some GPU; else a process is a stranger for sure only where it had been there before the engine was started.
 */
export function usersOf(gpuIds: readonly string[], { before, ready, inside, ours }: Company): Users {
  const looks = [ready, ...inside];
  const onGpus = ours && gpusWith(looks, (pid) => ours.has(pid));
  const isKnown = onGpus !== null && onGpus.length > 0;
  const untold = [...ready.values()].every((list) => list === null);
  const why = untold ? NOT_TOLD : ours === null ? NO_TREE : UNSEEN;
  const foreign = gpuIds.map((id): [string, NonNullable<DeviceState['foreignProcesses']> | string] => {
    if (inside.length === 0 || inside.some((look) => !look.get(id))) return [id, NOT_TOLD];
    const there = seenOn(inside, id);
    if (isKnown) return [id, there.filter(({ pid }) => !ours?.has(pid))];
    const earlier = new Set((before.get(id) ?? []).map(({ pid }) => pid));
    const strangers = there.filter(({ pid }) => earlier.has(pid));
    return [id, strangers.length > 0 ? strangers : why];
  });
  return { foreign: new Map(foreign), engineGpus: isKnown ? onGpus : why };
}

function gpusWith(looks: readonly Look[], isOurs: (pid: number) => boolean): string[] {
  const ids = looks.flatMap((look) =>
    [...look].flatMap(([id, list]) => (list?.some(({ pid }) => isOurs(pid)) ? [id] : [])),
  );
  return [...new Set(ids)];
}

/** Each process once, with the most memory that it was seen to hold. */
function seenOn(looks: readonly Look[], id: string): NonNullable<DeviceState['foreignProcesses']> {
  const byPid = new Map<number, number | null>();
  for (const { pid, memoryBytes } of looks.flatMap((look) => look.get(id) ?? [])) {
    const known = byPid.get(pid) ?? null;
    byPid.set(pid, memoryBytes === null ? known : Math.max(memoryBytes, known ?? 0));
  }
  return [...byPid].map(([pid, memoryBytes]) => ({ pid, memoryBytes }));
}
