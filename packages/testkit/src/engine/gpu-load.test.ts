/** The simulated engine draws power from simulated GPUs while it works. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createSimulatedNvml } from '../nvml/control.js';
import { startSimulatedEngine } from './server.js';

const folder = mkdtempSync(join(tmpdir(), 'llem-gpu-load-'));
afterEach(() => rmSync(folder, { recursive: true }));

it('draws its idle power, more for each request that runs, and its bare power when it has ended', async () => {
  const nvml = createSimulatedNvml(join(folder, 'control'), {
    gpus: [{ power_w: 60 }, { power_w: 60 }, { power_w: 60 }],
  });
  const engine = await startSimulatedEngine({
    slots: 1,
    ttftMs: 200,
    itlMs: 0,
    gpu: { control: nvml.path, indices: [0, 2], bareW: 60, idleW: 100, slotW: 400 },
  });
  // Two requests on one slot: the second follows the first without a rest.
  const ask = async () => {
    const response = await fetch(`${engine.baseUrl}/v1/completions`, {
      method: 'POST',
      body: JSON.stringify({ prompt: 'a', max_tokens: 1, ignore_eos: true }),
    });
    await response.text();
  };
  await Promise.all([ask(), ask()]);
  await engine.close();
  const endNs = nvml.nowNs();

  const started = engine.ledger.entries.map(({ startedNs }) => startedNs).filter((ns) => ns !== null);
  expect(started).toHaveLength(2);
  for (const gpu of [0, 2]) {
    const watts = nvml.power(gpu).map(({ power_w }) => power_w);
    expect(watts).toEqual([60, 100, 500, 100, 60]);
    const [, , busy, idle] = nvml.power(gpu);
    const busyS = (idle?.from_s ?? Number.NaN) - (busy?.from_s ?? Number.NaN);
    expect(busyS).toBeGreaterThan(0.35);
    expect(nvml.joulesBetween(gpu, (busy?.from_s ?? 0) * 1e9, (idle?.from_s ?? 0) * 1e9)).toBeCloseTo(
      500 * busyS,
      3,
    );
  }
  expect(nvml.power(1)).toEqual([{ from_s: 0, power_w: 60 }]);
  expect(nvml.joulesBetween(1, endNs - 1e9, endNs)).toBeCloseTo(60, 3);
  nvml.close();
});
