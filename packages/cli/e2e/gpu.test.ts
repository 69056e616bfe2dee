/** The energy of GPUs through the real command: a simulated engine on a simulated NVIDIA driver. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema } from '@llem/core';
import { compileSimulatedNvml, createSimulatedNvml, SIMULATED_LLAMA_SERVER } from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';

const STUDY = `name: gpu
model: llem/tiny-1m
backend: llamacpp
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: 5, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, gaps: { between_runs_s: 0 } }
energy: { require: measured }
llamacpp: { executable: ${SIMULATED_LLAMA_SERVER} }
experiments:
  - { devices: [1] }
  - { devices: all }
`;

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

it(
  'bills two GPUs at 300 and 310 W as such, and only those that an experiment names',
  { timeout: 60_000 },
  async () => {
    const folder = join(place.dir, 'driver');
    await mkdir(folder);
    const nvml = createSimulatedNvml(join(folder, 'control'), { gpus: [{ power_w: 300 }, { power_w: 310 }] });
    nvml.close();
    place.env['LLEM_NVML_LIBRARY'] = compileSimulatedNvml(folder);
    place.env['LLEM_SIMULATED_NVML'] = nvml.path;
    await writeFile(join(place.dir, 'study.yaml'), STUDY);

    const { code, stderr, stdout } = await place.llem(['run', 'study.yaml', '--output', 'results']);
    expect(stderr).toContain('completed');
    expect(code).toBe(0);
    expect(stdout).toContain('Energy and power of: gpu.');

    const [study = ''] = await readdir(join(place.dir, 'results'));
    const runs = join(place.dir, 'results', study, 'runs');
    const billed = new Map<string, { readonly watts: number; readonly offByW: number }>();
    for (const run of await readdir(runs)) {
      const record = recordSchema.parse(JSON.parse(await readFile(join(runs, run, 'record.json'), 'utf8')));
      const total = record.measurement?.energy.totals.gpu;
      expect(total?.quality).toBe('counter');
      // Where a busy machine read the counter late, what the record says of its edges is allowed as well.
      billed.set(JSON.stringify(record.experiment['devices']), {
        watts: total?.meanPowerW ?? Number.NaN,
        offByW: (2 * (total?.edgeJ ?? 0)) / (record.measurement?.window.durationS ?? Number.NaN),
      });
    }
    for (const [devices, watts] of [
      ['[1]', 310],
      ['"all"', 610],
    ] as const) {
      const { watts: told = Number.NaN, offByW = 0 } = billed.get(devices) ?? {};
      expect(Math.abs(told - watts)).toBeLessThan(Math.max(0.003 * watts, offByW));
      expect(offByW).toBeLessThan(0.03 * watts);
    }
  },
);
