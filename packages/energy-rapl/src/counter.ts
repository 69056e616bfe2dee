/** One energy counter: a descriptor that stays open, read without allocating, and unwrapped. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { READ_OK } from '@llem/core';
import type { Zone } from './zones.js';

const ZERO = 0x30;
const NINE = 0x39;

export interface Counter {
  /** Joules since the counter was last zero before the first read; NaN when the read failed. */
  joules: number;
  /** Reads again. READ_OK, or the errno of what went wrong. */
  read(): number;
  close(): void;
}

/**
 * Opens a zone's counter. Throws what `openSync` throws.
 *
 * The counter wraps at `rangeUj`: after about a quarter of an hour at 300 W. One wrap between two reads is seen; of several
 * between two reads all but one are lost, and a counter that is set to zero from outside looks like a wrap.
 */
export function openCounter(zone: Pick<Zone, 'path' | 'rangeUj'>): Counter {
  const descriptor = openSync(join(zone.path, 'energy_uj'), 'r');
  // A decimal number of 64 bits and its line end are 21 bytes.
  const buffer = Buffer.alloc(32);
  let lastUj = -1;
  let wrappedUj = 0;
  return {
    joules: Number.NaN,
    read() {
      let uj: number;
      try {
        // Position 0: the kernel makes the text anew for every read from the beginning.
        uj = parseDigits(buffer, readSync(descriptor, buffer, 0, buffer.length, 0));
      } catch (error) {
        this.joules = Number.NaN;
        return errnoOf(error);
      }
      if (uj < 0) {
        this.joules = Number.NaN;
        return constants.errno.EIO;
      }
      if (uj < lastUj) wrappedUj += zone.rangeUj;
      lastUj = uj;
      this.joules = (wrappedUj + uj) / 1e6;
      return READ_OK;
    },
    close() {
      closeSync(descriptor);
    },
  };
}

/** The number at the beginning of `length` bytes; -1 when there is none. */
export function parseDigits(bytes: Uint8Array, length: number): number {
  let value = 0;
  let index = 0;
  for (; index < length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < ZERO || byte > NINE) break;
    value = value * 10 + (byte - ZERO);
  }
  return index === 0 ? -1 : value;
}

function errnoOf(error: unknown): number {
  const errno = error instanceof Error && 'errno' in error ? error.errno : null;
  return typeof errno === 'number' && errno !== 0 ? Math.abs(errno) : constants.errno.EIO;
}
