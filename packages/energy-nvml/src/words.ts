/** What NVML writes into memory that it is given, as numbers and text. */
import type { Handle, Words } from './library.js';

const TWO_32 = 2 ** 32;

/** 64 bits from the element `at` on, exact to 2^53: 9e15, far beyond any energy in mJ or memory in bytes. */
export function uint64(words: Words, at = 0): number {
  return (words[at] ?? 0) + (words[at + 1] ?? 0) * TWO_32;
}

/** True for the value that NVML uses for "not known" (all ones). */
export function isUnknown64(words: Words, at: number): boolean {
  return words[at] === 0xffff_ffff && words[at + 1] === 0xffff_ffff;
}

export const handleIn = (words: Words): Handle => uint64(words);

/** Text up to its NUL. */
export function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('utf8');
}

/** Bytes of the longest text that NVML gives: NVML_DEVICE_UUID_V2_BUFFER_SIZE and NVML_DEVICE_NAME_V2_BUFFER_SIZE. */
const TEXT_BYTES = 96;

/** Calls for a text; its value, or the code. */
export function askText(call: (text: Uint8Array, length: number) => number): Answer<string> {
  const bytes = new Uint8Array(TEXT_BYTES);
  const code = call(bytes, TEXT_BYTES);
  return code === 0 ? { value: textIn(bytes), code } : { value: null, code };
}

/** Calls for an unsigned int; its value, or the code. */
export function askNumber(call: (value: Words) => number): Answer<number> {
  const words = new Uint32Array(2);
  const code = call(words);
  return code === 0 ? { value: words[0] ?? 0, code } : { value: null, code };
}

export interface Answer<T> {
  readonly value: T | null;
  /** nvmlReturn_t. */
  readonly code: number;
}
