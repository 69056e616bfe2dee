/** A server that is there before llem comes: what is measured of it, what is not, and that it lives on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, Experiment, LlemEvent, Runner } from '@llem/core';
import {
  simulatedMetricMap,
  startSimulatedEngine,
  type EngineOptionsInput,
  type SimulatedEngine,
} from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute } from '../dist/index.js';
import { cachedTokens } from './block.js';
import {
  backend,
  check,
  completed,
  experiment,
  GPU_W,
  LIMIT_MS,
  QUICK,
  request,
  resetting,
} from './simulation.js';

let folder = '';
let server: SimulatedEngine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-attach-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const SHORT = { ...QUICK, min_seconds: 1, warmup: { max_s: 0 } };
const run = (id: string, more: Partial<Experiment> = {}, measure: object = {}): Experiment => ({
  ...experiment(id, 8, {}, { ...SHORT, ...measure }),
  ...more,
});

/** It does not look whether the server is there: the plugin does. */
const attaching: Runner = {
  place: 'elsewhere',
  checks: () => [],
  target: () => Promise.resolve({ host: '127.0.0.1', port: server.port }),
  async start({ logPath }) {
    await writeFile(logPath, '');
    let detach: () => void = () => undefined;
    const exited = new Promise<{ code: null; signal: null }>((resolve) => {
      detach = () => resolve({ code: null, signal: null });
    });
    return {
      endpoint: { baseUrl: server.baseUrl },
      exited,
      facts: {},
      processes: () => Promise.resolve(null),
      stop: () => {
        detach();
        return exited;
      },
    };
  },
};

async function study(
  experiments: readonly Experiment[],
  of: Backend,
  engine: EngineOptionsInput,
  onEvent: (event: LlemEvent) => void = () => undefined,
) {
  server = await startSimulatedEngine({
    slots: 16,
    ttftMs: 4,
    itlMs: 1,
    cache: { blockTokens: 4 },
    ...engine,
  });
  const made = request(folder, attaching, experiments, { backend: of });
  const emit = (event: LlemEvent) => {
    made.request.emit(event);
    onEvent(event);
  };
  await execute({ ...made.request, emit });
  return made.recorded;
}

it(
  'gets other prompts in every run where it cannot forget, and no energy of a machine that may not be its own',
  async () => {
    const { records, events } = await study([run('a'), run('b')], backend, {});
    expect(records.map(({ engine }) => [engine.service, engine.command, engine.serviceStart])).toEqual([
      ['attached', [], { runId: 'run-1', runsBefore: 0, cacheReset: 'unsupported' }],
      ['attached', [], { runId: 'run-2', runsBefore: 1, cacheReset: 'unsupported' }],
    ]);
    const seeds = records.map(({ dataset }) => dataset?.seed);
    expect(new Set([7, ...seeds]).size).toBe(3);
    expect(cachedTokens(server)).toBe(0);
    expect((await fetch(`${server.baseUrl}/health`)).status).toBe(200);

    for (const record of records) {
      const { energy, window } = completed(record);
      expect([energy.domains, energy.headline, window.settle.reached]).toEqual([[], null, 'left-out']);
      expect(record.reasons['measurement.energy.headline']).toContain('does not start the server');
      expect(check(record, 'headline-energy')?.message).toContain('write `devices`');
      expect(check(record, 'idle')?.message).toMatch(/^Left out by the study: warmup\.max_s\./);
    }
    expect(events.find(({ type }) => type === 'study-started')).toMatchObject({ meters: [] });
  },
  LIMIT_MS,
);

it(
  'has the energy of this machine where the study says that it is here, without an idle that nobody saw',
  async () => {
    const idles = { idle_bare_s: 0.3, settle_s: 0.1, idle_loaded_s: 0.3 };
    const { records, events } = await study([run('a', { devices: [0] }, idles)], resetting, {});
    const [record] = records;
    const { energy, memory, devices } = completed(record);
    expect(energy.totals.gpu?.meanPowerW).toBeCloseTo(GPU_W, -1);
    const idle = energy.domains.find(({ scope }) => scope === 'gpu')?.idle;
    expect(idle?.bare).toBeNull();
    expect(idle?.loaded?.watts).toBeCloseTo(GPU_W, -1);
    expect(record?.reasons['measurement.energy.domains.0.idle.bare']).toContain('ran already');
    expect(check(record, 'idle')).toMatchObject({ ok: false, severity: 'warning' });
    expect(events.some((event) => event.type === 'phase' && event.phase === 'idle-bare')).toBe(false);
    // Nobody there before it can be a stranger to it.
    expect(devices[0]?.foreignProcesses).toBeNull();
    expect(memory).toBeNull();
    // What it remembered it has forgotten.
    expect(record?.engine.serviceStart?.cacheReset).toBe('done');
    expect(record?.dataset?.seed).toBe(7);
  },
  LIMIT_MS,
);

it(
  'is waited for until it has nothing to do, and is told when others use it all the same',
  async () => {
    // Nobody reads it to the end: the server ends with the test.
    const ask = (max_tokens: number) =>
      void fetch(`${server.baseUrl}/v1/completions`, {
        method: 'POST',
        body: JSON.stringify({ prompt: [1, 2, 3], max_tokens, stream: true, ignore_eos: true }),
      }).then((answer) => answer.text().catch(() => ''));
    const telling: Backend = { ...backend, serverMetrics: simulatedMetricMap };
    const few = experiment('a', 2, { output_tokens: 200 }, { ...SHORT, min_seconds: 3 });
    const { records, events } = await study([few], telling, {}, (event) => {
      if (event.type !== 'phase') return;
      if (event.phase === 'start') ask(1_500);
      if (event.phase === 'window') for (let more = 0; more < 6; more += 1) ask(8_000);
    });
    const [first] = server.ledger.entries;
    const [, second] = server.ledger.entries.map(({ receivedNs }) => receivedNs);
    // The first request of the run came when the one of somebody else had been answered.
    expect((second ?? 0n) > (first?.endedNs ?? 0n)).toBe(true);
    expect(events.filter(({ type }) => type === 'notice')).toEqual([]);
    expect(check(records[0], 'exclusive-server')).toMatchObject({ ok: false, severity: 'invalid' });
    expect(check(records[0], 'exclusive-server')?.message).toMatch(
      /more requests than it was sent .*, up to \d/,
    );
  },
  LIMIT_MS,
);
