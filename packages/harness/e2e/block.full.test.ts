/** One service for several runs, where it must not be kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { block, run } from './block.js';
import { backend, LIMIT_MS, resetting } from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-block-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it(
  'stops an engine that it has kept when the study is interrupted between two runs or in the second',
  async () => {
    for (const at of ['run-ended', 'window'] as const) {
      const interrupt = new AbortController();
      const { carryOut, engines, records } = block(folder, resetting, [run('a'), run('b')], {
        signal: interrupt.signal,
      });
      const outcome = await carryOut((event) => {
        const isInSecond = event.type === 'phase' && event.runId === 'run-2' && event.phase === 'window';
        if (at === 'window' ? isInSecond : event.type === 'run-ended') interrupt.abort();
      });
      expect(outcome).toMatchObject({ completed: 1, interrupted: true });
      expect(records.map(({ status }) => status)).toEqual(
        at === 'window' ? ['completed', 'interrupted'] : ['completed'],
      );
      expect(engines).toHaveLength(1);
      await engines[0]?.ended;
    }
  },
  LIMIT_MS,
);

it(
  'starts another engine where prompts would come again that the engine may remember, and says why',
  async () => {
    const { carryOut, engines, records, events } = block(folder, backend, [run('a'), run('b')], {
      dataset: { repeats: true },
    });
    expect(await carryOut()).toMatchObject({ completed: 2 });
    expect(engines).toHaveLength(2);
    expect(records[1]?.engine.serviceStart).toMatchObject({ runId: 'run-2', runsBefore: 0 });
    expect(events.flatMap((event) => (event.type === 'notice' ? [event.message] : []))).toEqual([
      expect.stringContaining(
        'did not empty its cache, and the data set prompts has no prompts that it has not seen',
      ),
    ]);
  },
  LIMIT_MS,
);
