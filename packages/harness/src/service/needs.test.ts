import { measureSchema, workloadSchema, type Artifacts, type Backend, type Experiment } from '@llem/core';
import { expect, it } from 'vitest';
import { isServedBy, type ServiceNeeds } from './needs.js';

const artifacts: Artifacts = {
  modelRef: 'm',
  model: {
    name: 'm',
    revision: 'r',
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
  },
};

/** Its engine is started with the room that the workload needs, and with one of two options. */
const backend: Backend = {
  computesOn: 'gpu',
  constraints: () => [],
  prepare: () => Promise.resolve(artifacts),
  service: ({ options, workload }, { modelRef }, target, gpus) => ({
    command: ['serve', modelRef, `--port=${target.port}`, `--room=${workload.concurrency}`],
    env: { GPUS: gpus?.join() ?? '', SIZE: JSON.stringify(options['size'] ?? null) },
    target,
    readiness: { path: '/health', intervalMs: 10 },
    stopGraceS: 1,
  }),
  dialect: () => {
    throw new Error('not asked for');
  },
  describe: () => Promise.resolve({ version: null, details: {}, kvCacheTokens: null, differences: [] }),
  checks: () => [],
  diagnose: () => null,
};

const experiment = (workload: object = {}, options: Experiment['options'] = {}): Experiment => ({
  id: 'x',
  label: 'x',
  asked: {},
  factors: {},
  model: 'm',
  backend: 'b',
  runner: null,
  devices: null,
  workload: workloadSchema.parse({ concurrency: 4, ...workload }),
  measure: measureSchema.parse({}),
  options,
});

const needs = (more: Partial<ServiceNeeds> = {}): ServiceNeeds => ({
  experiment: experiment(),
  backend,
  runner: { type: 'local', options: {}, why: 'default', from: 'default' },
  gpus: [],
  artifacts,
  ...more,
});

const running = {
  needs: needs(),
  spec: backend.service(experiment(), artifacts, { host: '127.0.0.1', port: 4_711 }, []),
};

it('serves runs that differ in what the engine is not started with, or in why a runner was chosen', () => {
  expect(isServedBy(running, needs())).toBe(true);
  expect(isServedBy(running, needs({ experiment: experiment({ input_tokens: 9 }, { unused: 1 }) }))).toBe(
    true,
  );
  expect(
    isServedBy(running, needs({ runner: { type: 'local', options: {}, why: '--runner', from: '--runner' } })),
  ).toBe(true);
});

it.each<[string, Partial<ServiceNeeds>]>([
  ['an option', { experiment: experiment({}, { size: 2 }) }],
  ['room for another workload', { experiment: experiment({ concurrency: 8 }) }],
  ['a backend', { experiment: { ...experiment(), backend: 'c' } }],
  ['a runner', { runner: { type: 'local', options: { nice: 1 }, why: 'default', from: 'default' } }],
  [
    'another revision of the model',
    { artifacts: { ...artifacts, model: { ...artifacts.model, revision: 's' } } },
  ],
  ['GPUs', { gpus: ['GPU-1'] }],
])('does not serve a run that needs %s of its own', (_, more) => {
  expect(isServedBy(running, needs(more))).toBe(false);
});
