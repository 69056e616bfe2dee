import { expect, it } from 'vitest';
import { backendAtUse } from './at-use.js';

it('gives a backend the experiment with the values, also one with another load, and leaves everything else alone', () => {
  const given: unknown[] = [];
  const backend = {
    computesOn: 'gpu',
    checks(...args: unknown[]) {
      given.push(this, ...args);
      return [];
    },
  } as const;
  const experiment = {
    id: 'an-id',
    asked: { model: '${env:DIR}/m' },
    model: '${env:DIR}/m',
    options: { flags: ['${env:DIR}'] },
  };
  const artifacts = { model: '${env:DIR}' };
  const bound = backendAtUse(backend, experiment, { DIR: '/d' });
  expect(bound.computesOn).toBe('gpu');
  bound.checks({ ...experiment, load: 2 }, artifacts);
  expect(given).toEqual([
    backend,
    { ...experiment, model: '/d/m', options: { flags: ['/d'] }, load: 2 },
    artifacts,
  ]);
});
