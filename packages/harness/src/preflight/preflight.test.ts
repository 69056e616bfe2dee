/** What preflight does when a person has enough of it. */
import {
  energySchema,
  executionSchema,
  measureSchema,
  workloadSchema,
  type Experiment,
  type Plan,
} from '@llem/core';
import { expect, it } from 'vitest';
import type { HarnessRequest } from '../request.js';
import { preflight } from './preflight.js';

const experiment: Experiment = {
  id: 'e',
  label: 'e',
  asked: {},
  factors: {},
  model: 'm',
  backend: 'engine',
  runner: null,
  devices: 'none',
  workload: workloadSchema.parse({}),
  measure: measureSchema.parse({}),
  options: {},
};

const plan: Plan = {
  schema: 'llem.plan/1',
  studyName: 's',
  studyHash: '',
  shuffleSeed: 0,
  experiments: [experiment],
  skipped: [],
  merged: [],
  runs: [],
  execution: executionSchema.parse({}),
  energy: energySchema.parse({}),
  runners: {},
};

it('waits no longer for a runner that cannot say where it listens once it is interrupted', async () => {
  const never = () => {
    throw new Error('nobody asks for this');
  };
  const interruption = new AbortController();
  const request: HarnessRequest = {
    plan,
    plugins: {
      context: { cacheDir: '' },
      backend: never,
      resolveRunner: () => ({ type: 'docker', options: {}, why: '', from: '' }),
      runner: () => ({
        place: 'container',
        checks: () => [],
        target: () => {
          interruption.abort(new Error('enough'));
          return new Promise(() => undefined);
        },
        start: never,
      }),
      dataset: never,
      meters: [],
    },
    emit: () => undefined,
    signal: interruption.signal,
  };
  await expect(preflight(request)).rejects.toThrow('enough');
});
