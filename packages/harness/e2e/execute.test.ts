/** A whole plan on a simulated engine and a meter of known power. Threads are the built ones: workers load JavaScript. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { llemError, measureSchema, type Plan, type Runner, type RunRecord } from '@llem/core';
import type { EngineOptionsInput } from '@llem/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, preflight, type ExecuteRequest } from '../dist/index.js';
import {
  backend,
  column,
  completed,
  CPU_W,
  experiment,
  GPU_W,
  LIMIT_MS,
  QUICK,
  request,
  simulatedRunner,
} from './simulation.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-execute-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it(
  'bills the GPU at its true power, keeps the host apart, and subtracts the idle that it measured',
  async () => {
    const { runner, engines } = simulatedRunner({ slots: 4, ttftMs: 4, itlMs: 2 });
    const { request: run, recorded } = request(folder, runner, [
      experiment('a', 4, {}, { idle_bare_s: 2, idle_loaded_s: 2 }),
    ]);
    expect(await preflight(run)).toMatchObject({ ok: true });
    expect(await execute(run)).toEqual({
      completed: 1,
      overloaded: 0,
      failed: 0,
      skipped: 0,
      interrupted: false,
    });

    const { energy, window, tokens, requests, latency, throughput } = completed(recorded.records[0]);
    expect(energy.headline).toBe('gpu');
    const within = (value: number | null | undefined, truth: number, share: number) =>
      expect(Math.abs((value ?? 0) - truth)).toBeLessThan(share * truth);
    // A thread that another process kept waiting at an edge of so short a window has a wider one, and says so.
    const shareOf = (scope: 'gpu' | 'cpu', watts: number) =>
      0.005 + (3 * (energy.totals[scope]?.edgeJ ?? 0)) / (watts * window.durationS);
    const gpuShare = shareOf('gpu', GPU_W);
    expect(gpuShare).toBeLessThan(0.1);
    within(energy.totals.gpu?.joules, GPU_W * window.durationS, gpuShare);
    within(energy.totals.cpu?.joules, CPU_W * window.durationS, shareOf('cpu', CPU_W));
    within(energy.joulesPerOutputToken, (GPU_W * window.durationS) / tokens.output, gpuShare);
    within(energy.joulesPerRequest, (GPU_W * window.durationS) / requests.completedInside, gpuShare);
    // 5 % of 2 s: nothing tells how far such a thread puts the edges of an idle off.
    within(energy.domains[0]?.idle.loaded?.watts, GPU_W, 0.05);
    within(energy.domains[0]?.idle.bare?.watts, GPU_W, 0.05);
    expect(Math.abs(energy.totals.gpu?.adjustedJ ?? Infinity)).toBeLessThan(
      (0.05 + gpuShare) * GPU_W * window.durationS,
    );

    expect(withoutReason(recorded.records[0])).toEqual([]);
    expect(requests).toMatchObject({ failed: 0, cancelled: 0 });
    expect(requests.completedInside).toBeGreaterThanOrEqual(30);
    expect(tokens).toMatchObject({ source: 'server', mismatch: 0, wrongLength: 0 });
    expect(latency.ttftMs?.min).toBeGreaterThanOrEqual(4);
    expect(throughput.meanInFlight).toBeGreaterThan(2);

    const [engine] = engines;
    const sent = engine?.ledger.entries.filter((entry) => entry.outcome === 'completed').length ?? 0;
    const statuses = column(recorded.tables[0]?.requests, 'status');
    const whole = statuses.filter((status) => status === 'completed').length;
    // One that the engine had just sent whole when the load was ended may count as cancelled with us.
    expect(whole).toBeLessThanOrEqual(sent);
    expect(whole).toBeGreaterThanOrEqual(sent - 4);
  },
  LIMIT_MS,
);

it(
  'never bills the processor where GPUs are used and nothing meters them',
  async () => {
    const { runner } = simulatedRunner({ slots: 2 });
    const meter = { devices: [{ id: 'cpu:package-0', scope: 'cpu', power_w: CPU_W }] };
    const { request: run, recorded } = request(folder, runner, [experiment('a', 2)], { meter });
    await execute(run);
    const { energy } = completed(recorded.records[0]);
    expect(energy).toMatchObject({ headline: null, joulesPerOutputToken: null });
    expect(recorded.records[0]?.reasons['measurement.energy.totals.gpu']).toBe('no meter covers it');
    expect(recorded.records[0]?.validity.publishable).toBe(false);
    expect(withoutReason(recorded.records[0])).toEqual([]);
  },
  LIMIT_MS,
);

it('has what an engine needs brought before anything is measured, also where no preflight did so', async () => {
  const { runner, engines } = simulatedRunner({ slots: 2 });
  const lacking: Runner = {
    ...runner,
    prepare: (_spec, _signal, tell) => {
      tell('Image x: 1 of 2 GB');
      return Promise.reject(
        llemError('LLEM_E_START', 'No image.', { remedy: 'None.', failureClass: 'image-missing' }),
      );
    },
  };
  const { request: run, recorded } = request(folder, lacking, [experiment('a', 2)]);
  await execute(run);
  expect(recorded.records[0]?.failure).toMatchObject({ type: 'prepare', class: 'image-missing' });
  expect(recorded.events).toContainEqual({ type: 'notice', level: 'info', message: 'Image x: 1 of 2 GB.' });
  expect(recorded.events).not.toContainEqual(expect.objectContaining({ type: 'phase', phase: 'idle-bare' }));
  expect(engines).toEqual([]);
});

/** Null for a reason that its own description tells: a spread of one value, a step that is none, power that is no mean, no reason. */
const SPEAKS_FOR_ITSELF = /\.(sd|stepMs|averagedMs|reason)$/;

