/** Memory that the sampler thread and the harness share: commands, a ring of readings, and the tally. */
import type { Kind } from './rates.js';
import { createTally, tallyBytes, type Tally } from './tally.js';

const INTS = { command: 0, head: 1, tail: 2, lost: 3 } as const;
const CONTROL_BYTES = 16;
/** Channel, time, what the call took, value, code. */
const ROW = 5;
/** Eight GPUs make some 600 readings a second, at an edge twice as many: a minute without a reader. */
const ROWS = 65_536;

/** `run` polls at each channel's ordinary rate, `edge` fast, `stop` ends the thread. */
export type SamplerCommand = 'run' | 'edge' | 'stop';
const COMMANDS = ['run', 'edge', 'stop'] as const;

/**
 * Takes a reading in: of which channel, the middle of its call (in nanoseconds since the origin), what the call took (in nanoseconds),
 * its value, the code it came with.
 */
export type TakeReading = (
  channel: number,
  atNs: number,
  callNs: number,
  value: number,
  code: number,
) => void;

export interface SamplerMemory {
  readonly buffer: SharedArrayBuffer;
  readonly tally: Tally;
  /** Harness to thread; wakes the thread. */
  command(command: SamplerCommand): void;
  /** Thread: waits until `ms` have passed or the command changes from `current`, and gives the command. */
  wait(current: SamplerCommand, ms: number): SamplerCommand;
  /** Thread: appends a reading; counts it as lost when the reader is too far behind. */
  readonly write: TakeReading;
  /** Harness: everything since the last call. */
  drain(take: TakeReading): void;
  /** Readings that found no room. */
  lost(): number;
}

/** A view of `buffer`, for channels of these kinds. */
export function samplerMemory(
  kinds: readonly Kind[],
  buffer = new SharedArrayBuffer(CONTROL_BYTES + 8 * ROWS * ROW + tallyBytes(kinds.length)),
): SamplerMemory {
  const ints = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
  const rows = new Float64Array(buffer, CONTROL_BYTES, ROWS * ROW);
  const commandNow = (): SamplerCommand => COMMANDS[Atomics.load(ints, INTS.command)] ?? 'stop';

  return {
    buffer,
    tally: createTally(kinds, buffer, CONTROL_BYTES + rows.byteLength),
    command(command) {
      Atomics.store(ints, INTS.command, COMMANDS.indexOf(command));
      Atomics.notify(ints, INTS.command);
    },
    wait(current, ms) {
      if (ms > 0) Atomics.wait(ints, INTS.command, COMMANDS.indexOf(current), ms);
      return commandNow();
    },
    write(channel, atNs, callNs, value, code) {
      const head = Atomics.load(ints, INTS.head);
      if (head - Atomics.load(ints, INTS.tail) >= ROWS) {
        Atomics.add(ints, INTS.lost, 1);
        return;
      }
      const at = (head % ROWS) * ROW;
      rows[at] = channel;
      rows[at + 1] = atNs;
      rows[at + 2] = callNs;
      rows[at + 3] = value;
      rows[at + 4] = code;
      Atomics.store(ints, INTS.head, head + 1);
    },
    drain(take) {
      const head = Atomics.load(ints, INTS.head);
      for (let row = Atomics.load(ints, INTS.tail); row < head; row += 1) {
        const at = (row % ROWS) * ROW;
        take(
          rows[at] ?? 0,
          rows[at + 1] ?? 0,
          rows[at + 2] ?? 0,
          rows[at + 3] ?? Number.NaN,
          rows[at + 4] ?? 0,
        );
      }
      Atomics.store(ints, INTS.tail, head);
    },
    lost: () => Atomics.load(ints, INTS.lost),
  };
}
