/** Records of a file, read piece by piece, so that a file may be larger than memory: lines, or objects of JSON. */
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { reasonOf, refusal } from './refusals.js';

/** A record as it stands in a file. */
export interface RawRecord {
  /** From 1: of its line, or of its place among the objects. */
  readonly number: number;
  readonly text: string;
}

/** Longest record, in bytes: a million token ids and then some, and what engines take as a body. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export interface Reading {
  readonly signal: AbortSignal;
  /** Takes every byte of the file. */
  readonly hash?: Hash;
  /** Told with each piece which share of the file has been read, 0 to 1. */
  readonly progress?: (share: number) => void;
}

/** Cuts pieces of a file into records: finds where the next one ends. */
interface Cutter {
  /** What a record is called. */
  readonly name: string;
  /** What may stand between records. */
  readonly blank: RegExp;
  /** Scans a piece; calls `cut` with the place after each record's last byte. */
  scan(piece: Buffer, cut: (end: number) => void): void;
  /** False at the end of a file of which a part is missing, though its last record is whole. */
  isWhole(): boolean;
}

/** One that nobody writes would hold up the end of llem as well: Node waits for its threads. */
const readOnce = (path: string) =>
  refusal(
    `${path} is no file but a stream, which can be read only once.`,
    'A data set is read several times: write it to a file, and name that.',
  );

/** Lines that are not blank. Throws LLEM_E_PREPARE. */
export const linesOf = (path: string, reading: Reading): AsyncGenerator<RawRecord, void, undefined> =>
  recordsOf(path, reading, {
    name: 'line',
    blank: /^\s*$/,
    scan(piece, cut) {
      for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, end + 1)) cut(end + 1);
    },
    isWhole: () => true,
  });

/** Objects of a JSON array, or one after another. Throws LLEM_E_PREPARE. */
export const objectsOf = (path: string, reading: Reading): AsyncGenerator<RawRecord, void, undefined> =>
  recordsOf(path, reading, objectCutter());

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_ARRAY, CLOSE_ARRAY] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d,
] as const;

function objectCutter(): Cutter {
  let depth = 0;
  /** Arrays that are open around the objects. */
  let arrays = 0;
  let inString = false;
  let escaped = false;
  return {
    name: 'entry',
    blank: /^[\s,[\]]*$/,
    scan(piece, cut) {
      for (let index = 0; index < piece.length; index += 1) {
        const byte = piece[index];
        if (escaped) escaped = false;
        else if (inString) {
          if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN) depth += 1;
        else if (byte === CLOSE) {
          depth -= 1;
          if (depth <= 0) {
            depth = 0;
            cut(index + 1);
          }
        } else if (depth === 0 && byte === OPEN_ARRAY) arrays += 1;
        else if (depth === 0 && byte === CLOSE_ARRAY) arrays -= 1;
      }
    },
    isWhole: () => arrays === 0,
  };
}

async function* recordsOf(
  path: string,
  { signal, hash, progress }: Reading,
  cutter: Cutter,
): AsyncGenerator<RawRecord, void, undefined> {
  let number = 0;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  const keep = (piece: Buffer) => {
    kept.push(piece);
    keptBytes += piece.length;
    if (keptBytes <= MAX_RECORD_BYTES) return;
    throw refusal(
      `${path}, ${cutter.name} ${number + 1}: longer than ${MAX_RECORD_BYTES} bytes.`,
      'Check that this is the right file, and shorten it.',
    );
  };
  const take = (): RawRecord => {
    number += 1;
    const text = Buffer.concat(kept).toString('utf8');
    kept = [];
    keptBytes = 0;
    return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text };
  };
  try {
    const found = await stat(path);
    if (found.isFIFO() || found.isCharacterDevice()) throw readOnce(path);
    const { size } = found;
    const stream = createReadStream(path, { signal, highWaterMark: 256 * 1024 });
    for await (const read of stream) {
      const piece = Buffer.isBuffer(read) ? read : Buffer.from(String(read));
      hash?.update(piece);
      const ends: number[] = [];
      cutter.scan(piece, (end) => ends.push(end));
      let start = 0;
      for (const end of ends) {
        keep(piece.subarray(start, end));
        start = end;
        const record = take();
        if (!cutter.blank.test(record.text)) yield record;
      }
      if (start < piece.length) keep(piece.subarray(start));
      progress?.(Math.min(1, stream.bytesRead / size));
    }
  } catch (error) {
    if (signal.aborted || !isSystemError(error)) throw error;
    throw refusal(
      `${path} cannot be read: ${reasonOf(error)}.`,
      'Check the path; it is relative to where llem runs.',
      error,
    );
  }
  if (keptBytes > 0) {
    const last = take();
    if (!cutter.blank.test(last.text)) yield last;
  }
  // A download that broke off between two objects would else pass for a smaller data set.
  if (!cutter.isWhole()) {
    throw refusal(
      `${path} ends in the middle of its array: the closing ] is missing.`,
      'Fetch or copy the file again: a part of it is missing.',
    );
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
