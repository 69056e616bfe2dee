/** What one streamed event tells, read through the paths of a dialect. */
import type { Dialect, JsonPath } from '@llem/core';
import { compileScanner } from './scan.js';

/** Whether an event has text: none at all, an empty one, or some. */
export const NO_TEXT = 0;
export const EMPTY_TEXT = 1;
export const SOME_TEXT = 2;

/** Filled anew by every event; -1 where the event tells no count. */
export interface Chunk {
  text: typeof NO_TEXT | typeof EMPTY_TEXT | typeof SOME_TEXT;
  finishReason: string | null;
  error: string | null;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
}

export interface ChunkReader {
  /** The chunk of the event in `bytes[start, end)`; the same object every time. Throws SyntaxError when it is no JSON. */
  read(bytes: Buffer, start: number, end: number): Chunk;
  /** The text of the event that was read last. The same under two names, as servers write a field that was renamed, is one. */
  text(): string;
}

/** Places of the paths in the scanner; those of the text come last. */
const FINISH = 0;
const ERROR = 1;
const INPUT = 2;
const CACHED = 3;
const OUTPUT = 4;
const TEXT = 5;

const DIGIT_0 = 0x30;
const QUOTE = 0x22;
const LETTER_N = 0x6e;

export function createChunkReader(stream: Dialect['stream']): ChunkReader {
  const paths: JsonPath[] = [
    stream.finishReason,
    stream.error,
    stream.usage.input,
    stream.usage.cachedInput,
    stream.usage.output,
    ...stream.text,
  ];
  const scanner = compileScanner(paths);
  const { starts, ends } = scanner;
  const chunk: Chunk = {
    text: NO_TEXT,
    finishReason: null,
    error: null,
    inputTokens: -1,
    cachedTokens: -1,
    outputTokens: -1,
  };
  let last: Buffer = Buffer.alloc(0);

  const valueAt = (path: number): unknown => {
    const start = starts[path] ?? -1;
    if (start < 0) return undefined;
    const value: unknown = JSON.parse(last.toString('utf8', start, ends[path]));
    return value;
  };
  const countAt = (path: number): number => {
    const start = starts[path] ?? -1;
    if (start < 0) return -1;
    let count = 0;
    for (let at = start; at < (ends[path] ?? 0); at += 1) {
      const digit = (last[at] ?? 0) - DIGIT_0;
      // Not a plain count: null, a fraction, something negative.
      if (digit < 0 || digit > 9) return -1;
      count = count * 10 + digit;
    }
    return Number.isSafeInteger(count) ? count : -1;
  };
  const isNullAt = (path: number): boolean => {
    const start = starts[path] ?? -1;
    return start < 0 || last[start] === LETTER_N;
  };

  return {
    read(bytes, start, end) {
      last = bytes;
      if (!scanner.scan(bytes, start, end)) {
        // Unusual or malformed: JSON.parse decides which, and what it reads is written the usual way and read again.
        const usual = rewritten(bytes, start, end);
        last = usual;
        scanner.scan(usual, 0, usual.length);
      }
      chunk.text = NO_TEXT;
      for (let path = TEXT; path < paths.length; path += 1) {
        const at = starts[path] ?? -1;
        if (at < 0 || last[at] !== QUOTE) continue;
        const kind = (ends[path] ?? 0) - at > 2 ? SOME_TEXT : EMPTY_TEXT;
        if (kind > chunk.text) chunk.text = kind;
      }
      chunk.finishReason = null;
      if (!isNullAt(FINISH)) {
        const reason = valueAt(FINISH);
        if (typeof reason === 'string') chunk.finishReason = reason;
      }
      chunk.error = isNullAt(ERROR) ? null : describeError(valueAt(ERROR));
      chunk.inputTokens = countAt(INPUT);
      chunk.cachedTokens = countAt(CACHED);
      chunk.outputTokens = countAt(OUTPUT);
      return chunk;
    },
    text() {
      const parts = new Set<string>();
      for (let path = TEXT; path < paths.length; path += 1) {
        const value = valueAt(path);
        if (typeof value === 'string') parts.add(value);
      }
      return [...parts].join('');
    },
  };
}

/** JSON the usual way. Throws SyntaxError, also for nesting that is too deep to be read. */
function rewritten(bytes: Buffer, start: number, end: number): Buffer {
  const text = bytes.toString('utf8', start, end);
  try {
    return Buffer.from(JSON.stringify(JSON.parse(text)));
  } catch (error) {
    throw new SyntaxError(`an event that is no JSON: ${text.slice(0, 100)}`, { cause: error });
  }
}

function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
  ) {
    return error.message;
  }
  return JSON.stringify(error);
}
