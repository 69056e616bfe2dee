/** Keeps the log of an engine that writes without end from filling the disk: of a long one the two ends stay. */
import { appendFileSync, closeSync, constants, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

const MIB = 1024 * 1024;

/** What a finished log may have, in bytes. */
export const LOG_LIMIT_BYTES = 16 * MIB;
/** What a log may take while its engine runs, so that it is hardly ever cut then, in bytes. */
const RUNNING_LIMIT_BYTES = 128 * MIB;
/** What stays of either end of a log that was cut, in bytes. */
const END_BYTES = 4 * MIB;
const LF = 0x0a;

/** Both throw what the file system throws. */
export interface LogLimit {
  /** Cuts a log of this size, which the engine appends to, back to its beginning where it is too long; gives where that ends. */
  hold(size: number): number;
  /** Once the engine has ended: writes the end of a log that was or is too long after its beginning, and how much was left out. */
  finish(): void;
}

export function createLogLimit(path: string): LogLimit {
  let headEnd: number | null = null;
  /** The last of what was cut off. It is written at the end, so that no line of the engine comes before it. */
  let kept = Buffer.alloc(0);
  let removed = 0;
  return {
    hold(size) {
      if (size <= RUNNING_LIMIT_BYTES) return size;
      return withFile(path, (file) => {
        headEnd ??= endOfLines(read(file, 0));
        const { last, endsAt } = readToEnd(file);
        // At once: what the engine writes between the last read and this is lost.
        ftruncateSync(file, headEnd);
        kept = Buffer.concat(last).subarray(-END_BYTES);
        removed += endsAt - headEnd;
        return headEnd;
      });
    },
    finish() {
      withFile(path, (file) => {
        const { size } = fstatSync(file);
        if (removed === 0 && size <= LOG_LIMIT_BYTES) return;
        headEnd ??= endOfLines(read(file, 0));
        const end = Buffer.concat([kept, read(file, Math.max(headEnd, size - END_BYTES))]).subarray(
          -END_BYTES,
        );
        const tail = end.subarray(end.indexOf(LF) + 1);
        const leftOut = removed + size - headEnd - tail.length;
        ftruncateSync(file, headEnd);
        appendFileSync(file, `llem: ${(leftOut / 1e6).toFixed(1)} MB of this log were left out here.\n`);
        appendFileSync(file, tail);
      });
    },
  };
}

function withFile<T>(path: string, act: (file: number) => T): T {
  const file = openSync(path, constants.O_RDWR | constants.O_APPEND);
  try {
    return act(file);
  } finally {
    closeSync(file);
  }
}

/** As much as one end has, or as there is. */
function read(file: number, from: number): Buffer {
  const bytes = Buffer.alloc(END_BYTES);
  return bytes.subarray(0, readSync(file, bytes, 0, END_BYTES, from));
}

/** The last parts of a file that may be growing, and where it ended when there was no more to read. */
function readToEnd(file: number): { readonly last: readonly Buffer[]; readonly endsAt: number } {
  let [last, next] = [Buffer.alloc(END_BYTES), Buffer.alloc(END_BYTES)];
  let at = fstatSync(file).size - END_BYTES;
  for (;;) {
    const bytes = readSync(file, next, 0, END_BYTES, at);
    at += bytes;
    if (bytes < END_BYTES) return { last: [last, next.subarray(0, bytes)], endsAt: at };
    [last, next] = [next, last];
  }
}

/** Where the last whole line ends; the whole length where there is none. */
function endOfLines(bytes: Buffer): number {
  return bytes.lastIndexOf(LF) + 1 || bytes.length;
}
