/** A study whose gaps wait for a temperature, on a machine where nothing tells one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executionSchema } from '@llem/core';
import { expect, it } from 'vitest';
import { execute, preflight } from '../dist/index.js';
import { completed, experiment, LIMIT_MS, QUICK, request, simulatedRunner } from './simulation.js';

it(
  'is warned of before it starts, and waits for the time alone',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llem-gap-'));
    const { runner } = simulatedRunner({ slots: 2 });
    const execution = executionSchema.parse({ gaps: { between_runs_s: 0.2, until_c: 45 } });
    const experiments = [experiment('a', 2, {}, QUICK), experiment('b', 2, {}, QUICK)];
    const { request: run, recorded } = request(folder, runner, experiments, { execution });

    const { ok, findings } = await preflight(run);
    expect(ok).toBe(true);
    expect(findings.filter(({ status }) => status === 'warning')).toMatchObject([
      { id: 'execution.gaps.until_c' },
    ]);

    await execute(run);
    const [first, second] = recorded.records;
    const { gap, settle } = completed(first).window;
    expect(gap).toEqual({ seconds: 0, reached: 'none', temperatureC: null });
    expect(settle).toEqual({ seconds: 0, reached: 'left-out' });
    expect(completed(second).window.gap).toMatchObject({ reached: 'time', temperatureC: null });
    expect(completed(second).window.gap.seconds).toBeGreaterThanOrEqual(0.199);
    expect(second?.reasons['measurement.window.gap.temperatureC']).toContain('none was told');
    await rm(folder, { recursive: true, force: true });
  },
  LIMIT_MS,
);
