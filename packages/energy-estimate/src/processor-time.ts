/** The processor time of the machine: how long the threads of each core were busy, all processes together. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { cpus } from 'node:os';
import { processorsIn, readTicks } from './proc-stat.js';
import { readTopology } from './topology.js';

export interface ProcessorTime {
  /** Physical cores. */
  readonly cores: number;
  /** Logical processors. */
  readonly logical: number;
  /** Step of the time of one logical processor, in seconds. */
  readonly stepS: number;
  /**
   * Puts into `out[0..cores)` the busy time of each core since the start of the machine, in seconds, summed over its threads:
   * two busy threads of one core make 2 a second. False when it cannot be read.
   */
  read(out: Float64Array): boolean;
  close(): void;
}

/** USER_HZ, the unit of /proc/stat: 100 a second on every architecture that Node runs on (proc(5)). */
const TICKS_PER_S = 100;
/** "cpu", a number, ten fields of up to 20 digits each with a space, and a line end fit. */
const LINE_BYTES = 224;

/** Where this machine tells its processor time. Throws when it cannot be read. */
export function openProcessorTime(): ProcessorTime {
  return process.platform === 'linux' ? openLinux('/proc/stat', '/sys/devices/system/cpu') : openPortable();
}

/**
 * Linux: /proc/stat on a descriptor that stays open. Which processors are online, and of which core, is as it was when this was opened:
 * one that goes offline adds nothing from then on; one that comes online has no place, so that nothing can be read any more.
 *
 * Throws what `openSync` throws, and where the file tells of no processor or, as in some sandboxes, of none that ever worked.
 */
export function openLinux(statPath: string, topologyPath: string): ProcessorTime {
  const processors = processorsIn(readFileSync(statPath, 'latin1'));
  const { cores, coreOf } = readTopology(topologyPath, processors);
  const ticks = Float64Array.from(coreOf, (core) => (core < 0 ? Number.NaN : 0));
  // One line is the sum, and one of a processor that came online is to be seen.
  const buffer = Buffer.alloc((processors.length + 2) * LINE_BYTES);
  const descriptor = openSync(statPath, 'r');
  const read = (out: Float64Array): boolean => {
    try {
      // Position 0: the kernel makes the text anew for every read from the beginning.
      if (!readTicks(buffer, readSync(descriptor, buffer, 0, buffer.length, 0), ticks)) return false;
    } catch {
      return false;
    }
    out.fill(0, 0, cores);
    for (let processor = 0; processor < coreOf.length; processor += 1) {
      const core = coreOf[processor] ?? -1;
      if (core >= 0) out[core] = (out[core] ?? 0) + (ticks[processor] ?? 0) / TICKS_PER_S;
    }
    return true;
  };
  const first = new Float64Array(cores);
  if (!read(first) || first.every((busyS) => busyS === 0)) {
    closeSync(descriptor);
    throw new Error(`${statPath} tells of no processor that worked`);
  }
  return {
    cores,
    logical: processors.length,
    stepS: 1 / TICKS_PER_S,
    read,
    close: () => closeSync(descriptor),
  };
}

/** Elsewhere: what Node tells, in milliseconds; each reading allocates. Every logical processor counts as a core. */
export function openPortable(): ProcessorTime {
  const logical = cpus().length;
  if (logical === 0) throw new Error('the system tells of no processor');
  return {
    cores: logical,
    logical,
    stepS: 1 / TICKS_PER_S,
    read: (out) => {
      const now = cpus();
      for (const [index, { times }] of now.entries()) {
        if (index < logical) out[index] = (times.user + times.nice + times.sys + times.irq) / 1_000;
      }
      return now.length === logical;
    },
    close: () => undefined,
  };
}
