/** Loads on a simulated engine whose limit is known: open loops, cache resets, and what the server tells. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, LlemEvent } from '@llem/core';
import { simulatedMetricMap } from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute, preflight } from '../dist/index.js';
import {
  backend,
  check,
  column,
  completed,
  experiment,
  LIMIT_MS,
  QUICK,
  request,
  resetting,
  simulatedRunner,
} from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-load-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Four requests at once, each of 20 ms + 16 x 5 ms = 100 ms: 40 requests a second at most. */
const ENGINE = { slots: 4, ttftMs: 20, itlMs: 5 };
const KNEE_PER_S = 40;
const SHAPE = { input_tokens: 8, output_tokens: 17 };
const open = (rate: number | undefined, more: object = {}, measure: object = {}) =>
  experiment(
    'open',
    null,
    { ...SHAPE, arrival: { process: 'constant', rate }, ...more },
    { ...QUICK, ...measure },
  );

it(
  'holds an open loop below the limit: what is offered is answered, and nothing piles up',
  async () => {
    const { runner } = simulatedRunner(ENGINE);
    const { request: run, recorded } = request(folder, runner, [open(30)]);
    expect(await execute(run)).toMatchObject({ completed: 1, overloaded: 0 });
    const [record] = recorded.records;
    const { throughput, load, latency, window } = completed(record);
    expect(load).toMatchObject({ concurrency: null, ratePerS: 30 });
    expect(throughput.offeredPerS / 30).toBeCloseTo(1, 1);
    expect(throughput.requestsPerS / 30).toBeCloseTo(1, 1);
    expect(throughput.backlogByPart).toHaveLength(10);
    expect(Math.max(...throughput.backlogByPart)).toBeLessThan(8);
    expect(latency.scheduleDelayMs?.min).toBeGreaterThanOrEqual(0);
    expect(window.cacheReset).toBe('unsupported');
    expect(record?.status).toBe('completed');
    expect(check(record, 'overloaded')).toMatchObject({ ok: true });
    expect(record?.dataset).toEqual({
      id: 'prompts',
      seed: 7,
      revision: 'r7',
      hash: null,
      prompts: null,
      sharedPrefix: false,
      repeats: false,
      records: null,
    });
  },
  LIMIT_MS,
);

it(
  'calls an open loop above the limit overloaded, and keeps what it measured',
  async () => {
    const { runner } = simulatedRunner(ENGINE);
    // The queue fills the room in flight, and then the client's own.
    const arrival = { process: 'constant', rate: 80, max_in_flight: 60 };
    const { request: run, recorded } = request(folder, runner, [open(80, { arrival })]);
    expect(await execute(run)).toMatchObject({ completed: 0, overloaded: 1, failed: 0 });
    const [record] = recorded.records;
    expect(record).toMatchObject({ status: 'overloaded', failure: null, validity: { publishable: false } });
    const { throughput, latency } = completed(record);
    expect(throughput.offeredPerS / 80).toBeCloseTo(1, 1);
    expect(throughput.requestsPerS / KNEE_PER_S).toBeCloseTo(1, 1);
    expect(throughput.backlogByPart.at(-1)).toBeGreaterThan(20 + (throughput.backlogByPart[0] ?? Infinity));
    expect(latency.fromIntended.e2eMs?.p99).toBeGreaterThan(latency.e2eMs?.p50 ?? Infinity);
    expect(check(record, 'overloaded')?.message).toMatch(
      /offered [78]\d\.?\d* requests\/s.*Lower workload\.arrival\.rate below/,
    );
    // Waiting for room, for a second and more, is backlog, and no lateness of the client.
    expect(latency.scheduleDelayMs?.max).toBeGreaterThan(500);
    expect(check(record, 'load-generator')?.value).toBeLessThan(250);
    expect(recorded.events.at(-1)).toMatchObject({ type: 'study-ended', overloaded: 1 });
  },
  LIMIT_MS,
);

it(
  'does not wait for a warm-up to become steady while the backlog grows',
  async () => {
    const { runner } = simulatedRunner(ENGINE);
    const { request: run, recorded } = request(folder, runner, [open(60, {}, { warmup: { max_s: 80 } })]);
    expect(await execute(run)).toMatchObject({ overloaded: 1 });
    expect(completed(recorded.records[0]).window.warmup.seconds).toBeLessThan(40);
  },
  LIMIT_MS,
);

