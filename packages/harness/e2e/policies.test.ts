/** What becomes of a study whose engines fail: further attempts, experiments that are given up, an early end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executionSchema, llemError, type Plan, type Runner } from '@llem/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute, type ExecuteRequest } from '../dist/index.js';
import { experiment, LIMIT_MS, QUICK, request, simulatedRunner } from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-policies-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A study of the runs `a1 b1 a2`, whose attempts to start fail by these classes, null where one succeeds. */
function studyOf(
  runs: string,
  settings: object,
  starts: readonly (string | null)[],
  past: ExecuteRequest['past'] = [],
) {
  const { runner: working, engines } = simulatedRunner({ slots: 2 });
  let started = 0;
  const runner: Runner = {
    ...working,
    start(...all) {
      const failureClass = starts[started++] ?? null;
      if (failureClass === null) return working.start(...all);
      return Promise.reject(llemError('LLEM_E_START', 'It failed.', { remedy: 'None.', failureClass }));
    },
  };
  const names = runs.split(' ').map((name) => ({ id: name.charAt(0), cycle: Number(name.slice(1)) }));
  const ids = [...new Set(names.map(({ id }) => id))];
  const experiments = ids.map((id) => experiment(id, 2, {}, { ...QUICK, min_seconds: 1 }));
  const { request: made, recorded } = request(folder, runner, experiments);
  const plan: Plan = {
    ...made.plan,
    runs: names.map(({ id, cycle }, index) => ({ position: index + 1, experimentId: id, cycle, seed: 7 })),
    execution: executionSchema.parse({ gaps: { between_runs_s: 0 }, ...settings }),
  };
  return { run: { ...made, plan, past }, recorded, engines };
}

it(
  'tries a run again that failed to start, and gives up an experiment that only fails',
  async () => {
    const starts = ['port-in-use', null, 'bad-model', 'bad-model'];
    const { run, recorded, engines } = studyOf('a1 b1 b2 b3 b4', { breaker: 2 }, starts);
    expect(await execute(run)).toEqual({
      ...{ completed: 1, overloaded: 0, failed: 2, skipped: 2, interrupted: false },
    });
    expect(recorded.records.map(({ status, failure }) => [status, failure?.class])).toEqual([
      ['failed', 'port-in-use'],
      ['completed', undefined],
      ['failed', 'bad-model'],
      ['failed', 'bad-model'],
    ]);
    expect(recorded.skipped.map(({ cycle }) => cycle)).toEqual([3, 4]);
    const told = recorded.events.filter(({ type }) => /^(retry|runs-skipped|run-started)$/.test(type));
    expect(told).toMatchObject([
      { type: 'run-started', index: 1, of: 5 },
      { type: 'retry', experimentId: 'a', index: 1, retry: 1, retries: 1, after: 'port-in-use' },
      { type: 'run-started', index: 1, of: 5 },
      { type: 'run-started', index: 2, of: 5 },
      { type: 'run-started', index: 3, of: 5 },
      { type: 'runs-skipped', experimentId: 'b', cycles: [3, 4] },
    ]);
    await Promise.all(engines.map((engine) => engine.ended));
  },
  LIMIT_MS,
);

it('ends with the first failed run where it is to, and says so', async () => {
  const { run, recorded } = studyOf('a1 b1', { fail_fast: true }, ['bad-model']);
  expect(await execute(run)).toMatchObject({ completed: 0, failed: 1, skipped: 0, interrupted: false });
  expect(recorded.records).toHaveLength(1);
  const said = recorded.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
  expect(said).toEqual([expect.stringContaining('execution.fail_fast')]);
});

it('makes no further attempt once it is interrupted', async () => {
  const interrupt = new AbortController();
  const { run, recorded } = studyOf('a1 b1', {}, ['port-in-use']);
  const emit: ExecuteRequest['emit'] = (event) => {
    run.emit(event);
    if (event.type === 'run-ended') interrupt.abort();
  };
  const outcome = await execute({ ...run, emit, signal: interrupt.signal });
  expect(outcome).toMatchObject({ completed: 0, failed: 0, interrupted: true });
  expect(recorded.records.map(({ status }) => status)).toEqual(['failed']);
});
