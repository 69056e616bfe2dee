/**
 * Prompts of a recorded source in a file of llem's cache: read, checked and measured once, so that load threads only read them. What
 * fits is decided by the lengths in that file, so that other limits of a workload need no new one.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatasetFacts, DatasetRecords, DatasetRequest, FollowUp, Prompt } from '@llem/core';
import { z } from 'zod';
import { lengthDraws, longestOf } from './lengths.js';
import type { Reading } from './lines.js';
import { measured } from './measuring.js';
import { indexPrompts, lineOf, openWriter, readTurns, type KeptTurn } from './prompt-file.js';
import { mixedSeed, shuffled, STREAM } from './random.js';
import type { Recorded } from './recorded.js';
import { interrupted, loadFailure, reasonOf, refusal } from './refusals.js';
import { tokenizerFile } from './tokenizer.js';

/** Part of every key: raised when the same source gives other prompts, or the file is written in another way. */
const FORMAT = 2;

export interface Source {
  /** Name of the data set. */
  readonly name: string;
  readonly path: string;
  readonly revision: string | null;
  /** Option `tokenizer`. */
  readonly tokenizer: string | null;
  readonly allowRepeat: boolean;
  /** Reads the source; every byte goes through the hash of `reading`. */
  readonly read: (reading: Reading) => AsyncIterable<Recorded>;
}

const madeSchema = z.object({ hash: z.string(), bytes: z.int() });
type Made = z.output<typeof madeSchema>;

/** Makes the file where it is not there yet, and tells what of it fits. Throws LLEM_E_PREPARE. */
export async function prepareRecorded(
  source: Source,
  cacheDir: string,
  request: DatasetRequest,
  reading: Omit<Reading, 'hash'>,
): Promise<DatasetFacts> {
  const place = await placeOf(source, cacheDir, request).catch((error: unknown) => {
    throw refusal(
      `${source.path} cannot be read: ${reasonOf(error)}.`,
      'Check the path; it is relative to where llem runs.',
      error,
    );
  });
  const { hash } = (await knownMade(place)) ?? (await make(source, place, request, reading));
  const file = await open(place, 'r');
  const { records } = await indexPrompts(file, request.workload).finally(() => file.close());
  if (records.used === 0) throw nothingFits(source, request, records);
  return {
    revision: source.revision,
    hash,
    prompts: source.allowRepeat ? null : records.used,
    sharedPrefix: false,
    repeats: source.allowRepeat,
    records,
  };
}

function nothingFits({ name, path }: Source, { workload }: DatasetRequest, { read }: DatasetRecords) {
  if (read === 0) return refusal(`${path} holds no prompts.`, 'Name a file that does.');
  const [input, output] = [longestOf(workload.input_tokens), longestOf(workload.output_tokens)];
  return refusal(
    `None of the ${read} prompts of ${name} (${path}) fits: all are longer than ${input} tokens, have longer answers than ${output}, or are empty.`,
    'Raise workload.input_tokens and workload.output_tokens: the engine is given room for the longest.',
  );
}

/** By everything that decides the prompts and their lengths; the source by its time and size, since hashing it takes as long as reading it. */
async function placeOf(
  source: Source,
  cacheDir: string,
  { workload, model }: DatasetRequest,
): Promise<string> {
  const tokenizer = tokenizerFile(source.tokenizer, model);
  const key = JSON.stringify([
    FORMAT,
    source.name,
    await fileState(source.path),
    tokenizer === null ? null : await fileState(tokenizer),
    workload.api,
    workload.turns,
  ]);
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 24);
  return join(cacheDir, 'datasets', `prompts-${digest}.jsonl`);
}

async function fileState(path: string): Promise<string> {
  const { size, mtimeNs, ino, dev } = await stat(path, { bigint: true });
  return [path, size, mtimeNs, ino, dev].join(' ');
}

const madePath = (place: string) => `${place}.made.json`;

/** Null when the file is not there, or not whole. */
async function knownMade(place: string): Promise<Made | null> {
  try {
    const made = madeSchema.parse(JSON.parse(await readFile(madePath(place), 'utf8')));
    return (await stat(place)).size === made.bytes ? made : null;
  } catch {
    return null;
  }
}

async function make(
  source: Source,
  place: string,
  request: DatasetRequest,
  reading: Omit<Reading, 'hash'>,
): Promise<Made> {
  const { signal } = reading;
  const hash = createHash('sha256');
  const temporary = `${place}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(dirname(place), { recursive: true }).catch((error: unknown) => {
    throw cannotWrite(place, error);
  });
  try {
    const records = source.read({ ...reading, hash });
    const tokenizer = tokenizerFile(source.tokenizer, request.model);
    const writer = await openWriter(temporary);
    try {
      for await (const { turns, lengths } of measured(records, request.workload, tokenizer)) {
        await writer.line(lineOf(turns, lengths));
        if (signal.aborted) throw interrupted();
      }
    } finally {
      await writer.close();
    }
    const made = { hash: hash.digest('hex'), bytes: writer.bytes() };
    await rename(temporary, place);
    const madeTemporary = `${temporary}.made`;
    const file = await openWriter(madeTemporary);
    await file.line(JSON.stringify(made));
    await file.close();
    await rename(madeTemporary, madePath(place));
    return made;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (signal.aborted) throw interrupted();
    if (error instanceof Error && 'syscall' in error) throw cannotWrite(place, error);
    throw error;
  }
}

const cannotWrite = (place: string, error: unknown) =>
  refusal(
    `Prompts cannot be written to ${dirname(place)}: ${reasonOf(error)}.`,
    'Make room there and see that you may write to it, or have the cache elsewhere: on Linux it follows XDG_CACHE_HOME.',
    error,
  );

/** Reads the prompts in a seeded order. Throws LLEM_E_LOAD. */
export async function* readRecorded(
  source: Source,
  cacheDir: string,
  request: DatasetRequest,
): AsyncGenerator<Prompt, void, undefined> {
  const { seed, workload } = request;
  const file = await placeOf(source, cacheDir, request)
    .then((place) => open(place, 'r'))
    .catch((error: unknown) => {
      throw loadFailure(
        `The prompts of ${source.path} are not in the cache: the file has changed since the start, or the cache was emptied.`,
        'Run it again.',
        error,
      );
    });
  try {
    const index = await indexPrompts(file, workload);
    const outputs = lengthDraws(workload.output_tokens, mixedSeed(seed, STREAM.outputs));
    for (let pass = 0; pass === 0 || source.allowRepeat; pass += 1) {
      for (const place of shuffled(index.records.used, mixedSeed(seed, STREAM.order, pass))) {
        const [first, ...later] = await readTurns(file, index, place);
        if (first === undefined) continue;
        const drawn = ({ content, inputTokens, outputTokens }: KeptTurn): FollowUp => ({
          content,
          // What a chat's template adds, and what was said before, only the engine knows.
          inputTokens: workload.api === 'chat' ? null : inputTokens,
          outputTokens: outputTokens ?? outputs(),
        });
        yield later.length === 0 ? drawn(first) : { ...drawn(first), followUps: later.map(drawn) };
      }
      if (index.records.used === 0) return;
    }
  } finally {
    await file.close();
  }
}
