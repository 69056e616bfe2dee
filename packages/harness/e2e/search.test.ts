/** The search on a simulated engine whose limit follows from its script: slots, time to the first token, time per token. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute } from '../dist/index.js';
import { check, completed, experiment, LIMIT_MS, QUICK, request, simulatedRunner } from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-search-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Four requests at once, each of 20 ms + 16 x 5 ms = 100 ms: 40 requests a second at most. */
const ENGINE = { slots: 4, ttftMs: 20, itlMs: 5 };
const KNEE_PER_S = 40;
const SHAPE = { input_tokens: 8, output_tokens: 17 };
const rate = (search: object) =>
  experiment('rate', null, { ...SHAPE, arrival: { process: 'constant' }, search }, QUICK);

it(
  'finds the highest rate that the engine answers within 5 %, tells of every load, and measures it',
  // A stall of the machine may decide a window of so few requests.
  { timeout: LIMIT_MS, retry: 1 },
  async () => {
    const { runner, engines } = simulatedRunner(ENGINE);
    const search = {
      slo: { ttft_ms: 45, attainment: 0.9 },
      from: 34,
      to: 47,
      probe_s: 1.5,
      precision: 0.04,
    };
    const { request: run, recorded } = request(folder, runner, [rate(search)]);
    await execute(run);
    const [record] = recorded.records;
    expect(record?.failure).toBeNull();
    expect(record?.search).toMatchObject({ over: 'rate' });
    const { found, above, probes = [] } = record?.search ?? {};
    expect(Math.abs((found ?? 0) / KNEE_PER_S - 1)).toBeLessThan(0.05);
    expect((above ?? 0) / (found ?? 1) - 1).toBeLessThanOrEqual(0.04);
    expect(probes.slice(0, 2)).toMatchObject([
      { load: 34, held: true, decided: true, reason: null, failed: 0, undecided: 0 },
      { load: 47, held: false, decided: true },
    ]);
    const { load, throughput } = completed(record);
    expect(load.ratePerS).toBe(found);
    expect(throughput.sloAttainment).not.toBeNull();
    expect(check(record, 'search')?.value).toBe(throughput.sloAttainment);
    // No window is left to run into the next.
    expect(engines[0]?.ledger.peakRunning).toBe(4);

    const tried = recorded.events.filter((event) => event.type === 'search');
    expect(tried).toHaveLength(probes.reduce((sum, { windows }) => sum + windows, 0));
    expect(tried[0]).toMatchObject({ over: 'rate', load: 34, window: 1, found: null, above: null });
    expect(tried.at(-1)).toMatchObject({ load: probes.at(-1)?.load });
    const told = recorded.events.flatMap((event) => (event.type === 'probe' ? [event.probe] : []));
    expect(told).toEqual(probes);
  },
);

it(
  'finds how many requests the engine runs at once, and sends no prompt of a finite data set twice',
  async () => {
    const { runner, engines } = simulatedRunner({ ...ENGINE, cache: { blockTokens: 4 } });
    // A fifth request waits 25 ms on average, beside the 20 ms of its first token.
    const search = { slo: { ttft_ms: 36, attainment: 0.8 }, from: 2, to: 8, probe_s: 1 };
    const { request: run, recorded } = request(
      folder,
      runner,
      [experiment('closed', null, { ...SHAPE, search }, QUICK)],
      { dataset: { prompts: 2_000 } },
    );
    await execute(run);
    const [record] = recorded.records;
    expect(record?.search).toMatchObject({ over: 'concurrency', found: 4, above: 5 });
    expect(completed(record).load).toMatchObject({ concurrency: 4, ratePerS: null });
    expect(record?.status).toBe('completed');
    const hits = engines[0]?.ledger.entries.filter(({ cachedTokens }) => cachedTokens > 0);
    expect(hits).toHaveLength(0);
  },
  LIMIT_MS,
);

it(
  'is overloaded where the lowest load does not hold, and inconclusive where the highest does',
  async () => {
    const { runner } = simulatedRunner(ENGINE);
    const slo = { ttft_ms: 80, attainment: 0.9 };
    const { request: run, recorded } = request(folder, runner, [
      { ...rate({ slo, from: 90, to: 95, probe_s: 1 }), id: 'above' },
      { ...rate({ slo, from: 20, to: 25, probe_s: 2 }), id: 'below' },
    ]);
    expect(await execute(run)).toMatchObject({ completed: 1, overloaded: 1, failed: 0 });
    const [above, below] = recorded.records;
    expect(above).toMatchObject({
      status: 'overloaded',
      measurement: null,
      failure: null,
      search: { found: null, above: 90, probes: [{ load: 90, held: false, reason: 'overloaded' }] },
      validity: { publishable: false, checks: [{ id: 'search', ok: false, severity: 'invalid' }] },
    });
    expect(above?.reasons['measurement']).toContain('no load of the search held');
    expect(below?.search).toMatchObject({ found: 25, above: null });
    expect(check(below, 'search')).toMatchObject({ ok: false, severity: 'warning' });
  },
  LIMIT_MS,
);

it(
  'fails where requests fail at the lowest load, and says how many and of what',
  async () => {
    const { runner } = simulatedRunner({ ...ENGINE, faults: { 'answer-500': 3 } });
    const slo = { ttft_ms: 80, attainment: 0.9 };
    const { request: run, recorded } = request(folder, runner, [rate({ slo, from: 30, to: 35, probe_s: 1 })]);
    expect(await execute(run)).toMatchObject({ completed: 0, failed: 1 });
    const [record] = recorded.records;
    expect(record?.search?.probes).toMatchObject([
      { load: 30, held: false, reason: 'failures', decided: true },
    ]);
    const { failed, errors } = record?.search?.probes[0] ?? {};
    expect(errors).toEqual({ 'http-500': failed });
    expect(record?.failure).toMatchObject({ type: 'search', class: 'requests-failing' });
    expect(record?.failure?.message).toMatch(
      /^At 30, the lowest load of the search, \d+ of \d+ requests failed \(http-500/,
    );
  },
  LIMIT_MS,
);
