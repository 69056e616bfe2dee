/** A recorded trace in the format of Mooncake: lengths, times and the blocks that requests have in common. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import {
  definePlugin,
  IN_WORDS,
  isLlemError,
  issueText,
  type Dataset,
  type DatasetRequest,
  type Prompt,
} from '@llem/core';
import { z } from 'zod';
import { longestOf } from './lengths.js';
import { linesOf, type RawRecord, type Reading } from './lines.js';
import { fastIntegers, mixedSeed, STREAM } from './random.js';
import { interrupted, loadFailure, reasonOf, refuseSharedPrefix, refuseTurns, refusal } from './refusals.js';

export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'The file, relative to where llem runs. Each line holds `timestamp` (ms), `input_length`, `output_length` and `hash_ids`.',
      ),
    block_tokens: z
      .int()
      .min(1)
      .max(65_536)
      .default(512)
      .describe('Tokens that each of `hash_ids` stands for; 512 in the traces of Mooncake.'),
    allow_repeat: z
      .boolean()
      .default(false)
      .describe(
        'The trace begins again once it has run out, after its mean gap; blocks then hold other tokens, so that it hits no more than the first time.',
      ),
  })
  .describe('Prompts of the lengths, times and common blocks of a recorded trace.');

type TraceOptions = z.output<typeof optionsSchema>;

const length = z.int().min(1).max(10_000_000);
const lineSchema = z.object({
  timestamp: z.number().min(0).max(1e15),
  input_length: length,
  output_length: length,
  hash_ids: z.array(z.int().min(0)),
});
type TraceLine = z.output<typeof lineSchema>;

export const { options, create } = definePlugin(optionsSchema, (_, settings): Dataset => {
  const path = resolve(settings.path);
  return {
    async prepare(request, signal, progress) {
      refuseMismatch(request);
      const hash = createHash('sha256');
      const { requests, beginAlike } = await survey(path, settings, request, { signal, hash, progress });
      return {
        revision: null,
        hash: hash.digest('hex'),
        prompts: settings.allow_repeat ? null : requests,
        sharedPrefix: beginAlike,
        // When it begins again its blocks hold other tokens.
        repeats: false,
        records: { read: requests, used: requests, shortened: 0, leftOut: {}, measured: true },
      };
    },
    open: (request) => promptsOf(path, settings, request),
  };
});

function refuseMismatch({ workload, model }: DatasetRequest): void {
  refuseSharedPrefix('trace', workload);
  refuseTurns('trace', workload);
  if (workload.api === 'chat') {
    throw refusal(
      'The data set trace gives token ids, which a chat does not take (workload.api).',
      'Set workload.api to completions.',
    );
  }
  if (model.promptTokenIds === null) {
    throw refusal(
      `The token ids of ${model.name} are not known, and the data set trace makes prompts of them.`,
      'Use a model whose files are on this machine.',
    );
  }
}

const fits = (line: TraceLine, { workload }: DatasetRequest): boolean =>
  line.input_length <= longestOf(workload.input_tokens) &&
  line.output_length <= longestOf(workload.output_tokens);

interface Survey {
  readonly requests: number;
  /** Whether any two of them have their first block in common, so that a prefix cache is meant to be hit. */
  readonly beginAlike: boolean;
}

