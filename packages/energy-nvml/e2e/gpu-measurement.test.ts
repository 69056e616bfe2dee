/** `npm run test:gpu`, on a simulated driver and on a machine without one. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileSimulatedNvml, createSimulatedNvml } from '@llem/testkit';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../../../tools/gpu/measure.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'llem-test-gpu-'));
afterAll(() => rmSync(folder, { recursive: true }));

const measuredSchema = z.object({
  costs: z.array(z.object({ quantity: z.string(), medianUs: z.number() })),
  steps: z.array(z.object({ quantity: z.string(), medianMs: z.number() })),
  windows: z.array(
    z.object({ seconds: z.number(), windows: z.number(), counterError: z.number(), plainError: z.number() }),
  ),
});

it('measures what readings cost, how values step, and how exact windows are, against the truth of a simulated driver', async () => {
  const control = createSimulatedNvml(join(folder, 'control'), {
    gpus: [{ power_w: 90 }],
    latency_ms: { nvmlDeviceGetTotalEnergyConsumption: 2.5 },
  });
  control.close();
  const json = join(folder, 'measured.json');
  const { stdout } = await run(
    process.execPath,
    [SCRIPT, '--seconds', '5', '--windows', '1,2', '--json', json],
    {
      env: {
        ...process.env,
        LLEM_NVML_LIBRARY: compileSimulatedNvml(folder),
        LLEM_SIMULATED_NVML: control.path,
      },
    },
  );
  expect(stdout).toContain('NVIDIA H100 80GB HBM3, driver 580.65.06');
  expect(stdout).toContain('counter - truth, p95');
  const { costs, steps, windows } = measuredSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
  const cost = (quantity: string) => costs.find((each) => each.quantity === quantity)?.medianUs ?? Number.NaN;
  expect(cost('energyJ')).toBeGreaterThan(2_500);
  expect(cost('energyJ')).toBeGreaterThan(5 * cost('temperatureC'));
  // However slow the machine is, the counter's own steps are 100 ms and come out as multiples of that.
  const stepMs = steps.find(({ quantity }) => quantity === 'energyJ')?.medianMs ?? Number.NaN;
  expect(Math.round(stepMs / 100)).toBeGreaterThanOrEqual(1);
  expect(windows.map(({ seconds }) => seconds)).toEqual([1, 2]);
  for (const { counterError, plainError } of windows) expect(counterError).toBeLessThan(plainError);
});

it('says that nothing was measured where there is no driver, and does not fail', async () => {
  const { stdout } = await run(process.execPath, [SCRIPT], {
    env: { ...process.env, LLEM_NVML_LIBRARY: join(folder, 'missing.so.1') },
  });
  expect(stdout).toMatch(/^Nothing was measured\. .*missing\.so\.1/);
});
