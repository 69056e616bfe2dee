/** Numbers in files that the kernel makes anew at each read: descriptors that stay open, and reads that allocate nothing. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';

const ZERO = 0x30;
const NINE = 0x39;
/** A decimal number of 64 bits and its line end are 21 bytes; what follows the number is not read. */
const BYTES = 32;

export interface NumberFile {
  /** The number at the beginning of the file as it was last read; NaN when that failed. */
  value: number;
  /** Reads again. 0, or the errno of what went wrong: EIO where there is no number. */
  read(): number;
  /** Idempotent. */
  close(): void;
}

/** Opens a file that begins with a number, not negative. Throws what `openSync` throws. */
export function openNumberFile(path: string): NumberFile {
  const descriptor = openSync(path, 'r');
  const buffer = Buffer.alloc(BYTES);
  let open = true;
  return {
    value: Number.NaN,
    read() {
      this.value = Number.NaN;
      let number: number;
      try {
        // Position 0: the kernel makes the text anew for every read from the beginning.
        number = parseDigits(buffer, readSync(descriptor, buffer, 0, BYTES, 0));
      } catch (error) {
        return errnoOf(error);
      }
      if (number < 0) return constants.errno.EIO;
      this.value = number;
      return 0;
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
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

/** What keeps a file's number from being read: the system's name of the error; null when nothing does. Never throws. */
export function obstacle(path: string): string | null {
  try {
    const file = openNumberFile(path);
    const code = file.read();
    file.close();
    return code === 0 ? null : nameOf(code);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** `EACCES` of 13. */
export function nameOf(errno: number): string {
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `error ${errno}`;
}

function errnoOf(error: unknown): number {
  const errno = error instanceof Error && 'errno' in error ? error.errno : null;
  return typeof errno === 'number' && errno !== 0 ? Math.abs(errno) : constants.errno.EIO;
}