/** Checks the whole file. A request that does not fit is refused, not left out: without it the load would be another. */
async function survey(
  path: string,
  settings: TraceOptions,
  request: DatasetRequest,
  reading: Reading,
): Promise<Survey> {
  let [requests, longestInput, longestOutput, lastMs] = [0, 0, 0, 0];
  const firstBlocks = new Set<number>();
  const tooLong = { requests: 0, first: '' };
  try {
    for await (const record of linesOf(path, reading)) {
      const line = parseLine(path, record, settings);
      if (line.timestamp < lastMs) {
        throw badLine(path, record, `its timestamp ${line.timestamp} is earlier than ${lastMs} before it`);
      }
      lastMs = line.timestamp;
      longestInput = Math.max(longestInput, line.input_length);
      longestOutput = Math.max(longestOutput, line.output_length);
      requests += 1;
      firstBlocks.add(line.hash_ids[0] ?? 0);
      if (fits(line, request)) continue;
      if (tooLong.requests === 0)
        tooLong.first = `line ${record.number} has a prompt of ${line.input_length} tokens and an answer of ${line.output_length}`;
      tooLong.requests += 1;
    }
  } catch (error) {
    if (reading.signal.aborted) throw interrupted();
    throw error;
  }
  if (requests === 0) throw refusal(`${path} holds no requests.`, 'Name a file that does.');
  const { input_tokens, output_tokens } = request.workload;
  if (tooLong.requests > 0) {
    throw refusal(
      `${tooLong.requests} of ${requests} requests of ${path} do not fit into workload.input_tokens (${longestOf(input_tokens)}) and workload.output_tokens (${longestOf(output_tokens)}): ${tooLong.first}. Without them the load would not be that of the trace.`,
      `Raise them, for the whole trace to ${longestInput} and ${longestOutput}, or take these lines out of the file.`,
    );
  }
  return { requests, beginAlike: firstBlocks.size < requests };
}

const badLine = (path: string, { number }: RawRecord, why: string) =>
  refusal(
    `${path}, line ${number}: ${why}.`,
    'Each line is {"timestamp": ms, "input_length": tokens, "output_length": tokens, "hash_ids": [one for each block]}, in the order of time.',
  );

function parseLine(path: string, record: RawRecord, { block_tokens }: TraceOptions): TraceLine {
  let value: unknown;
  try {
    value = JSON.parse(record.text);
  } catch (error) {
    throw badLine(path, record, `not JSON: ${reasonOf(error).slice(0, 200)}`);
  }
  const parsed = lineSchema.safeParse(value, IN_WORDS);
  if (!parsed.success) {
    throw badLine(path, record, issueText(parsed.error.issues));
  }
  const { input_length, hash_ids } = parsed.data;
  if (hash_ids.length !== Math.ceil(input_length / block_tokens)) {
    throw badLine(
      path,
      record,
      `${hash_ids.length} hash_ids for ${input_length} tokens in blocks of ${block_tokens} (option block_tokens)`,
    );
  }
  return parsed.data;
}

/** In the order of time. */
async function* promptsOf(
  path: string,
  settings: TraceOptions,
  request: DatasetRequest,
): AsyncGenerator<Prompt, void, undefined> {
  const { signal } = new AbortController();
  let startMs = 0;
  for (let pass = 0; pass === 0 || settings.allow_repeat; pass += 1) {
    let [lines, firstMs, lastMs] = [0, 0, 0];
    try {
      for await (const record of linesOf(path, { signal })) {
        const line = parseLine(path, record, settings);
        if (lines === 0) firstMs = line.timestamp;
        lines += 1;
        lastMs = line.timestamp;
        yield {
          content: tokensOf(line, settings, request, pass),
          inputTokens: line.input_length,
          outputTokens: line.output_length,
          atS: (startMs + line.timestamp - firstMs) / 1_000,
        };
      }
    } catch (error) {
      if (!isLlemError(error)) throw error;
      throw loadFailure(error.message, 'The file has changed since the start: run it again.', error);
    }
    if (lines === 0) return;
    const durationMs = lastMs - firstMs;
    startMs += durationMs + (lines > 1 ? durationMs / (lines - 1) : LONE_GAP_MS);
  }
}

/** The gap after a trace of a single request, which has none of its own. */
const LONE_GAP_MS = 1_000;

/** The same hash id gives the same tokens, within a run. */
function tokensOf(
  { input_length, hash_ids }: TraceLine,
  { block_tokens }: TraceOptions,
  { seed, model: { promptTokenIds: ids } }: DatasetRequest,
  pass: number,
): number[] {
  const { first, last } = ids ?? { first: 0, last: 0 };
  const tokens = new Array<number>(input_length);
  for (const [block, id] of hash_ids.entries()) {
    const draw = fastIntegers(mixedSeed(seed, STREAM.blocks, pass, id), last - first + 1);
    const end = Math.min(input_length, (block + 1) * block_tokens);
    for (let index = block * block_tokens; index < end; index += 1) tokens[index] = first + draw();
  }
  return tokens;
}
