/** Numbers and text of the control file, which is open as long as anybody writes to it. */
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { CONTROL, GPU } from './layout.js';

/** Offsets are bytes from the beginning of the file. */
export interface ControlFile {
  put(at: number, value: number): void;
  putText(at: number, value: string): void;
  /** What `putText` wrote, of `bytes` at most. */
  text(at: number, bytes: number): string;
  number(at: number): number;
  numbers(at: number, count: number): Float64Array;
  close(): void;
}

/** Where a GPU begins. */
export const gpuAt = (gpu: number) => CONTROL.bytes + gpu * GPU.bytes;

/** A new file for so many GPUs, all zero. One that was there is replaced, not changed: it may still be mapped. */
export function createControlFile(path: string, gpus: number): ControlFile {
  rmSync(path, { force: true });
  const descriptor = openSync(path, 'w+');
  ftruncateSync(descriptor, gpuAt(gpus));
  return accessTo(descriptor);
}

/** A file that is there already. Throws what `openSync` throws. */
export const openControlFile = (path: string): ControlFile => accessTo(openSync(path, 'r+'));

/** What is written to a file, whoever has mapped it sees at once. */
function accessTo(descriptor: number): ControlFile {
  const numbers = (at: number, count: number) => {
    const values = new Float64Array(count);
    readSync(descriptor, values, 0, values.byteLength, at);
    return values;
  };
  return {
    put: (at, value) => {
      writeSync(descriptor, Float64Array.of(value), 0, 8, at);
    },
    putText: (at, value) => {
      writeSync(descriptor, `${value}\0`, at, 'latin1');
    },
    text(at, bytes) {
      const memory = Buffer.alloc(bytes);
      readSync(descriptor, memory, 0, bytes, at);
      return memory.toString('latin1').replace(/\0.*$/s, '');
    },
    number: (at) => numbers(at, 1)[0] ?? Number.NaN,
    numbers,
    close: () => closeSync(descriptor),
  };
}