it(
  'empties the cache of an idle engine between warm-up and window, and says when the engine refused',
  async () => {
    for (const refused of [false, true]) {
      const { runner, engines } = simulatedRunner({
        ...ENGINE,
        cache: {},
        faults: refused ? { 'reset-refused': true } : {},
      });
      const { request: run, recorded } = request(folder, runner, [experiment('a', 4, SHAPE, QUICK)], {
        backend: resetting,
        dataset: { repeats: true },
      });
      await execute(run);
      const [record] = recorded.records;
      expect(completed(record).window.cacheReset).toBe(refused ? 'refused' : 'done');
      expect(engines[0]?.ledger.asked['POST /reset_prefix_cache']).toBe(refused ? 5 : 1);
      const notices = recorded.events.filter((event: LlemEvent) => event.type === 'notice');
      expect(notices).toHaveLength(refused ? 1 : 0);
      // The engine tells how many tokens came from its cache: none.
      expect(check(record, 'cache')).toMatchObject({ ok: true });
      expect(completed(record).requests).toMatchObject({ failed: 0, cancelled: 0 });
    }
  },
  LIMIT_MS,
);

it(
  'counts the requests that held the SLO as the ledger of the engine has them',
  async () => {
    const { runner, engines } = simulatedRunner({ ...ENGINE, ttftMs: 60, jitter: { ttft: 0.8 } });
    const slo = { ttft_ms: 60, e2e_ms: 5_000 };
    const { request: run, recorded } = request(folder, runner, [
      experiment('a', 4, { ...SHAPE, slo }, { ...QUICK, min_seconds: 4 }),
    ]);
    await execute(run);
    const { throughput, window, requests } = completed(recorded.records[0]);
    const [tables] = recorded.tables;
    const inside = column(tables?.requests, 'sent_in_window');
    const order = column(tables?.requests, 'sent_s')
      .map((sentS, row) => ({ sentS: Number(sentS), row }))
      .sort((a, b) => a.sentS - b.sentS);
    const entries = engines[0]?.ledger.entries ?? [];
    const truth = order
      .map(({ row }, index) => ({ inside: inside[row], entry: entries[index] }))
      .filter((one) => one.inside === true)
      .map(({ entry }) => Number((entry?.tokenNs[0] ?? 0n) - (entry?.receivedNs ?? 0n)) / 1e6 <= 60);
    expect(truth).toHaveLength(requests.sent);
    const share = truth.filter(Boolean).length / truth.length;
    // A millisecond between client and engine moves one request in a hundred across the limit.
    expect(Math.abs((throughput.sloAttainment ?? 0) - share)).toBeLessThan(0.12);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
    expect(throughput.goodputPerS).toBeCloseTo(
      ((throughput.sloAttainment ?? 0) * requests.sent) / window.durationS,
      6,
    );
  },
  LIMIT_MS,
);

it(
  'holds a window until it has seen whole conversations enough, however many turns have ended',
  async () => {
    const { runner } = simulatedRunner(ENGINE);
    const { request: run, recorded } = request(folder, runner, [experiment('a', 4, SHAPE, QUICK)], {
      dataset: { turns: 5 },
    });
    await execute(run);
    const [record] = recorded.records;
    const { requests, window } = completed(record);
    expect(requests.conversationsInside).toBeGreaterThanOrEqual(30);
    expect(requests.completedInside / requests.conversationsInside).toBeCloseTo(5, 0);
    expect(window.durationS).toBeGreaterThan(QUICK.min_seconds);
    expect(check(record, 'requests')).toMatchObject({ ok: true });
    const [tables] = recorded.tables;
    // No conversation begins in the middle.
    const firstTurns = column(tables?.requests, 'turn').filter((turn) => turn === 0).length;
    expect(new Set(column(tables?.requests, 'conversation')).size).toBe(firstTurns);
  },
  LIMIT_MS,
);

