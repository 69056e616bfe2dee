/** Memory that the load thread and the harness share: live counters, and the marks of the window. */

const INTS = {
  mark: 0,
  inFlight: 1,
  sent: 2,
  completed: 3,
  failed: 4,
  failedInARow: 5,
  chunks: 6,
  firstChunks: 7,
} as const;
const TIMES = { open: 0, close: 1, lastChunk: 2 } as const;
const INT_BYTES = 64;
const TIME_BYTES = 8 * Object.keys(TIMES).length;
const TEXT_BYTES = 1024;

/** Which mark the next token event is to write. */
export type Mark = 'open' | 'close';
const MARK_CODE = { open: 1, close: 2 } as const;

/** What is happening now. Counts are since the start of the load. */
export interface LoadCounters {
  readonly inFlight: number;
  readonly sent: number;
  readonly completed: number;
  readonly failed: number;
  /** Failures since the last completed request. */
  readonly failedInARow: number;
  /** Token-bearing chunks that have arrived. */
  readonly chunks: number;
  /** Requests that have had their first token. */
  readonly firstChunks: number;
  /** `process.hrtime.bigint()` of the last token-bearing chunk, or of the start of the load. */
  readonly lastChunkNs: bigint;
  /** Class and message of the latest failed request; empty before the first. */
  readonly lastFailure: string;
}

export type CounterName = Exclude<keyof typeof INTS, 'mark'>;

export interface LoadMemory {
  readonly buffer: SharedArrayBuffer;
  add(counter: CounterName, by: number): void;
  clear(counter: CounterName): void;
  read(): LoadCounters;
  /** Asks for the time of the next token event. */
  arm(mark: Mark): void;
  /** Called at every token event; the mark that it wrote, if it was asked for one. */
  onChunk(atNs: bigint): Mark | null;
  /** Sets the time from which silence is counted. */
  touch(atNs: bigint): void;
  /** Keeps class and message of the latest failed request. */
  fail(errorClass: string, message: string): void;
  /** Time that a mark has; null before. */
  markNs(mark: Mark): bigint | null;
}

/** A view of the shared memory; without a buffer it makes a new one. */
export function loadMemory(buffer = new SharedArrayBuffer(INT_BYTES + TIME_BYTES + TEXT_BYTES)): LoadMemory {
  const ints = new Int32Array(buffer, 0, INT_BYTES / 4);
  const times = new BigInt64Array(buffer, INT_BYTES, TIME_BYTES / 8);
  const text = new Uint8Array(buffer, INT_BYTES + TIME_BYTES);
  return {
    buffer,
    add: (counter, by) => Atomics.add(ints, INTS[counter], by),
    clear: (counter) => Atomics.store(ints, INTS[counter], 0),
    read: () => ({
      inFlight: Atomics.load(ints, INTS.inFlight),
      sent: Atomics.load(ints, INTS.sent),
      completed: Atomics.load(ints, INTS.completed),
      failed: Atomics.load(ints, INTS.failed),
      failedInARow: Atomics.load(ints, INTS.failedInARow),
      chunks: Atomics.load(ints, INTS.chunks),
      firstChunks: Atomics.load(ints, INTS.firstChunks),
      lastChunkNs: Atomics.load(times, TIMES.lastChunk),
      // A decoder does not take shared memory: copy the bytes first.
      lastFailure: new TextDecoder().decode(text.slice()).replace(/\0+$/, ''),
    }),
    arm: (mark) => Atomics.store(ints, INTS.mark, MARK_CODE[mark]),
    touch: (atNs) => Atomics.store(times, TIMES.lastChunk, atNs),
    fail(errorClass, message) {
      const bytes = new TextEncoder().encode(`${errorClass}: ${message}`).subarray(0, TEXT_BYTES);
      text.fill(0).set(bytes);
    },
    onChunk(atNs) {
      Atomics.store(times, TIMES.lastChunk, atNs);
      const armed = Atomics.load(ints, INTS.mark);
      if (armed === 0) return null;
      const mark: Mark = armed === MARK_CODE.open ? 'open' : 'close';
      Atomics.store(times, TIMES[mark], atNs);
      Atomics.store(ints, INTS.mark, 0);
      return mark;
    },
    markNs(mark) {
      const at = Atomics.load(times, TIMES[mark]);
      return at === 0n ? null : at;
    },
  };
}
