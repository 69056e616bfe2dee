/** The processor time of the machine: how long its logical processors were busy, all processes together. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

export interface ProcessorTime {
  /** Physical cores. */
  readonly cores: number;
  /** Logical processors. */
  readonly logical: number;
  /** Step of `busyS`, in seconds. */
  readonly stepS: number;
  /** Busy time summed over logical processors since the start of the machine, in seconds; NaN when it cannot be read. */
  busyS(): number;
  close(): void;
}

/** USER_HZ, the unit of /proc/stat: 100 a second on every architecture that Node runs on (proc(5)). */
const TICKS_PER_S = 100;
/** Fields of the first line that count: user, nice, system, irq, softirq. Guests are in user and nice already. */
const BUSY_FIELDS = [true, true, true, false, false, true, true];
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/** Where this machine tells its processor time. Throws when it cannot be opened. */
export function openProcessorTime(): ProcessorTime {
  return process.platform === 'linux' ? openLinux('/proc/stat', '/sys/devices/system/cpu') : openPortable();
}

/** Linux: /proc/stat on a descriptor that stays open. Throws what `openSync` throws. */
export function openLinux(statPath: string, topologyPath: string): ProcessorTime {
  const logical = Math.max(1, cpus().length);
  const descriptor = openSync(statPath, 'r');
  // "cpu " and seven numbers of up to 20 digits fit.
  const buffer = Buffer.alloc(256);
  return {
    cores: coresOf(topologyPath) ?? logical,
    logical,
    stepS: 1 / TICKS_PER_S,
    busyS() {
      try {
        return busyTicks(buffer, readSync(descriptor, buffer, 0, buffer.length, 0)) / TICKS_PER_S;
      } catch {
        return Number.NaN;
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** Elsewhere: what Node tells, in milliseconds; each reading allocates. */
function openPortable(): ProcessorTime {
  const logical = Math.max(1, cpus().length);
  return {
    cores: logical,
    logical,
    stepS: 1 / TICKS_PER_S,
    busyS: () => {
      const ms = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
      return ms > 0 ? ms / 1_000 : Number.NaN;
    },
    close: () => undefined,
  };
}

/**
 * The busy ticks of a "cpu " line: user, nice, system, irq, softirq. Not idle and iowait, in which the processor waits; not steal, in
 * which the host let others run on it, so that the energy is theirs. NaN when it is no such line.
 */
export function busyTicks(bytes: Uint8Array, length: number): number {
  let busy = 0;
  let field = 0;
  let index = 3;
  while (index < length && field < BUSY_FIELDS.length) {
    while (bytes[index] === SPACE) index += 1;
    let value = 0;
    const start = index;
    for (; index < length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
    }
    if (index === start) break;
    if (BUSY_FIELDS[field] === true) busy += value;
    field += 1;
  }
  // Kernels before 2.6 have four fields; fewer is no line of the processor.
  return field >= 4 ? busy : Number.NaN;
}

/** Physical cores: as many as there are different lists of sibling threads. Null where the machine does not tell. */
function coresOf(topologyPath: string): number | null {
  try {
    const folders = readdirSync(topologyPath).filter((name) => /^cpu\d+$/.test(name));
    const siblings = folders.flatMap((name) => {
      try {
        return [readFileSync(join(topologyPath, name, 'topology', 'thread_siblings_list'), 'latin1')];
      } catch {
        // A processor that is offline has no topology.
        return [];
      }
    });
    return siblings.length > 0 ? new Set(siblings).size : null;
  } catch {
    return null;
  }
}
