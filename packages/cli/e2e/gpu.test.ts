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
measure: { min_seconds: 2, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
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
    const totals = new Map<string, number | undefined>();
    for (const run of await readdir(runs)) {
      const record = recordSchema.parse(JSON.parse(await readFile(join(runs, run, 'record.json'), 'utf8')));
      const total = record.measurement?.energy.totals.gpu;
      expect(total?.quality).toBe('counter');
      totals.set(JSON.stringify(record.experiment['devices']), total?.meanPowerW);
    }
    const offBy = (devices: string, watts: number) =>
      Math.abs((totals.get(devices) ?? Number.NaN) / watts - 1);
    expect(offBy('[1]', 310)).toBeLessThan(0.003);
    expect(offBy('"all"', 610)).toBeLessThan(0.003);
  },
);