it(
  'asks the server what it runs, and holds that against the target',
  async () => {
    const { runner, engines } = simulatedRunner({ ...ENGINE, slots: 2, kvTokens: 1_000 });
    const metered: Backend = { ...backend, serverMetrics: simulatedMetricMap };
    const { request: run, recorded } = request(
      folder,
      runner,
      [experiment('a', 4, SHAPE, { ...QUICK, min_seconds: 12 })],
      { backend: metered },
    );
    await execute(run);
    const [record] = recorded.records;
    const { server, window } = completed(record);
    expect(server?.meanRunning).toBeGreaterThan(1.6);
    expect(server?.meanRunning).toBeLessThanOrEqual(2);
    expect(server?.meanWaiting).toBeGreaterThan(1.4);
    expect(server?.meanWaiting).toBeLessThan(2.4);
    expect(server?.coverage).toBeGreaterThan(0.75);
    // Two of the four run: the others wait inside the engine, which the client cannot see.
    expect(check(record, 'steady')).toMatchObject({ ok: false, severity: 'invalid' });
    expect(check(record, 'scrape')).toMatchObject({ ok: true });
    const asked = engines[0]?.ledger.asked['GET /metrics'] ?? 0;
    expect(asked).toBeGreaterThanOrEqual(2);
    expect(asked).toBeLessThan(window.durationS + 10);
    const samples = recorded.tables[0]?.samples;
    const told = column(samples, 'meter').map((meter, row) =>
      meter === 'server' ? column(samples, 'quantity')[row] : null,
    );
    expect(told).toContain('running');
    expect(told).toContain('outputTokens');
  },
  LIMIT_MS,
);

it(
  'goes on without metrics where the server gives none, and says so',
  async () => {
    const { runner } = simulatedRunner({ ...ENGINE, faults: { 'metrics-404': true } });
    const metered: Backend = { ...backend, serverMetrics: simulatedMetricMap };
    const { request: run, recorded } = request(folder, runner, [experiment('a', 4, SHAPE, QUICK)], {
      backend: metered,
    });
    await execute(run);
    const [record] = recorded.records;
    expect(completed(record).server).toBeNull();
    expect(record?.reasons['measurement.server']).toContain('did not answer');
    expect(check(record, 'scrape')).toMatchObject({ ok: false, severity: 'warning' });
  },
  LIMIT_MS,
);

it(
  'keeps every token of the window, so that its gaps can be computed again',
  async () => {
    const { runner } = simulatedRunner(ENGINE);
    const { request: run, recorded } = request(folder, runner, [experiment('a', 4, SHAPE, QUICK)]);
    await execute(run);
    const { latency, tokens, window } = completed(recorded.records[0]);
    const [tables] = recorded.tables;
    const [of, at] = [column(tables?.tokens, 'request'), column(tables?.tokens, 't_s').map(Number)];
    const [startS, endS] = [window.startNs / 1e9, window.endNs / 1e9];
    const arrived = at.filter((atS) => atS > startS + 1e-9 && atS <= endS + 1e-9);
    expect(arrived).toHaveLength(tokens.output);
    const ids = column(tables?.requests, 'index');
    const kept = new Set(ids.filter((_, row) => column(tables?.requests, 'sent_in_window')[row] === true));
    const gaps = at.flatMap((atS, row) =>
      row > 0 && of[row] === of[row - 1] && kept.has(of[row] ?? null) ? [atS - (at[row - 1] ?? 0)] : [],
    );
    expect(gaps).toHaveLength(latency.itlMs?.count ?? 0);
    const meanMs = (1_000 * gaps.reduce((sum, gap) => sum + gap, 0)) / gaps.length;
    expect(meanMs).toBeCloseTo(latency.itlMs?.mean ?? 0, 6);
  },
  LIMIT_MS,
);

it('tells in preflight that a data set is not to be had', async () => {
  const { runner } = simulatedRunner(ENGINE);
  const { request: run } = request(folder, runner, [experiment('a', 1), experiment('b', 1)], {
    dataset: { fails: true },
  });
  const report = await preflight(run);
  expect(report.ok).toBe(false);
  expect(report.findings.filter(({ id }) => id === 'workload.dataset')).toMatchObject([
    { status: 'failed', message: 'The data set is not to be had.' },
  ]);
});