/** The paths of a record's measurement that are null and of which neither they nor what they are part of has a reason. */
function withoutReason(record: RunRecord | undefined): string[] {
  const { reasons = {}, measurement } = record ?? {};
  const nulls = (value: unknown, path: string): string[] => {
    if (path in reasons) return [];
    if (value === null) return SPEAKS_FOR_ITSELF.test(path) ? [] : [path];
    if (typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, inner]) => nulls(inner, `${path}.${key}`));
  };
  return nulls(measurement, 'measurement');
}

describe('a run that fails is recorded with its cause, and the study goes on', () => {
  const faulty: readonly [string, EngineOptionsInput, Partial<Plan['execution']>, string, string][] = [
    ['an engine that cannot start', { faults: { 'exit-at-start': 1 } }, {}, 'start', 'start-failed'],
    [
      'an engine that never gets ready',
      { faults: { 'hang-at-start': true } },
      { start_timeout_s: 0.3 },
      'start',
      'start-timeout',
    ],
    ['an engine that dies under load', { faults: { 'exit-after-tokens': 50 } }, {}, 'warmup', 'engine-exit'],
    [
      'an engine that goes silent',
      { faults: { 'hang-after-tokens': 50 } },
      { stall_timeout_s: 1 },
      'window',
      'engine-hung',
    ],
    [
      'an engine that answers with nothing but errors',
      { faults: { 'answer-500': 1 } },
      {},
      'warmup',
      'requests-failing',
    ],
    ['a run over its time limit', { itlMs: 2_000 }, { timeout_s: 8 }, 'window', 'run-timeout'],
  ];
  it.each(faulty)(
    '%s',
    async (_, options, execution, type, failureClass) => {
      const broken = simulatedRunner({ slots: 2, ...options });
      const { runner: working } = simulatedRunner({ slots: 2 });
      let starts = 0;
      const runner: Runner = {
        ...working,
        start: (...all) => (starts++ === 0 ? broken.runner : working).start(...all),
      };
      const second = {
        ...experiment('b', 2),
        measure: measureSchema.parse({
          min_seconds: 1,
          idle_bare_s: 0,
          settle_s: 0,
          idle_loaded_s: 0,
          warmup: { max_s: 0 },
        }),
      };
      const { request: run, recorded } = request(folder, runner, [experiment('a', 2), second], {
        execution: { retries: { max: 0, classes: [] }, ...execution },
      });
      expect(await execute(run)).toMatchObject({ completed: 1, failed: 1 });
      expect(recorded.records[0]).toMatchObject({
        status: 'failed',
        measurement: null,
        failure: { type, class: failureClass },
        validity: { publishable: false, checks: [] },
      });
      expect(recorded.records[0]?.failure?.remedy).not.toBe('');
      const kept = column(recorded.tables[0]?.requests, 'status');
      if (type !== 'start') expect(kept.length).toBeGreaterThan(0);
      await Promise.all(broken.engines.map((engine) => engine.ended));
    },
    LIMIT_MS,
  );
});

