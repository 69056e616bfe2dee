/** Idle, adjusted energy and gaps through the real command: a simulated engine draws by its load on a simulated NVIDIA driver. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema, type RunRecord } from '@llem/core';
import {
  compileSimulatedNvml,
  createSimulatedNvml,
  SIMULATED_LLAMA_SERVER,
  type SimulatedNvml,
} from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventsOf, workplace, type Workplace } from './llem.js';

const [BARE_W, IDLE_W, SLOT_W] = [60, 90, 100];
const STUDY = `name: idle
model: llem/tiny-1m
backend: llamacpp
devices: [0]
workload: { concurrency: 2, input_tokens: 16, output_tokens: 64 }
measure: { min_seconds: 5, idle_bare_s: 2, settle_s: 0.5, idle_loaded_s: 3, warmup: { max_s: 2 } }
execution: { cycles: 1, gaps: { until_c: 45 } }
energy: { require: measured }
llamacpp: { executable: ${SIMULATED_LLAMA_SERVER} }
`;

let place: Workplace;
let nvml: SimulatedNvml;
beforeEach(async () => {
  place = await workplace();
  const folder = join(place.dir, 'driver');
  await mkdir(folder);
  nvml = createSimulatedNvml(join(folder, 'control'), {
    gpus: [
      { power_w: BARE_W, temperature_c: 61 },
      { power_w: 300, temperature_c: 90 },
    ],
  });
  place.env['LLEM_NVML_LIBRARY'] = compileSimulatedNvml(folder);
  place.env['LLEM_SIMULATED_NVML'] = nvml.path;
  place.env['LLEM_SIMULATED_ENGINE'] = JSON.stringify({
    ttftMs: 5,
    itlMs: 10,
    gpu: { control: nvml.path, indices: [0], bareW: BARE_W, idleW: IDLE_W, slotW: SLOT_W },
  });
  await writeFile(join(place.dir, 'study.yaml'), STUDY);
});
afterEach(async () => {
  nvml.close();
  await place.remove();
});

async function onlyRecord(): Promise<RunRecord> {
  const results = join(place.dir, 'results');
  const [study = ''] = await readdir(results);
  const [run = ''] = await readdir(join(results, study, 'runs'));
  return recordSchema.parse(
    JSON.parse(await readFile(join(results, study, 'runs', run, 'record.json'), 'utf8')),
  );
}

/** Joules that the GPU drew in the window. Both clocks are asked at once, so that one is told from the other. */
function trueJoules({ wallStart, durationS }: { wallStart: string; durationS: number }): number {
  const offsetNs = nvml.nowNs() - Date.now() * 1e6;
  const fromNs = Date.parse(wallStart) * 1e6 + offsetNs;
  return nvml.joulesBetween(0, fromNs, fromNs + durationS * 1e9);
}

it(
  'waits until the GPU has cooled down, and takes its idle power from what it drew under load',
  { timeout: 90_000 },
  async () => {
    const { child, finished } = place.start(['run', 'study.yaml', '--output', 'results', '--json']);
    for await (const { type, phase } of eventsOf(child)) {
      if (type === 'phase' && phase === 'gap') nvml.set(0, 'temperatureC', 45);
    }
    const { code, stderr } = await finished;
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);

    const { measurement, validity } = await onlyRecord();
    if (!measurement) throw new Error('the run has no measurement');
    const { window, energy } = measurement;
    expect(window.gap).toMatchObject({ reached: 'temperature', temperatureC: 45 });
    expect(window.settle.reached).toBe('steady');
    expect(validity.checks.find(({ id }) => id === 'idle')).toMatchObject({ ok: true });

    const domain = energy.domains.find(({ scope }) => scope === 'gpu');
    const { bare, loaded } = domain?.idle ?? {};
    expect(Math.abs((bare?.watts ?? 0) - BARE_W)).toBeLessThan(0.02 * BARE_W);
    expect(Math.abs((loaded?.watts ?? 0) - IDLE_W)).toBeLessThan(0.02 * IDLE_W);
    expect(bare?.ageS).toBeGreaterThan(loaded?.ageS ?? Infinity);
    expect(domain?.joules).toBeGreaterThan(2 * IDLE_W * window.durationS);

    const truthJ = trueJoules(window);
    const { joules = 0, adjustedJ, adjustedEdgeJ } = energy.totals.gpu ?? {};
    // Where the window began is known here to a few milliseconds only.
    const slackJ = 0.003 * truthJ;
    expect(Math.abs(joules - truthJ)).toBeLessThan(2 * (energy.totals.gpu?.edgeJ ?? 0) + slackJ);
    const adjustedTruthJ = truthJ - IDLE_W * window.durationS;
    expect(Math.abs((adjustedJ ?? 0) - adjustedTruthJ)).toBeLessThan(2 * (adjustedEdgeJ ?? 0) + slackJ);
    expect(adjustedEdgeJ).toBeLessThan(0.05 * adjustedTruthJ);

    const { stdout } = await place.llem(['results', 'show', '--devices', '--output', 'results']);
    const ofDevice = /^gpu:\S+ +([\d.]+) +[\d.]+ +([\d.]+) +([\d.]+) +([\d.]+) .* counter$/m.exec(stdout);
    const [watts, bareW, loadedW, aboveW] = (ofDevice ?? []).slice(1).map(Number);
    expect(watts).toBeCloseTo(joules / window.durationS, 0);
    expect(bareW).toBeCloseTo(BARE_W, 0);
    expect(loadedW).toBeCloseTo(IDLE_W, 0);
    expect(aboveW).toBeCloseTo((adjustedJ ?? 0) / window.durationS, 0);
    expect(stdout).toMatch(/^gpu:\S+ +45\.0 +45\.0 /m);
    expect(stdout).toContain('above idle: of an output token');
    expect(stdout).toContain('Energy and power of: gpu.');
    expect(stdout).toContain('Verdict: ');
  },
);

it('ends a gap at once when it is interrupted', { timeout: 60_000 }, async () => {
  const { child, finished } = place.start(['run', 'study.yaml', '--output', 'results', '--json']);
  for await (const { type, phase } of eventsOf(child)) {
    if (type === 'phase' && phase === 'gap') child.kill('SIGINT');
  }
  expect((await finished).code).toBe(130);
  expect(await onlyRecord()).toMatchObject({ status: 'interrupted', measurement: null });
});
