/** What is known of a model, and how much of it holds for a server that somebody else started. */
import {
  llemError,
  measureSchema,
  workloadSchema,
  type Artifacts,
  type Experiment,
  type Runner,
} from '@llem/core';
import { expect, it } from 'vitest';
import { prepareModel } from './model.js';

const artifacts: Artifacts = {
  modelRef: '/m',
  model: {
    name: 'm',
    revision: 'abc',
    weightsHash: 'def',
    tokenizerRevision: 'abc',
    randomWeights: false,
    parameters: 8e9,
    contextLength: 4096,
    promptTokenIds: { first: 0, last: 99 },
    tokenizerPath: '/m/tokenizer.json',
  },
};
const experiment: Experiment = {
  id: 'x',
  label: 'x',
  asked: {},
  factors: {},
  model: 'm',
  backend: 'b',
  runner: null,
  devices: null,
  workload: workloadSchema.parse({}),
  measure: measureSchema.parse({}),
  options: {},
};
const unasked = () => {
  throw new Error('not asked for');
};
const prepared = (place: Runner['place'], prepare: () => Promise<Artifacts>) =>
  prepareModel(
    {
      resolveRunner: () => ({ type: 'any', options: {}, why: 'test', from: 'test' }),
      runner: () => ({ place, checks: () => [], target: unasked, start: unasked }),
      backend: () => ({
        computesOn: 'gpu',
        constraints: unasked,
        prepare,
        service: unasked,
        dialect: unasked,
        describe: unasked,
        checks: unasked,
        diagnose: unasked,
      }),
    },
    experiment,
    new AbortController().signal,
  );
const refused = (failureClass?: string) => () =>
  Promise.reject(
    llemError('LLEM_E_PREPARE', 'It is not here.', {
      remedy: 'Fetch it.',
      ...(failureClass && { failureClass }),
    }),
  );

it('is what the backend finds, where llem starts the server with it', async () => {
  expect(await prepared('process', () => Promise.resolve(artifacts))).toEqual({ artifacts, without: null });
  await expect(prepared('process', refused('missing-model'))).rejects.toThrow('It is not here.');
});

it('has no revision and no hash where somebody else has loaded it, and keeps what prompts are made from', async () => {
  const { model } = artifacts;
  expect(await prepared('elsewhere', () => Promise.resolve(artifacts))).toEqual({
    artifacts: { modelRef: '/m', model: { ...model, revision: null, weightsHash: null } },
    without: null,
  });
});

it.each(['missing-model', 'gated-model', 'hub-token', 'hub-unreachable'])(
  'stops no server that has it elsewhere: %s',
  async (failureClass) => {
    const found = await prepared('elsewhere', refused(failureClass));
    expect(found.artifacts).toMatchObject({
      modelRef: 'm',
      model: { name: 'm', promptTokenIds: null, contextLength: null },
    });
    expect(found.without?.message).toMatch(/^It is not here\. .* measured without\.$/);
    expect(found.without?.remedy).toContain('served_model');
  },
);

it('stops where what is wrong is nothing that a server elsewhere could have', async () => {
  await expect(prepared('elsewhere', refused())).rejects.toThrow('It is not here.');
  await expect(prepared('elsewhere', () => Promise.reject(new Error('odd')))).rejects.toThrow('odd');
});
