/** The state of GPUs through the real command: what an engine sees, what it holds, who else is there, what slowed it down. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema, type RunRecord } from '@llem/core';
import { compileSimulatedNvml, createSimulatedNvml, SIMULATED_LLAMA_SERVER } from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';

const GB = 1e9;
const uuid = (gpu: number) => `GPU-0000000${gpu}-0000-0000-0000-000000000000`;
/** A pid that no process has: above what Linux gives. */
const STRANGER = 2 ** 22 + 1;

const study = (experiments: readonly string[]) => `name: gpu-state
model: llem/tiny-1m
backend: llamacpp
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, order: sequential, gaps: { between_runs_s: 0 } }
llamacpp: { executable: ${SIMULATED_LLAMA_SERVER} }
experiments:
${experiments.map((devices) => `  - { devices: ${devices} }`).join('\n')}
`;

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
  const folder = join(place.dir, 'driver');
  await mkdir(folder);
  // Three GPUs, of which llem is shown two, the last one first.
  const nvml = createSimulatedNvml(join(folder, 'control'), {
    gpus: [
      { uuid: uuid(0), memory: { used: 0.2 * GB }, processes: [{ pid: STRANGER, bytes: 0.2 * GB }] },
      { uuid: uuid(1) },
      { uuid: uuid(2), temperature_c: 71, reasons: 0x40 },
    ],
  });
  nvml.close();
  place.env['LLEM_NVML_LIBRARY'] = compileSimulatedNvml(folder);
  place.env['LLEM_SIMULATED_NVML'] = nvml.path;
  place.env['CUDA_VISIBLE_DEVICES'] = `${uuid(2)},1,0`;
  place.env['LLEM_SIMULATED_ENGINE'] = JSON.stringify({
    gpu: { control: nvml.path, memoryBytes: 5 * GB },
  });
});
afterEach(() => place.remove());

const run = async (experiments: readonly string[]) => {
  await writeFile(join(place.dir, 'study.yaml'), study(experiments));
  return place.llem(['run', 'study.yaml', '--output', 'results']);
};

async function records(): Promise<RunRecord[]> {
  const [name = ''] = await readdir(join(place.dir, 'results'));
  const runs = join(place.dir, 'results', name, 'runs');
  return Promise.all(
    (await readdir(runs))
      .toSorted()
      .map(async (each) =>
        recordSchema.parse(JSON.parse(await readFile(join(runs, each, 'record.json'), 'utf8'))),
      ),
  );
}
const check = ({ validity }: RunRecord, id: string) => validity.checks.find((one) => one.id === id);

it(
  'shows an engine the GPUs that are billed, and tells their memory, neighbours and brakes',
  { timeout: 120_000 },
  async () => {
    // llem counts 2, 1, 0: its first is the hot one, its last the one with a neighbour.
    const { stderr, code } = await run(['[1]', '[0]', `["${uuid(0).slice(0, 12)}"]`]);
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    const [clean, hot, shared] = await records();
    if (!clean || !hot || !shared) throw new Error('a record is missing');

    expect(clean.measurement?.devices).toMatchObject([
      {
        id: `gpu:${uuid(1)}`,
        memoryBytes: { before: 0, peak: 5 * GB },
        foreignProcesses: [],
        throttleS: {},
        thermalThrottleS: 0,
      },
    ]);
    expect(clean.measurement?.memory?.peakBytes).toBe(5 * GB);
    expect(clean.measurement?.harness.foreignCpu).not.toBeNull();
    expect(clean.devices.find(({ scope }) => scope === 'gpu')).toMatchObject({
      id: `gpu:${uuid(1)}`,
      driver: '580.65.06',
      persistence: true,
      partitioned: false,
      powerLimitW: { enforced: 700 },
    });
    expect(check(clean, 'devices')?.ok).toBe(true);
    expect(check(clean, 'throttled')?.ok).toBe(true);
    expect(
      check(clean, 'exclusive-device')?.severity === 'invalid' && !check(clean, 'exclusive-device')?.ok,
    ).toBe(false);

    const seconds = hot.measurement?.window.durationS ?? Number.NaN;
    expect(hot.measurement?.thermal).toMatchObject({ startC: 71, endC: 71, maxC: 71 });
    expect(hot.measurement?.thermal?.throttleS?.hardwareThermal).toBeCloseTo(seconds, 6);
    expect(check(hot, 'throttled')).toMatchObject({
      ok: false,
      severity: 'invalid',
      value: 'hardwareThermal',
    });
    expect(check(hot, 'devices')?.ok).toBe(true);

    expect(shared.measurement?.devices).toMatchObject([
      {
        id: `gpu:${uuid(0)}`,
        memoryBytes: { before: 0.2 * GB, peak: 5.2 * GB },
        foreignProcesses: [{ pid: STRANGER, memoryBytes: 0.2 * GB }],
      },
    ]);
    expect(shared.measurement?.memory?.peakBytes).toBe(5 * GB);
    expect(check(shared, 'exclusive-device')).toMatchObject({
      ok: false,
      severity: 'invalid',
      value: String(STRANGER),
    });
  },
);

it(
  'says before anything starts which GPUs there are, where a study names another',
  { timeout: 60_000 },
  async () => {
    const { code, stderr } = await run(['[3]']);
    expect(code).toBe(1);
    expect(stderr).toContain('index 3');
    expect(stderr).toContain(uuid(2));
  },
);

it('calls a run invalid whose engine is not on the GPUs that are billed', { timeout: 60_000 }, async () => {
  const engine = { gpu: { control: place.env['LLEM_SIMULATED_NVML'], indices: [1], memoryBytes: GB } };
  place.env['LLEM_SIMULATED_ENGINE'] = JSON.stringify(engine);
  await run(['[0, 1]']);
  const [record] = await records();
  if (!record) throw new Error('no record');
  expect(check(record, 'devices')).toMatchObject({ ok: false, severity: 'invalid', value: `gpu:${uuid(1)}` });
});
