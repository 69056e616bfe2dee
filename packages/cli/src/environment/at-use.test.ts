import { measureSchema, workloadSchema, type Backend, type Experiment } from '@llem/core';
import { expect, it } from 'vitest';
import { backendAtUse } from './at-use.js';

const experiment: Experiment = {
  id: 'an-id',
  label: 'a label',
  asked: { model: '${env:DIR}/m' },
  factors: {},
  model: '${env:DIR}/m',
  backend: 'told',
  runner: null,
  devices: null,
  workload: workloadSchema.parse({}),
  measure: measureSchema.parse({}),
  options: { flags: ['${env:DIR}'] },
};
const atUse = { ...experiment, model: '/d/m', options: { flags: ['/d'] } };

const target = { host: '127.0.0.1', port: 1 };
const artifacts = {
  modelRef: '${env:DIR}',
  model: {
    name: 'm',
    revision: null,
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
  },
};
const dataset = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};

/** A backend that keeps what it was asked about. */
function told() {
  const asked: Experiment[] = [];
  const backend: Backend = {
    computesOn: 'gpu',
    constraints(one) {
      asked.push(one);
      return [];
    },
    prepare(one) {
      asked.push(one);
      return Promise.resolve(artifacts);
    },
    service(one, { modelRef }) {
      asked.push(one);
      return {
        command: [modelRef],
        env: {},
        target,
        readiness: { path: '/', intervalMs: 1 },
        stopGraceS: 1,
      };
    },
    dialect(one) {
      asked.push(one);
      throw new Error('has none');
    },
    describe: () => Promise.resolve({ version: null, details: {}, kvCacheTokens: null, differences: [] }),
    localModel: (model) => ({ told: model }),
    image(one) {
      asked.push(one);
      return 'its own';
    },
    isInstalled() {
      return Promise.resolve(this === backend);
    },
    resetCache() {
      return Promise.resolve(this === backend);
    },
    checks: () => [],
    diagnose: () => null,
  };
  return { backend, asked };
}

it('gives a backend every experiment with the values, and leaves everything else alone', async () => {
  const { backend, asked } = told();
  const bound = backendAtUse(backend, { DIR: '/d' });
  const { signal } = new AbortController();

  const host = { platform: 'linux', arch: 'x64', logicalCpus: 1, memoryBytes: 1 };
  expect(bound.localModel?.(experiment.model)).toEqual({ told: atUse.model });
  bound.constraints(experiment, { ...host, model: null });
  expect(await bound.prepare(experiment, signal)).toEqual(artifacts);
  expect(bound.service(experiment, artifacts, target, null).command).toEqual(['${env:DIR}']);
  expect(() => bound.dialect(experiment, artifacts, dataset)).toThrow('has none');
  expect(bound.image?.(experiment)).toBe('its own');
  expect(asked).toEqual([atUse, atUse, atUse, atUse, atUse]);

  expect(bound.computesOn).toBe('gpu');
  expect(bound).not.toHaveProperty('serverMetrics');
  expect(await bound.isInstalled?.()).toBe(true);
  expect(await bound.resetCache?.({ baseUrl: '' }, signal)).toBe(true);
});