it('names the failure of an engine that got ready and then does not say what it is', async () => {
  const { runner } = simulatedRunner({});
  const silent = { ...backend, describe: () => Promise.reject(new Error('fetch failed')) };
  const { request: run, recorded } = request(folder, runner, [experiment('a', 2, {}, QUICK)], {
    backend: silent,
  });
  expect(await execute(run)).toMatchObject({ failed: 1 });
  expect(recorded.records[0]?.failure).toMatchObject({
    ...{ type: 'start', class: 'describe-failed', logTail: ['simulated engine'] },
    message: 'The engine got ready, but did not say what it is: fetch failed.',
  });
});

it(
  'records an interruption, stops the engine and begins no further run',
  async () => {
    const interrupt = new AbortController();
    const { runner, engines } = simulatedRunner({ slots: 2 });
    const { request: run, recorded } = request(folder, runner, [experiment('a', 2), experiment('b', 2)], {
      signal: interrupt.signal,
    });
    const emit: ExecuteRequest['emit'] = (event) => {
      run.emit(event);
      if (event.type === 'phase' && event.phase === 'window') interrupt.abort();
    };
    expect(await execute({ ...run, emit })).toMatchObject({ completed: 0, failed: 0, interrupted: true });
    expect(recorded.records.map((record) => record.status)).toEqual(['interrupted']);
    await Promise.all(engines.map((engine) => engine.ended));
  },
  LIMIT_MS,
);

it(
  'counts what goes wrong inside the window instead of hiding it',
  async () => {
    const { runner } = simulatedRunner({ slots: 4, faults: { 'answer-500': 5 } });
    const { request: run, recorded } = request(folder, runner, [experiment('a', 4)]);
    await execute(run);
    const { requests } = completed(recorded.records[0]);
    expect(requests.failed).toBeGreaterThan(0);
    expect(requests.errors).toEqual({ 'http-500': requests.failed });
    expect(recorded.records[0]?.validity.checks.find((check) => check.id === 'requests')).toMatchObject({
      ok: false,
    });
  },
  LIMIT_MS,
);

it(
  'carries out the cycles that are added when no run is left, and tells at most how many there are',
  async () => {
    const { runner } = simulatedRunner({ faults: { 'exit-at-start': 1 } });
    const execution = { retries: { max: 0, classes: [] }, breaker: 0 };
    const { request: run, recorded } = request(folder, runner, [experiment('a', 2, {}, { idle_bare_s: 0 })], {
      execution,
    });
    const cycle = (of: number) => [{ position: of, experimentId: 'a', cycle: of, seed: of }];
    const added = [cycle(2), cycle(3), []];
    const growth = {
      possible: () => [2, 3, 4].flatMap(cycle),
      nextCycle: () => Promise.resolve(added.shift() ?? []),
    };
    expect(await execute({ ...run, growth })).toMatchObject({ failed: 3 });
    expect(recorded.records.map((record) => record.cycle)).toEqual([1, 2, 3]);
    const started = recorded.events.filter((event) => event.type === 'run-started');
    expect(started.map(({ index, of, atMost }) => [index, of, atMost])).toEqual([
      [1, 4, true],
      [2, 4, true],
      [3, 4, true],
    ]);
    expect(recorded.events.find((event) => event.type === 'study-started')).toMatchObject({
      runs: 1,
      runsAtMost: 4,
    });
  },
  LIMIT_MS,
);
