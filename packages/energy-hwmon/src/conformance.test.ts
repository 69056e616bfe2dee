/** What llem relies on in every meter, with the sensors of two GPUs and of a Grace processor made for the purpose. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeMeter } from '@llem/testkit/conformance';
import { afterAll } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'llem-hwmon-'));
afterAll(() => rmSync(root, { recursive: true }));

function show(path: string, value: string | number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${value}\n`);
}
function write(): void {
  for (const chip of ['hwmon0', 'hwmon1']) {
    show(`${chip}/name`, 'amdgpu');
    show(`${chip}/temp1_input`, 51_000);
    show(`${chip}/power1_input`, chip === 'hwmon0' ? 250_000_000 : 310_000_000);
    show(`${chip}/power1_cap`, 750_000_000);
    show(`${chip}/device/unique_id`, `of-${chip}`);
    show(`${chip}/device/mem_info_vram_total`, 192 * 1_024 ** 3);
    show(`${chip}/device/mem_info_vram_used`, 3 * 1_024 ** 3);
    show(`${chip}/device/gpu_busy_percent`, 42);
  }
  show('hwmon2/name', 'power_meter');
  show('hwmon2/device/power1_oem_info', 'Grace Power Socket 0');
  show('hwmon2/device/power1_average', 101_500_000);
  show('hwmon2/device/power1_average_interval', 50);
}
write();

describeMeter(import.meta.url, {
  options: { path: root },
  nothing: { path: join(root, 'nowhere') },
  faults: [
    { name: 'a sensor says nothing', inject: () => show('hwmon0/power1_input', ''), repair: write },
    { name: 'power is 0', inject: () => show('hwmon2/device/power1_average', 0), repair: write },
  ],
});
