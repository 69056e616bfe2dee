/** The simulated driver itself: what its counter shows follows from what the GPU draws, and only from that. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { compileSimulatedNvml } from './compile.js';
import { createSimulatedNvml, openSimulatedNvml, type SimulatedNvml } from './control.js';
import type { SimulatedNvmlInput } from './options.js';

const folder = mkdtempSync(join(tmpdir(), 'llem-testkit-nvml-'));
const library = koffi.load(compileSimulatedNvml(folder));
const S = 1e9;

let opened: SimulatedNvml | null = null;
function stop(): void {
  if (opened !== null) native('nvmlShutdown', '')();
  opened?.close();
  opened = null;
}
afterEach(stop);
afterAll(() => rmSync(folder, { recursive: true }));

/** A function of the library; its result is a number. */
function native(name: string, parameters: string): (...args: readonly unknown[]) => unknown {
  return library.func(`int ${name}(${parameters})`);
}

/** A driver that has been initialised, alone. */
function start(settings: SimulatedNvmlInput): SimulatedNvml {
  stop();
  opened = createSimulatedNvml(join(folder, 'control'), { clock: 'virtual', ...settings });
  process.env['LLEM_SIMULATED_NVML'] = opened.path;
  expect(native('nvmlInit_v2', '')()).toBe(0);
  return opened;
}

/** Calls a function of the first GPU that fills 64 bits. */
function ask(name: string): number {
  const device = new BigUint64Array(1);
  native('nvmlDeviceGetHandleByIndex_v2', 'uint32_t, void *')(0, device);
  const value = new BigUint64Array(1);
  expect(native(name, 'void *, void *')(device[0], value)).toBe(0);
  return Number(value[0]);
}
const counterJ = () => ask('nvmlDeviceGetTotalEnergyConsumption') / 1e3;
const powerW = () => ask('nvmlDeviceGetPowerUsage') / 1e3;

