/** What llem relies on in every meter, with a simulated driver. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSimulatedNvml, createSimulatedNvml } from '@llem/testkit';
import { describeMeter } from '@llem/testkit/conformance';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'llem-nvml-'));
const nvml = createSimulatedNvml(join(folder, 'control'), {
  clock: 'virtual',
  gpus: [
    { power_w: 300, temperature_c: 45, processes: [{ pid: 1, bytes: 1_024 }] },
    { power_w: 500, temperature_c: 60, memory: { used: 1_024 } },
  ],
});
process.env['LLEM_SIMULATED_NVML'] = nvml.path;
afterAll(() => {
  delete process.env['LLEM_SIMULATED_NVML'];
  nvml.close();
  rmSync(folder, { recursive: true });
});

const LOST_NS = 0;
const NO_PERMISSION = 4;
const ANSWERS = 0;

describeMeter(import.meta.url, {
  options: { library: compileSimulatedNvml(folder) },
  nothing: { library: join(folder, 'missing.so.1') },
  count: () => nvml.setNowNs(nvml.nowNs() + 1e9),
  faults: [
    {
      name: 'a GPU is lost',
      inject: () => nvml.set(0, 'lostFromNs', LOST_NS),
      repair: () => nvml.set(0, 'lostFromNs', Infinity),
    },
    {
      name: 'the counter is not to be read',
      inject: () => nvml.fail(null, 'nvmlDeviceGetTotalEnergyConsumption', NO_PERMISSION),
      repair: () => nvml.fail(null, 'nvmlDeviceGetTotalEnergyConsumption', ANSWERS),
    },
    {
      name: 'power is not to be read, and its call answers',
      inject: () => nvml.failField(1, 'powerInstant', NO_PERMISSION),
      repair: () => nvml.failField(1, 'powerInstant', ANSWERS),
    },
  ],
});
