/** The prompts of AI Energy Score's text generation task, from the Hugging Face Hub. */
import { join } from 'node:path';
import { definePlugin, type Dataset } from '@llem/core';
import { z } from 'zod';
import { hubFile, type HubFile } from './hub.js';
import { prepareRecorded, readRecorded, type Source } from './prepared.js';
import type { Recorded } from './recorded.js';
import { reasonOf, refuseRecordedTimes, refuseSharedPrefix, refuseTurns, refusal } from './refusals.js';
import { repeatOption, tokenizerOption } from './shared-options.js';

const REPOSITORY = 'AIEnergyScore/text_generation';
const FILE = 'data/train-00000-of-00001.parquet';
const COLUMN = 'text';

/**
 * A commit of the data set whose files the Hub lists at `/datasets/AIEnergyScore/text_generation/tree/<commit>/data`: the one
 * parquet file as it was uploaded, 1.07 MB.
 */
export const DEFAULT_REVISION = '51d5ed5d396f903899edd7913cd181a08d6ec0ba';

export const optionsSchema = z
  .strictObject({
    revision: z
      .string()
      .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'expected a commit, a tag or a branch')
      .default(DEFAULT_REVISION)
      .describe('Commit of the data set on the Hub; a tag or a branch may change.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 as 64 hex digits')
      .nullable()
      .default(null)
      .describe(
        'SHA-256 that the file must have. Default: the one that was seen when it was first fetched here.',
      ),
    allow_repeat: repeatOption,
    tokenizer: tokenizerOption,
  })
  .describe('The 1,000 texts of AI Energy Score (text generation), fetched on first use.');

export const { options, create } = definePlugin(optionsSchema, ({ cacheDir }, settings): Dataset => {
  const wanted: HubFile = {
    repository: REPOSITORY,
    revision: settings.revision,
    file: FILE,
    sha256: settings.sha256,
    place: join(cacheDir, 'datasets', `aienergyscore-${settings.revision.replaceAll('/', '-')}.parquet`),
  };
  const source: Source = {
    name: 'aienergyscore',
    path: wanted.place,
    revision: settings.revision,
    tokenizer: settings.tokenizer,
    allowRepeat: settings.allow_repeat,
    async *read({ signal, hash }) {
      const { bytes } = await hubFile(wanted, signal);
      hash?.update(bytes);
      yield* textsOf(bytes, wanted.place);
    },
  };
  return {
    async prepare(request, signal, progress) {
      refuseRecordedTimes('aienergyscore', request.workload.arrival);
      refuseSharedPrefix('aienergyscore', request.workload);
      refuseTurns('aienergyscore', request.workload);
      await hubFile(wanted, signal);
      return prepareRecorded(source, cacheDir, request, { signal, progress });
    },
    open: (request) => readRecorded(source, cacheDir, request),
  };
});

const rowSchema = z.object({ [COLUMN]: z.string() });

async function* textsOf(bytes: Buffer, place: string): AsyncGenerator<Recorded, void, undefined> {
  const { parquetReadObjects } = await import('hyparquet');
  // A copy, since a buffer may be a part of a larger one.
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, columns: [COLUMN] })
    .then((read) => z.array(rowSchema).parse(read))
    .catch((error: unknown) => {
      throw refusal(
        `${place} is not the parquet file with a column "${COLUMN}" that it should be: ${reasonOf(error).slice(0, 200)}`,
        `Remove it, and look at the option revision of the data set; the file is ${FILE} of ${REPOSITORY}.`,
        error,
      );
    });
  for (const [index, { [COLUMN]: content }] of rows.entries()) {
    yield { where: `${place}, row ${index + 1}`, turns: [{ content, outputTokens: null, answer: null }] };
  }
}
