/** A number at the beginning of a file, read again and again without allocating anything: the collector would stop the sampler. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { READ_OK } from '@llem/core';

const [ZERO, NINE, POINT] = [0x30, 0x39, 0x2e];
/** Longer than any number of 64 bits. What follows the number is not read. */
const BYTES = 32;

export interface Counter {
  /** Puts joules into `out[index]`. READ_OK, or the errno of what went wrong and NaN, never a number that was not read. */
  read(out: Float64Array, index: number): number;
  /** May be called twice. */
  close(): void;
}

/** Throws what `openSync` throws. */
export function openCounter(path: string, joulesPerUnit: number): Counter {
  const descriptor = openSync(path, 'r');
  const bytes = Buffer.alloc(BYTES);
  let isOpen = true;
  return {
    read(out, index) {
      out[index] = Number.NaN;
      let units: number;
      try {
        // Position 0: the kernel makes the text anew for every read from the beginning.
        units = parseNumber(bytes, readSync(descriptor, bytes, 0, BYTES, 0));
      } catch (error) {
        return errnoOf(error);
      }
      if (Number.isNaN(units)) return constants.errno.EIO;
      // A counter that begins again at zero has to be unwrapped here: llem is given joules that only grow.
      out[index] = units * joulesPerUnit;
      return READ_OK;
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** `1234.56` as it stands in the first `length` bytes; NaN when there is no number. */
export function parseNumber(bytes: Uint8Array, length: number): number {
  let value = 0;
  let scale = 0;
  let digits = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === POINT && scale === 0) scale = 1;
    else if (byte < ZERO || byte > NINE) break;
    else {
      value = value * 10 + (byte - ZERO);
      scale *= 10;
      digits += 1;
    }
  }
  if (digits === 0) return Number.NaN;
  return scale === 0 ? value : value / scale;
}

/** What keeps the counter from being read, as the system calls it; null when nothing does. Never throws. */
export function obstacle(path: string): string | null {
  const out = new Float64Array(1);
  try {
    const counter = openCounter(path, 1);
    const code = counter.read(out, 0);
    counter.close();
    return code === READ_OK ? null : nameOf(code);
  } catch (error) {
    return nameOf(errnoOf(error));
  }
}

/** `EACCES` of 13. */
export const nameOf = (errno: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `error ${errno}`;

function errnoOf(error: unknown): number {
  const errno = error instanceof Error && 'errno' in error ? error.errno : null;
  return typeof errno === 'number' && errno !== 0 ? Math.abs(errno) : constants.errno.EIO;
}
