/** Which logical processors are threads of one physical core, as Linux tells. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Topology {
  /** Physical cores. */
  readonly cores: number;
  /** By the number of a logical processor, the index of its core; -1 for numbers that no processor has. */
  readonly coreOf: readonly number[];
}

/** Both list the threads of a processor's core; the second is the first's older name (Linux, admin-guide/cputopology). */
const SIBLING_FILES = ['core_cpus_list', 'thread_siblings_list'];

/**
 * The cores of some processors. `path` is /sys/devices/system/cpu. A processor whose siblings are not told is a core of its own.
 */
export function readTopology(path: string, processors: readonly number[]): Topology {
  const cores = new Map<string, number>();
  const coreOf: number[] = new Array<number>(Math.max(-1, ...processors) + 1).fill(-1);
  for (const processor of processors) {
    const core = siblingsOf(path, processor) ?? `processor ${processor}`;
    const index = cores.get(core) ?? cores.size;
    cores.set(core, index);
    coreOf[processor] = index;
  }
  return { cores: cores.size, coreOf };
}

function siblingsOf(path: string, processor: number): string | null {
  for (const file of SIBLING_FILES) {
    try {
      const list = readFileSync(join(path, `cpu${processor}`, 'topology', file), 'latin1').trim();
      if (list !== '') return list;
    } catch {
      continue;
    }
  }
  return null;
}
