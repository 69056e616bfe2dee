import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definePlugin, llemError, type Dataset, type DatasetFacts, type Prompt } from '@llem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failuresOf } from '../suite.js';
import { DATASET_RULES } from './rules.js';
import { datasetSubject, suiteWorkload } from './subject.js';

const FACTS: DatasetFacts = {
  revision: null,
  hash: null,
  prompts: 20,
  sharedPrefix: false,
  repeats: false,
  records: { read: 21, used: 20, shortened: 0, leftOut: { empty: 1 }, measured: true },
};

const prompt = (seed: number, index: number): Prompt => ({
  content: [(seed * 31 + index) % 1_000, 7, 8],
  inputTokens: 3,
  outputTokens: 4,
});

const prompts = (seed: number) => Array.from({ length: 20 }, (_, index) => prompt(seed, index));

/** A data set that holds every rule. */
const sound: Dataset = {
  prepare: ({ workload }) =>
    workload.api === 'chat'
      ? Promise.reject(llemError('LLEM_E_PREPARE', 'It has token ids alone.', { remedy: 'Use completions.' }))
      : Promise.resolve(FACTS),
  open: ({ seed }) => prompts(seed),
};

/** The same as a module, for a thread. */
const SOUND_MODULE = `
  export const create = () => ({
    open: ({ seed }) => Array.from({ length: 20 }, (_, index) => ({
      content: [(seed * 31 + index) % 1000, 7, 8],
      inputTokens: 3,
      outputTokens: 4,
    })),
  });
`;

let folder = '';
let soundUrl = '';
let otherUrl = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-broken-'));
  const place = (name: string) => join(folder, `${name}.mjs`);
  await writeFile(place('sound'), SOUND_MODULE);
  await writeFile(
    place('other'),
    'export const create = () => ({ open: () => { throw new Error("not prepared"); } });',
  );
  soundUrl = pathToFileURL(place('sound')).href;
  otherUrl = pathToFileURL(place('other')).href;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The rules that a sound data set breaks when a part of it is another; `moduleUrl`: what a thread imports. */
async function failedRules(change: Partial<Dataset>, moduleUrl: string): Promise<string[]> {
  const module = definePlugin(z.strictObject({}), (): Dataset => ({ ...sound, ...change }));
  const context = { cacheDir: join(folder, 'cache') };
  const subject = datasetSubject(
    { kind: 'dataset', id: 'broken', moduleUrl, module, options: {}, context },
    suiteWorkload({}),
    {},
  );
  return (await failuresOf(DATASET_RULES, subject)).map(({ id }) => id);
}

let count = 0;
const counted = () => (count += 1);
const facts = (change: Partial<DatasetFacts>): Partial<Dataset> => ({
  prepare: async (...asked) => ({ ...(await sound.prepare(...asked)), ...change }),
});
const each = (change: (index: number, seed: number) => Partial<Prompt>): Partial<Dataset> => ({
  open: ({ seed }) => prompts(seed).map((one, index) => ({ ...one, ...change(index, seed) })),
});

/** Each breaks one rule, and that alone. */
const BROKEN: Readonly<Record<string, Partial<Dataset>>> = {
  'dataset.prepare.facts': facts({ hash: 'abc' }),
  'dataset.prepare.records': facts({
    records: { read: 30, used: 20, shortened: 0, leftOut: {}, measured: true },
  }),
  'dataset.prepare.progress': {
    prepare: (request, signal, progress) => {
      progress(100);
      return sound.prepare(request, signal, progress);
    },
  },
  'dataset.prepare.refuses': {
    prepare: (request, ...rest) =>
      request.workload.turns > 1 ? Promise.reject(new Error('no turns')) : sound.prepare(request, ...rest),
  },
  'dataset.prepare.aborted': {
    prepare: (request, signal, progress) =>
      signal.aborted ? new Promise(() => undefined) : sound.prepare(request, signal, progress),
  },
  'dataset.prompts.same': {
    open: ({ seed }) => [
      ...prompts(seed).slice(1),
      { ...prompt(0, counted()), content: [900 + (counted() % 90)], inputTokens: 1 },
    ],
  },
  'dataset.prompts.seeded': { open: () => prompts(1) },
  'dataset.prompts.content': each((index, seed) => ({
    content: `text ${index} ${seed}`,
    inputTokens: null,
    ...(index === 3 && { content: '' }),
  })),
  'dataset.prompts.lengths': each(() => ({ inputTokens: 4 })),
  'dataset.prompts.token-ids': each((index, seed) => ({ content: [5_000 + index + seed], inputTokens: 1 })),
  'dataset.prompts.times': each((index) => ({ atS: 100 - index })),
  'dataset.prompts.count': { open: ({ seed }) => prompts(seed).slice(1) },
  'dataset.prompts.repeats': {
    ...facts({ prompts: null }),
    *open({ seed }) {
      for (let index = 0; ; index += 1)
        yield { ...prompt(seed, index), ...([5, 6].includes(index) && { content: [1, 2], inputTokens: 2 }) };
    },
  },
};

describe('a data set that holds every rule', () => {
  it('passes, in a thread too', async () => {
    expect(await failedRules({}, soundUrl)).toEqual([]);
  });

  it('may have a record twice where there is an end of them', async () => {
    const twice = each((index) => ([5, 6].includes(index) ? { content: [1, 2], inputTokens: 2 } : {}));
    expect(await failedRules(twice, '')).toEqual([]);
  });
});

describe('a data set that breaks one rule', () => {
  it('is there for every rule', () => {
    const ids = [...Object.keys(BROKEN), 'dataset.prompts.thread'];
    expect(ids.sort()).toEqual(DATASET_RULES.map(({ id }) => id).sort());
  });

  // Without a module to import, of which the thread would read other prompts.
  it.each(Object.entries(BROKEN))('%s', async (id, change) => {
    expect(await failedRules(change, '')).toEqual([id]);
  });

  it('dataset.prompts.thread', async () => {
    expect(await failedRules({}, otherUrl)).toEqual(['dataset.prompts.thread']);
  });
});
