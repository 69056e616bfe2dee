/**
 * Prompts of a recorded source as they will be sent, in a file of llem's cache: read, checked and measured once, so that load threads only
 * read them.
 */
import { createHash, randomBytes, type Hash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, type DatasetFacts, type DatasetRequest, type FollowUp, type Prompt } from '@llem/core';
import { z } from 'zod';
import { lengthDraws, longestOf } from './lengths.js';
import { mixedSeed, shuffled, STREAM } from './random.js';
import { fit, type FittedTurn, type Recorded } from './recorded.js';
import { interrupted, loadFailure, reasonOf, refusal } from './refusals.js';
import { loadTokenizer, tokenizerFile } from './tokenizer.js';

/** Part of every key: raised when the same source gives other prompts, or the file is written in another way. */
const FORMAT = 1;

export interface Source {
  /** Name of the data set. */
  readonly name: string;
  readonly path: string;
  readonly revision: string | null;
  /** Option `tokenizer`. */
  readonly tokenizer: string | null;
  readonly allowRepeat: boolean;
  /** Reads the source; every byte goes through `hash`. */
  readonly read: (signal: AbortSignal, hash: Hash) => AsyncIterable<Recorded>;
}

const factsSchema = z.object({ prompts: z.int(), leftOut: z.int(), hash: z.string(), bytes: z.int() });
type PreparedFacts = z.output<typeof factsSchema>;

/** Makes the file where it is not there yet. Throws LLEM_E_PREPARE. */
export async function prepareRecorded(
  source: Source,
  cacheDir: string,
  request: DatasetRequest,
  signal: AbortSignal,
): Promise<DatasetFacts> {
  const place = await placeOf(source, cacheDir, request).catch((error: unknown) => {
    throw refusal(
      `${source.path} cannot be read: ${reasonOf(error)}.`,
      'Check the path; it is relative to where llem runs.',
      error,
    );
  });
  const facts = (await knownFacts(place)) ?? (await make(source, place, request, signal));
  if (facts.prompts === 0) throw nothingFits(source, request, facts.leftOut);
  return {
    revision: source.revision,
    hash: facts.hash,
    prompts: source.allowRepeat ? null : facts.prompts,
    sharedPrefix: false,
    repeats: source.allowRepeat,
  };
}

function nothingFits({ name, path }: Source, { workload }: DatasetRequest, leftOut: number) {
  if (leftOut === 0) return refusal(`${path} holds no prompts.`, 'Name a file that does.');
  const [input, output] = [longestOf(workload.input_tokens), longestOf(workload.output_tokens)];
  return refusal(
    `None of the ${leftOut} prompts of ${name} (${path}) fits: all are longer than ${input} tokens, have longer answers than ${output}, or are empty.`,
    'Raise workload.input_tokens and workload.output_tokens: the engine is given room for the longest.',
  );
}

/** By everything that decides the prompts; the source by its time and size, since hashing it takes as long as reading it. */
async function placeOf(
  source: Source,
  cacheDir: string,
  { workload, model }: DatasetRequest,
): Promise<string> {
  const tokenizer = tokenizerFile(source.tokenizer, model);
  const rules = [
    workload.api,
    workload.turns,
    longestOf(workload.input_tokens),
    longestOf(workload.output_tokens),
  ];
  const key = JSON.stringify([
    FORMAT,
    source.name,
    await fileState(source.path),
    tokenizer === null ? null : await fileState(tokenizer),
    rules,
  ]);
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 24);
  return join(cacheDir, 'datasets', `prompts-${digest}.jsonl`);
}

async function fileState(path: string): Promise<string> {
  const { size, mtimeNs, ino, dev } = await stat(path, { bigint: true });
  return [path, size, mtimeNs, ino, dev].join(' ');
}

const factsPath = (place: string) => `${place}.facts.json`;

async function knownFacts(place: string): Promise<PreparedFacts | null> {
  try {
    const facts = factsSchema.parse(JSON.parse(await readFile(factsPath(place), 'utf8')));
    return (await stat(place)).size === facts.bytes ? facts : null;
  } catch {
    return null;
  }
}

async function make(
  source: Source,
  place: string,
  request: DatasetRequest,
  signal: AbortSignal,
): Promise<PreparedFacts> {
  const path = tokenizerFile(source.tokenizer, request.model);
  const tokenizer = path === null ? null : await loadTokenizer(path);
  const hash = createHash('sha256');
  const temporary = `${place}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  await mkdir(dirname(place), { recursive: true }).catch((error: unknown) => {
    throw cannotWrite(place, error);
  });
  try {
    const writer = await openWriter(temporary);
    let [prompts, leftOut] = [0, 0];
    try {
      for await (const recorded of source.read(signal, hash)) {
        const turns = fit(recorded, request, tokenizer);
        if (turns.length === 0) leftOut += 1;
        else {
          prompts += 1;
          await writer.line(JSON.stringify(turns));
        }
        if (signal.aborted) throw interrupted();
      }
    } finally {
      await writer.close();
    }
    const facts = { prompts, leftOut, hash: hash.digest('hex'), bytes: writer.bytes() };
    await rename(temporary, place);
    const factsTemporary = `${temporary}.facts`;
    const file = await openWriter(factsTemporary);
    await file.line(JSON.stringify(facts));
    await file.close();
    await rename(factsTemporary, factsPath(place));
    return facts;
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

const WRITE_BYTES = 1024 * 1024;

async function openWriter(path: string) {
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
      if (waiting >= WRITE_BYTES) await flush();
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

/** Our own file, which nobody else writes. */
const turnsSchema = z.tuple(
  [z.custom<FittedTurn>((value) => isJsonObject(value) && 'content' in value)],
  z.custom<FittedTurn>((value) => isJsonObject(value) && 'content' in value),
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
    const ends = await lineEnds(file);
    const outputs = lengthDraws(workload.output_tokens, mixedSeed(seed, STREAM.outputs));
    for (let pass = 0; pass === 0 || source.allowRepeat; pass += 1) {
      for (const index of shuffled(ends.length, mixedSeed(seed, STREAM.order, pass))) {
        const start = index === 0 ? 0 : (ends[index - 1] ?? 0);
        const bytes = Buffer.allocUnsafe((ends[index] ?? 0) - start);
        await file.read(bytes, 0, bytes.length, start);
        const [first, ...later] = turnsSchema.parse(JSON.parse(bytes.toString('utf8')));
        const drawn = (turn: FittedTurn): FollowUp => ({
          ...turn,
          outputTokens: turn.outputTokens ?? outputs(),
        });
        yield later.length === 0 ? drawn(first) : { ...drawn(first), followUps: later.map(drawn) };
      }
      if (ends.length === 0) return;
    }
  } finally {
    await file.close();
  }
}

/** Where each line ends. */
async function lineEnds(file: FileHandle): Promise<readonly number[]> {
  const ends: number[] = [];
  const piece = Buffer.allocUnsafe(WRITE_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(piece, 0, piece.length, position);
    if (bytesRead === 0) return ends;
    const read = piece.subarray(0, bytesRead);
    for (let end = read.indexOf(0x0a); end >= 0; end = read.indexOf(0x0a, end + 1))
      ends.push(position + end + 1);
    position += bytesRead;
  }
}
