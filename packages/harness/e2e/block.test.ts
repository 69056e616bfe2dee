/** One service for the runs of a cycle that need the same: when it is kept, when it is not, and what each run is told of it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { block, cachedTokens, run } from './block.js';
import { backend, completed, LIMIT_MS, resetting } from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-block-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it(
  'serves the runs of a cycle that start the same engine with one, its cache emptied in between',
  async () => {
    const idles = { idle_bare_s: 0.3, settle_s: 0.1, idle_loaded_s: 0.3 };
    const { carryOut, engines, records, phases } = block(
      folder,
      resetting,
      [run('a', idles), run('b', idles)],
      { again: true },
    );
    expect(await carryOut()).toMatchObject({ completed: 3, failed: 0 });
    expect(records.map(({ engine }) => [engine.service, engine.serviceStart])).toEqual([
      ['per_block', { runId: 'run-1', runsBefore: 0, cacheReset: null }],
      ['per_block', { runId: 'run-1', runsBefore: 1, cacheReset: 'done' }],
      ['per_block', { runId: 'run-3', runsBefore: 0, cacheReset: null }],
    ]);
    expect(engines).toHaveLength(2);
    await Promise.all(engines.map((engine) => engine.ended));

    // The same prompts, of which the engine remembered none.
    expect(records.map(({ dataset }) => dataset?.seed)).toEqual([7, 7, 7]);
    expect(engines.map(cachedTokens)).toEqual([0, 0]);

    const [first, second] = records.slice(0, 2).map((record) => completed(record).energy.domains[0]?.idle);
    expect(second?.bare).toMatchObject({ watts: first?.bare?.watts });
    expect(second?.bare?.ageS).toBeGreaterThan(first?.bare?.ageS ?? Infinity);
    expect(second?.loaded?.ageS).toBeLessThan(second?.bare?.ageS ?? 0);
    expect(second?.loaded?.watts).not.toBe(first?.loaded?.watts);
    expect(phases('run-1')).toEqual(
      expect.arrayContaining(['idle-bare', 'start', 'idle-loaded', 'window', 'stop']),
    );
    expect(phases('run-2')).not.toContain('idle-bare');
    expect(phases('run-2')).not.toContain('start');

    expect(await readFile(join(folder, 'run-2.log'), 'utf8')).toMatch(
      /^llem: an earlier run .* run-1\.log\./,
    );
  },
  LIMIT_MS,
);

it(
  'sends other prompts where the cache cannot be emptied, and never lets another run have an engine that failed',
  async () => {
    const { carryOut, engines, records } = block(folder, backend, [run('a'), run('b'), run('c')]);
    await carryOut((event) => {
      if (event.type === 'phase' && event.runId === 'run-2' && event.phase === 'window')
        void engines[0]?.close();
    });
    expect(records.map(({ status }) => status)).toEqual(['completed', 'failed', 'completed']);
    expect(records[1]?.failure).toMatchObject({ class: 'engine-exit', logTail: ['simulated engine'] });
    expect(records.map(({ engine }) => engine.serviceStart)).toEqual([
      { runId: 'run-1', runsBefore: 0, cacheReset: null },
      { runId: 'run-1', runsBefore: 1, cacheReset: 'unsupported' },
      { runId: 'run-3', runsBefore: 0, cacheReset: null },
    ]);
    expect(engines).toHaveLength(2);
    const seeds = records.map(({ dataset }) => dataset?.seed);
    expect(seeds[2]).toBe(7);
    expect(seeds[1]).not.toBe(seeds[0]);
    expect(cachedTokens(engines[0])).toBe(0);
  },
  LIMIT_MS,
);
