/**
 * Memory that the load threads and the harness share: live counters, and the marks of the window. Every thread writes
 * counters of its own, so that none waits for another; a reader adds them up. The marks are for all of them.
 */

const COUNTERS = {
  inFlight: 0,
  sent: 1,
  completed: 2,
  failed: 3,
  failedInARow: 4,
  chunks: 5,
  firstChunks: 6,
  /** Nanoseconds since the origin. */
  lastChunkNs: 7,
  begun: 8,
  over: 9,
} as const;
const PER_THREAD = Object.keys(COUNTERS).length;

const MARK_BYTES = 8;
/** Of the marks, and the earliest time that the armed one may have. */
const TIMES = { open: 0, close: 1, earliest: 2 } as const;
const TIME_BYTES = 8 * Object.keys(TIMES).length;
const HEAD_BYTES = MARK_BYTES + TIME_BYTES;
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
  /** Conversations that have begun, and those of them that have ended; a prompt without follow-ups is one of one turn. */
  readonly begun: number;
  readonly over: number;
  /** `process.hrtime.bigint()` of the last token-bearing chunk, or of the start of the load. */
  readonly lastChunkNs: bigint;
  /** Class and message of the latest failed request; empty before the first. */
  readonly lastFailure: string;
}

export type CounterName = Exclude<keyof typeof COUNTERS, 'lastChunkNs'>;

/** The view of the harness. */
export interface LoadMemory {
  readonly buffer: SharedArrayBuffer;
  /** `originNs`: `process.hrtime.bigint()` at time 0 of the load. */
  read(originNs: bigint): LoadCounters;
  /** Asks for the time of the next token event, in whichever thread. */
  /** The next token that arrives from now on writes it; one that has only waited to be read does not. */
  arm(mark: Mark): void;
  /** Time that a mark has, `process.hrtime.bigint()`; null before. */
  markNs(mark: Mark): bigint | null;
}

/** The view of one thread. */
export interface ThreadMemory {
  add(counter: CounterName, by: number): void;
  clear(counter: CounterName): void;
  /** Called at every token event, with nanoseconds since the origin; the mark that it wrote, if it was asked for one. */
  onChunk(atNs: number, originNs: bigint): Mark | null;
  /** Keeps class and message of the latest failed request. */
  fail(errorClass: string, message: string): void;
  markNs(mark: Mark): bigint | null;
}

interface Views {
  readonly mark: Int32Array;
  readonly times: BigInt64Array;
  readonly text: Uint8Array;
  readonly counters: Float64Array;
}

function viewsOf(buffer: SharedArrayBuffer): Views {
  return {
    mark: new Int32Array(buffer, 0, 1),
    times: new BigInt64Array(buffer, MARK_BYTES, TIME_BYTES / 8),
    text: new Uint8Array(buffer, HEAD_BYTES, TEXT_BYTES),
    counters: new Float64Array(buffer, HEAD_BYTES + TEXT_BYTES),
  };
}

function readMark({ times }: Views, mark: Mark): bigint | null {
  const at = Atomics.load(times, TIMES[mark]);
  return at === 0n ? null : at;
}

export function createLoadMemory(threads: number): LoadMemory {
  const buffer = new SharedArrayBuffer(HEAD_BYTES + TEXT_BYTES + 8 * PER_THREAD * threads);
  const views = viewsOf(buffer);
  const { mark, times, text, counters } = views;
  const of = (counter: keyof typeof COUNTERS) =>
    Array.from({ length: threads }, (_, thread) => counters[thread * PER_THREAD + COUNTERS[counter]] ?? 0);
  const sum = (counter: keyof typeof COUNTERS) => of(counter).reduce((total, count) => total + count, 0);
  return {
    buffer,
    read(originNs) {
      const inARow = of('failedInARow');
      const ended = of('completed');
      // A thread whose last request completed shows that the engine answers.
      const answers = inARow.some((failures, thread) => failures === 0 && (ended[thread] ?? 0) > 0);
      return {
        inFlight: sum('inFlight'),
        sent: sum('sent'),
        completed: sum('completed'),
        failed: sum('failed'),
        failedInARow: answers ? 0 : inARow.reduce((total, failures) => total + failures, 0),
        chunks: sum('chunks'),
        firstChunks: sum('firstChunks'),
        begun: sum('begun'),
        over: sum('over'),
        lastChunkNs: originNs + BigInt(Math.round(Math.max(...of('lastChunkNs')))),
        // A decoder does not take shared memory: copy the bytes first.
        lastFailure: new TextDecoder().decode(text.slice()).replace(/\0+$/, ''),
      };
    },
    arm(which) {
      Atomics.store(times, TIMES.earliest, process.hrtime.bigint());
      Atomics.store(mark, 0, MARK_CODE[which]);
    },
    markNs: (which) => readMark(views, which),
  };
}

export function openThreadMemory(buffer: SharedArrayBuffer, thread: number): ThreadMemory {
  const views = viewsOf(buffer);
  const { mark, times, text, counters } = views;
  const base = thread * PER_THREAD;
  const add = (at: number, by: number) => {
    counters[at] = (counters[at] ?? 0) + by;
  };
  return {
    add: (counter, by) => add(base + COUNTERS[counter], by),
    clear(counter) {
      counters[base + COUNTERS[counter]] = 0;
    },
    onChunk(atNs, originNs) {
      add(base + COUNTERS.chunks, 1);
      counters[base + COUNTERS.lastChunkNs] = atNs;
      const armed = Atomics.load(mark, 0);
      if (armed === 0) return null;
      const arrivedNs = originNs + BigInt(Math.round(atNs));
      // The kernel may have stamped it before: a window closed by it would be shorter than it was held.
      if (arrivedNs < Atomics.load(times, TIMES.earliest)) return null;
      // Of several threads that see it, one writes.
      if (Atomics.compareExchange(mark, 0, armed, 0) !== armed) return null;
      const which: Mark = armed === MARK_CODE.open ? 'open' : 'close';
      Atomics.store(times, TIMES[which], arrivedNs);
      return which;
    },
    fail(errorClass, message) {
      const bytes = new TextEncoder().encode(`${errorClass}: ${message}`).subarray(0, TEXT_BYTES);
      text.fill(0).set(bytes);
    },
    markNs: (which) => readMark(views, which),
  };
}
