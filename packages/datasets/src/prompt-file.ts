/**
 * The file that the prompts of a source are kept in: a line for each record, the lengths of its turns before what they say, so
 * that what fits a workload is found without looking at a text: `12,100;7,\t["one",...]`.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { DatasetRecords, PromptContent, Workload } from '@llem/core';
import { z } from 'zod';
import { fitOf, type Turn, type TurnLengths } from './recorded.js';

const PIECE_BYTES = 1024 * 1024;
const [TAB, LINE_END] = [0x09, 0x0a] as const;

/** A turn as it stands in the file. */
export interface KeptTurn extends TurnLengths {
  readonly content: PromptContent;
}

/** One line. JSON writes tabs and line ends inside of texts in another way. */
export function lineOf(turns: readonly Turn[], lengths: readonly TurnLengths[]): string {
  const told = lengths.map(({ inputTokens, outputTokens }) => `${inputTokens ?? ''},${outputTokens ?? ''}`);
  return `${told.join(';')}\t${JSON.stringify(turns.map(({ content }) => content))}`;
}

function parseLengths(told: string): TurnLengths[] {
  if (told === '') return [];
  const count = (text = '') => (text === '' ? null : Number(text));
  return told.split(';').map((turn) => {
    const [input, output] = turn.split(',');
    return { inputTokens: count(input), outputTokens: count(output) };
  });
}

/** Writes lines, many at a time, to a file that is not there yet. */
export async function openWriter(path: string) {
  const file = await open(path, 'wx');
  let pieces: Buffer[] = [];
  let [waiting, written] = [0, 0];
  const flush = async () => {
    const whole = Buffer.concat(pieces);
    [pieces, waiting] = [[], 0];
    await file.writeFile(whole);
  };
  return {
    async line(text: string): Promise<void> {
      const bytes = Buffer.from(`${text}\n`);
      pieces.push(bytes);
      waiting += bytes.length;
      written += bytes.length;
      if (waiting >= PIECE_BYTES) await flush();
    },
    bytes: () => written,
    async close(): Promise<void> {
      try {
        await flush();
      } finally {
        await file.close();
      }
    },
  };
}

/** The records that a workload has room for: where each line begins and ends, and how many of its turns fit. */
export interface PromptIndex {
  readonly records: DatasetRecords;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly turns: readonly number[];
}

/** Finds what fits a workload. */
export async function indexPrompts(file: FileHandle, workload: Workload): Promise<PromptIndex> {
  const [starts, ends, turns]: [number[], number[], number[]] = [[], [], []];
  const leftOut: Record<string, number> = {};
  let [read, shortened, measured] = [0, 0, true];
  await eachLine(file, (told, start, end) => {
    const lengths = parseLengths(told);
    const fit = fitOf(lengths, workload);
    read += 1;
    if (lengths.some(({ inputTokens }) => inputTokens === null)) measured = false;
    if (fit.turns > 0) {
      starts.push(start);
      ends.push(end);
      turns.push(fit.turns);
      if (fit.reason !== null) shortened += 1;
    } else if (fit.reason !== null) {
      leftOut[fit.reason] = (leftOut[fit.reason] ?? 0) + 1;
    }
  });
  return { starts, ends, turns, records: { read, used: starts.length, shortened, leftOut, measured } };
}

/** Calls back with the lengths of each line, and with where it begins and ends. */
async function eachLine(
  file: FileHandle,
  visit: (told: string, start: number, end: number) => void,
): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let told = '';
  let start = 0;
  let inLengths = true;
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(piece, 0, piece.length, position);
    if (bytesRead === 0) return;
    const bytes = piece.subarray(0, bytesRead);
    for (let at = 0; at < bytesRead;) {
      const next = bytes.indexOf(inLengths ? TAB : LINE_END, at);
      const end = next < 0 ? bytesRead : next;
      if (inLengths) told += bytes.toString('latin1', at, end);
      at = end + 1;
      if (next < 0) continue;
      if (!inLengths) {
        visit(told, start, position + next);
        told = '';
        start = position + at;
      }
      inLengths = !inLengths;
    }
    position += bytesRead;
  }
}

/** Our own file, which nobody else writes. */
const contentsSchema = z.array(
  z.custom<PromptContent>((value) => typeof value === 'string' || Array.isArray(value)),
);

/** The turns of a record that fit. */
export async function readTurns(
  file: FileHandle,
  { starts, ends, turns }: PromptIndex,
  index: number,
): Promise<KeptTurn[]> {
  const start = starts[index] ?? 0;
  const bytes = Buffer.allocUnsafe((ends[index] ?? 0) - start);
  await file.read(bytes, 0, bytes.length, start);
  const tab = bytes.indexOf(TAB);
  const lengths = parseLengths(bytes.toString('latin1', 0, tab));
  const contents = contentsSchema.parse(JSON.parse(bytes.toString('utf8', tab + 1)));
  return lengths.slice(0, turns[index]).map((turn, place) => ({ ...turn, content: contents[place] ?? '' }));
}
