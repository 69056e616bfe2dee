import { workloadSchema, type Dataset, type LlemEvent } from '@llem/core';
import { expect, it } from 'vitest';
import { prepareAudibly } from './dataset.js';

const facts = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};
const model = {
  name: 'm',
  revision: null,
  weightsHash: null,
  tokenizerRevision: null,
  randomWeights: false,
  parameters: null,
  contextLength: null,
  promptTokenIds: null,
  tokenizerPath: null,
};

it('says how far a data set is that takes long, every few seconds, and nothing of one that does not', async () => {
  let atMs = 0;
  const said: LlemEvent[] = [];
  const instance: Dataset = {
    prepare(_, __, progress) {
      for (let percent = 1; percent <= 100; percent += 1) {
        atMs += 120;
        progress(percent / 100);
      }
      return Promise.resolve(facts);
    },
    open: () => [],
  };
  const ref = { kind: 'dataset', id: 'sharegpt', moduleUrl: 'file:///none.js', options: {} } as const;
  const request = { seed: 1, workload: workloadSchema.parse({}), model };
  const { signal } = new AbortController();
  await prepareAudibly(
    { ref, instance },
    request,
    signal,
    (event) => said.push(event),
    () => atMs,
  );
  expect(said.map((event) => event.type === 'notice' && event.message)).toEqual([
    'The data set sharegpt is read and measured, once for this file and tokenizer: 42 % done, about 7 s left.',
    'The data set sharegpt is read and measured, once for this file and tokenizer: 84 % done, about 2 s left.',
  ]);
});