describe('the energy counter', () => {
  it('is what was drawn, to the millijoule, where it has no steps', () => {
    const nvml = start({ gpus: [{ power_w: 100, counter: { step_ms: 0, base_j: 0 } }] });
    nvml.setNowNs(1_010 * S);
    nvml.draw(0, 400);
    nvml.setNowNs(1_010.25 * S);
    expect(counterJ()).toBe(101_000 + 100);
    expect(nvml.joulesBetween(0, 1_000 * S, 1_010.25 * S)).toBeCloseTo(1_100, 6);
  });

  /** When its value changed, in milliseconds after the second at which it began, and what it showed then. */
  function updates(
    counter: NonNullable<NonNullable<SimulatedNvmlInput['gpus']>[number]['counter']>,
    seconds = 20,
  ) {
    const nvml = start({ gpus: [{ power_w: 1_000, counter: { base_j: 0, ...counter } }] });
    const found: { atMs: number; joules: number }[] = [];
    let last = counterJ();
    for (let atMs = 1; atMs <= seconds * 1_000; atMs += 1) {
      nvml.setNowNs(1_000 * S + atMs * 1e6);
      const joules = counterJ();
      if (joules !== last) found.push({ atMs, joules });
      last = joules;
    }
    return found;
  }

  it('steps every 100 ms unless it is told otherwise', () => {
    expect(updates({}, 1).map(({ atMs }) => atMs)).toEqual([
      100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000,
    ]);
  });

  it('steps early or late within its jitter, not always alike, and never drifts', () => {
    const early = updates({ jitter_ms: 20 }).map(({ atMs }, index) => atMs - (index + 1) * 100);
    expect(Math.max(...early)).toBeLessThanOrEqual(21);
    expect(Math.min(...early)).toBeGreaterThanOrEqual(-20);
    expect(Math.max(...early) - Math.min(...early)).toBeGreaterThan(30);
  });

  it('shows the energy of a little before, within its lag', () => {
    const lagsMs = updates({ lag_ms: 30 }).map(({ atMs, joules }) => 1_000_000 + atMs - joules);
    expect(Math.min(...lagsMs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lagsMs)).toBeLessThanOrEqual(31);
    expect(Math.max(...lagsMs)).toBeGreaterThan(20);
  });

  it('leaves updates out, about as many as it is told to, and loses no energy by it', () => {
    const found = updates({ missing: 0.25 }, 60);
    expect(found.length).toBeGreaterThan(600 * 0.65);
    expect(found.length).toBeLessThan(600 * 0.85);
    expect(found.at(-1)?.joules).toBeCloseTo(1_000_000 + (found.at(-1)?.atMs ?? 0), 0);
  });

  it('is the same for the same seed, and another for another', () => {
    const [one, two, other] = [1, 1, 2].map((seed) => updates({ jitter_ms: 20, missing: 0.1, seed }, 3));
    expect(two).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('refuses settings with which it would go back', () => {
    expect(() => start({ gpus: [{ counter: { jitter_ms: 40, lag_ms: 30 } }] })).toThrow('in order');
  });
});

it('power is a mean of the last second, or of an instant', () => {
  const trace = [
    { from_s: 0, power_w: 100 },
    { from_s: 1_000, power_w: 500 },
  ];
  const nvml = start({ gpus: [{ power_w: trace }] });
  nvml.setNowNs(1_000.25 * S);
  expect(powerW()).toBeCloseTo(0.25 * 500 + 0.75 * 100, -1);
  start({ gpus: [{ power_w: trace, power: { average_ms: 0 } }], now_s: 1_000.25 });
  expect(powerW()).toBe(500);
});

it('runs by the clock of process.hrtime, and calls take the time that they are told to', () => {
  start({
    clock: 'real',
    gpus: [{ power_w: 1_000, counter: { step_ms: 0, base_j: 0 } }],
    latency_ms: { nvmlDeviceGetTotalEnergyConsumption: 3 },
  });
  const before = Number(process.hrtime.bigint());
  const joules = counterJ();
  const after = Number(process.hrtime.bigint());
  expect(after - before).toBeGreaterThanOrEqual(3e6);
  // 1 kW is a joule a millisecond.
  expect(joules).toBeGreaterThanOrEqual(Math.floor(before / 1e6));
  expect(joules).toBeLessThanOrEqual(after / 1e6);
});

it('is driven by another process, which appends to what is drawn', () => {
  const nvml = start({ gpus: [{ power_w: 100, counter: { step_ms: 0, base_j: 0 } }] });
  const index = new URL('../../dist/index.js', import.meta.url).href;
  execFileSync(process.execPath, [
    '--input-type=module',
    '-e',
    `import { openSimulatedNvml } from '${index}';
     const nvml = openSimulatedNvml(process.env.LLEM_SIMULATED_NVML);
     nvml.draw(0, 600);
     nvml.set(0, 'temperatureC', 77);`,
  ]);
  nvml.setNowNs(1_001 * S);
  expect(counterJ()).toBe(100_600);
  expect(nvml.joulesBetween(0, 1_000 * S, 1_001 * S)).toBeCloseTo(600, 6);
  const again = openSimulatedNvml(nvml.path);
  expect(again.nowNs()).toBe(1_001 * S);
  again.close();
});

it('has no driver without a control file, as a machine without a GPU', () => {
  delete process.env['LLEM_SIMULATED_NVML'];
  expect(native('nvmlInit_v2', '')()).toBe(9);
  process.env['LLEM_SIMULATED_NVML'] = join(folder, 'nowhere');
  expect(native('nvmlInit_v2', '')()).toBe(9);
});

it('is ready for any process with one command', () => {
  const bin = fileURLToPath(new URL('../../bin/simulated-nvml.mjs', import.meta.url));
  const own = join(folder, 'bin');
  const out = execFileSync(process.execPath, [bin, own, '{"gpus":[{"power_w":123}]}'], { encoding: 'utf8' });
  expect(out).toContain(`LLEM_NVML_LIBRARY='${join(own, 'libnvidia-ml.so.1')}'`);
  expect(out).toContain(`LLEM_SIMULATED_NVML='${join(own, 'control')}'`);
});

it('says what to install where there is no compiler', () => {
  const own = join(folder, 'none');
  mkdirSync(own);
  const path = process.env['PATH'];
  process.env['PATH'] = own;
  try {
    expect(() => compileSimulatedNvml(own)).toThrow('apt-get install gcc');
  } finally {
    process.env['PATH'] = path;
  }
});
