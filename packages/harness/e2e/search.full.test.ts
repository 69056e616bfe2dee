/**
 * The search where requests are few and long: thirty in a window, at a rate and in flight. The limit follows from the engine's
 * script, so the machine has to be quiet: a stall of the engine's own thread is a missed limit like any other.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute } from '../dist/index.js';
import { check, completed, experiment, QUICK, request, resetting, simulatedRunner } from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-search-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Two requests at once, each of 50 ms + 15 x 10 ms = 200 ms: 10 requests a second at most. */
const ENGINE = { slots: 2, ttftMs: 50, itlMs: 10 };
const KNEE_PER_S = 10;
const SHAPE = { input_tokens: 8, output_tokens: 16 };

// Three stalls among thirty requests decide a load: a moment that the machine gave to others may be tried again.
it('finds the highest rate within 5 % where a window has thirty requests', { retry: 2 }, async () => {
  const { runner } = simulatedRunner(ENGINE);
  const slo = { ttft_ms: 125, attainment: 0.9 };
  const search = { slo, from: 6, to: 16, probe_s: 1, precision: 0.03 };
  const workload = { ...SHAPE, arrival: { process: 'constant' }, search };
  const { request: run, recorded } = request(folder, runner, [experiment('few', null, workload, QUICK)]);
  await execute(run);
  const [record] = recorded.records;
  const { found, probes = [] } = record?.search ?? {};
  expect(Math.abs((found ?? 0) / KNEE_PER_S - 1)).toBeLessThan(0.05);
  // So few tell only when they are asked again.
  for (const { requests, windows, held } of probes.filter(({ load }) => load < 1.1 * KNEE_PER_S)) {
    expect(requests).toBeGreaterThanOrEqual(windows * 25);
    if (held) expect(windows).toBeGreaterThan(1);
  }
  expect(completed(record).load.ratePerS).toBe(found);
  expect(check(record, 'search')).not.toMatchObject({ severity: 'invalid' });
});

it('empties the cache between loads and sends the prompts of a small data set again where the engine can', async () => {
  const { runner, engines } = simulatedRunner({ ...ENGINE, cache: { blockTokens: 4 } });
  const search = { slo: { ttft_ms: 75, attainment: 0.8 }, from: 1, to: 4, probe_s: 1 };
  const { request: run, recorded } = request(
    folder,
    runner,
    [experiment('closed', null, { ...SHAPE, search }, QUICK)],
    { dataset: { prompts: 150 }, backend: resetting },
  );
  await execute(run);
  const [record] = recorded.records;
  expect(record?.failure).toBeNull();
  expect(record?.search).toMatchObject({ over: 'concurrency', found: 2, above: 3 });
  const entries = engines[0]?.ledger.entries ?? [];
  // More were sent than there are prompts, and none of them hit.
  expect(entries.length).toBeGreaterThan(150);
  expect(entries.filter(({ cachedTokens }) => cachedTokens > 0)).toHaveLength(0);
});
