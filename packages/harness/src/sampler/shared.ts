/** Memory that the sampler thread and the harness share: a ring of readings and its controls. */

const INTS = {
  command: 0,
  head: 1,
  tail: 2,
  lateTicks: 3,
  missedTicks: 4,
  lost: 5,
  readErrors: 6,
  ticks: 7,
} as const;
const CONTROL_BYTES = 64;
/** Before the values of a row: probe index, time. */
const ROW_HEAD = 2;
/** Rows of the ring; at 10 ms and three probes more than 20 s without a reader. */
const ROWS = 8192;

/** `run` polls at each probe's own period, `edge` as fast as its source allows, `stop` ends the thread. */
export type SamplerCommand = 'run' | 'edge' | 'stop';
const COMMANDS = ['run', 'edge', 'stop'] as const;

/** One reading of all channels of a probe. */
export interface Reading {
  readonly probe: number;
  /** `process.hrtime.bigint()` at the middle of the reading. */
  readonly atNs: bigint;
  /** One value a channel, NaN where it could not be read. */
  readonly values: Float64Array;
}

/** Since the sampler's start. */
export interface SamplerCounts {
  readonly ticks: number;
  readonly lateTicks: number;
  readonly missedTicks: number;
  readonly failedReadings: number;
  readonly lostReadings: number;
}

export interface SamplerMemory {
  readonly buffer: SharedArrayBuffer;
  /** Harness to thread; wakes the thread. */
  command(command: SamplerCommand): void;
  /** Thread: waits until `ms` have passed or the command changes from `current`, and gives the command. */
  wait(current: SamplerCommand, ms: number): SamplerCommand;
  /** Thread: appends a row; counts it as lost when the reader is too far behind. */
  write(probe: number, atNs: bigint, values: Float64Array, count: number): void;
  /** Harness: everything since the last call. */
  drain(): Reading[];
  countTick(): void;
  countLate(): void;
  countMissed(ticks: number): void;
  countReadError(): void;
  counts(): SamplerCounts;
}

/** A view of the ring. `originNs` keeps times exact in doubles. */
export function samplerMemory(
  channels: number,
  originNs: bigint,
  buffer = new SharedArrayBuffer(CONTROL_BYTES + 8 * ROWS * (ROW_HEAD + channels)),
): SamplerMemory {
  const ints = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
  const rows = new Float64Array(buffer, CONTROL_BYTES);
  const width = ROW_HEAD + channels;
  const commandNow = (): SamplerCommand => COMMANDS[Atomics.load(ints, INTS.command)] ?? 'stop';

  return {
    buffer,
    command(command) {
      Atomics.store(ints, INTS.command, COMMANDS.indexOf(command));
      Atomics.notify(ints, INTS.command);
    },
    wait(current, ms) {
      if (ms > 0) Atomics.wait(ints, INTS.command, COMMANDS.indexOf(current), ms);
      return commandNow();
    },
    write(probe, atNs, values, count) {
      const head = Atomics.load(ints, INTS.head);
      if (head - Atomics.load(ints, INTS.tail) >= ROWS) {
        Atomics.add(ints, INTS.lost, 1);
        return;
      }
      const at = (head % ROWS) * width;
      rows[at] = probe;
      rows[at + 1] = Number(atNs - originNs);
      for (let i = 0; i < count; i += 1) rows[at + ROW_HEAD + i] = values[i] ?? NaN;
      Atomics.store(ints, INTS.head, head + 1);
    },
    drain() {
      const head = Atomics.load(ints, INTS.head);
      const out: Reading[] = [];
      for (let row = Atomics.load(ints, INTS.tail); row < head; row += 1) {
        const at = (row % ROWS) * width;
        out.push({
          probe: rows[at] ?? 0,
          atNs: originNs + BigInt(rows[at + 1] ?? 0),
          values: rows.slice(at + ROW_HEAD, at + width),
        });
      }
      Atomics.store(ints, INTS.tail, head);
      return out;
    },
    countTick: () => Atomics.add(ints, INTS.ticks, 1),
    countLate: () => Atomics.add(ints, INTS.lateTicks, 1),
    countMissed: (ticks) => Atomics.add(ints, INTS.missedTicks, ticks),
    countReadError: () => Atomics.add(ints, INTS.readErrors, 1),
    counts: () => ({
      ticks: Atomics.load(ints, INTS.ticks),
      lateTicks: Atomics.load(ints, INTS.lateTicks),
      missedTicks: Atomics.load(ints, INTS.missedTicks),
      lostReadings: Atomics.load(ints, INTS.lost),
      failedReadings: Atomics.load(ints, INTS.readErrors),
    }),
  };
}
