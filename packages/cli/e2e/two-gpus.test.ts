/** Two studies on a simulated machine with two GPUs: side by side on different ones, one after the other on the same. */
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { compileSimulatedNvml, createSimulatedNvml, SIMULATED_LLAMA_SERVER } from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastRecord, requireNothingLeft } from './interrupted-process.js';
import { eventsOf, SHORT_STUDY, workplace, type Workplace } from './llem.js';

const LIMIT_MS = 90_000;
const study = (name: string, gpu: number, seconds: number) =>
  `${SHORT_STUDY.replace('name: short', `name: ${name}`).replace('min_seconds: 1', `min_seconds: ${seconds}`)}devices: [${gpu}]
llamacpp: { executable: ${SIMULATED_LLAMA_SERVER} }
`;

let place: Workplace;
let running: ChildProcess;
beforeEach(async () => {
  place = await workplace();
  const folder = join(place.dir, 'driver');
  await mkdir(folder);
  const nvml = createSimulatedNvml(join(folder, 'control'), { gpus: [{ power_w: 300 }, { power_w: 310 }] });
  nvml.close();
  place.env['LLEM_NVML_LIBRARY'] = compileSimulatedNvml(folder);
  place.env['LLEM_SIMULATED_NVML'] = nvml.path;
  for (const [name, gpu, seconds] of [
    ['endless', 0, 600],
    ['same', 0, 1],
    ['other', 1, 2],
  ] as const)
    await writeFile(join(place.dir, `${name}.yaml`), study(name, gpu, seconds));
  running = place.start(['run', 'endless.yaml', '--json']).child;
  for await (const event of eventsOf(running)) if (event.type === 'run-started') break;
}, LIMIT_MS);
afterEach(async () => {
  if (running.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
  await requireNothingLeft(place);
  await place.remove();
}, LIMIT_MS);

it(
  'on different GPUs run side by side; the record and the verdict say so',
  { timeout: LIMIT_MS },
  async () => {
    const { code, stderr } = await place.llem(['run', 'other.yaml', '--output', 'second']);
    expect(stderr).toMatch(/Another study runs on this machine: study "endless" \(pid \d+ of user /);
    expect(code).toBe(0);
    const [dir = ''] = await readdir(join(place.dir, 'second'));
    const { measurement, validity } = await lastRecord(join(place.dir, 'second', dir));
    expect(measurement?.harness.neighbours).toMatchObject([{ study: 'endless', pid: running.pid }]);
    const check = validity.checks.find(({ id }) => id === 'exclusive-device');
    expect(check?.message).toContain(`("endless", pid ${running.pid})`);
    expect(running.exitCode).toBeNull();
  },
);

it(
  'on the same GPU the second fails and says for whom, or waits and goes on when the first is killed',
  {
    timeout: LIMIT_MS,
  },
  async () => {
    const refused = await place.llem(['run', 'same.yaml', '--output', 'second']);
    expect(refused.stderr).toMatch(
      /error: gpu:GPU-\S+ is in use by study "endless" \(pid \d+ of user .*, results in .*endless_.*, since /,
    );
    expect(refused.code).toBe(1);
    const { child, finished } = place.start(['run', 'same.yaml', '--wait', '--output', 'second']);
    for await (const text of child.stderr ?? []) if (String(text).includes('Waiting: gpu:')) break;
    running.kill('SIGKILL');
    expect((await finished).code).toBe(0);
  },
);
