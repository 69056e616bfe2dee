import {
  absent,
  energySchema,
  executionSchema,
  failed,
  measureSchema,
  ok,
  workloadSchema,
  type Backend,
  type Check,
  type Experiment,
  type Finding,
  type Plan,
  type Runner,
} from '@llem/core';
import { expect, it } from 'vitest';
import type { HarnessRequest } from '../request.js';
import { checkParts, runnersOf } from './parts.js';

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
  experiments: [{ ...experiment, id: 'here', backend: 'here' }, experiment],
  skipped: [],
  merged: [],
  runs: [],
  execution: executionSchema.parse({}),
  energy: energySchema.parse({}),
  runners: {},
};

const check = (id: string, finding: Finding): Check => ({
  id,
  title: '',
  run: () => Promise.resolve(finding),
});

it('tells each finding once, and of an engine that is not here what kept it from running elsewhere', async () => {
  const found: Finding[] = [
    absent('It is not here.', 'Install it.'),
    failed('It is old.', 'Update it.'),
    ok('Fine.'),
  ];
  const never = () => {
    throw new Error('nobody asks for this');
  };
  const backend: Backend = {
    computesOn: 'cpu',
    constraints: never,
    prepare: never,
    service: never,
    dialect: never,
    describe: never,
    diagnose: never,
    checks: () => found.map((finding, index) => check(`engine.${index}`, finding)),
  };
  const none = absent('No loopback.', 'Get one.');
  const runner: Runner = {
    place: 'process',
    checks: () => [check('runner.here', none), check('runner.here', ok('Another.'))],
    target: () => Promise.resolve({ host: '127.0.0.1', port: 1 }),
    start: never,
  };
  const hindrance = 'Docker would do too, and does not work here.';
  const request: HarnessRequest = {
    plan,
    plugins: {
      context: { cacheDir: '' },
      backend: ({ backend: id }) =>
        id === 'engine' ? backend : { ...backend, checks: () => [check('here.old', none)] },
      // One runner for both: what keeps an engine from another is its own affair.
      resolveRunner: ({ backend: id }) => ({
        ...{ type: 'local', options: {}, why: '', from: '' },
        ...(id === 'engine' ? { hindrance } : {}),
      }),
      runner: () => runner,
      dataset: never,
      meters: [],
    },
    emit: () => undefined,
    signal: new AbortController().signal,
  };
  const findings = await checkParts(request, await runnersOf(request), []);
  expect(findings.map(({ id, remedy }) => [id, remedy])).toEqual([
    ['here.old', 'Get one.'],
    ['engine.0', `Install it. ${hindrance}`],
    ['engine.1', 'Update it.'],
    ['engine.2', ''],
    ['runner.here', 'Get one.'],
    ['runner.here', ''],
  ]);
});
