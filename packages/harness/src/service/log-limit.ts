/** Keeps the log of an engine that writes without end from filling the disk: of a long one the two ends stay. */
import { appendFileSync, closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

/** A log is whole up to this size, in bytes. */
export const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
/** What stays of either end of a longer one, in bytes. */
const END_BYTES = 4 * 1024 * 1024;
const LF = 0x0a;

/**
 * Cuts the log at a path wherever it is found too long, and writes between its ends how much was left out. The engine may go on
 * writing meanwhile, as its output is appended. Gives the size after it. Throws what the file system throws.
 */
export function createLogLimit(path: string): (size: number) => number {
  let headEnd: number | null = null;
  let noteBytes = 0;
  let leftOut = 0;
  return (size) => {
    if (size <= LOG_LIMIT_BYTES) return size;
    // Without a turn of the event loop between reading and cutting: what the engine writes in between is lost.
    const file = openSync(path, 'a+');
    try {
      headEnd ??= endOfLines(read(file, 0, END_BYTES));
      const from = fstatSync(file).size - END_BYTES;
      const end = read(file, from, END_BYTES);
      const tail = end.subarray(end.indexOf(LF) + 1);
      leftOut += from + END_BYTES - tail.length - headEnd - noteBytes;
      const note = Buffer.from(`llem: ${(leftOut / 1e6).toFixed(1)} MB of this log were left out here.\n`);
      noteBytes = note.length;
      ftruncateSync(file, headEnd);
      appendFileSync(file, Buffer.concat([note, tail]));
      return fstatSync(file).size;
    } finally {
      closeSync(file);
    }
  };
}

/** Where the last whole line ends; the whole length where there is none. */
function endOfLines(bytes: Buffer): number {
  return bytes.lastIndexOf(LF) + 1 || bytes.length;
}

function read(file: number, from: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, from));
}
