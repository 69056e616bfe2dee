/** What llem relies on in every meter, with a folder of counters made for the purpose. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMeter } from '@llem/testkit/conformance';
import { afterAll } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'llem-cray-'));
afterAll(() => rmSync(root, { recursive: true }));

const show = (file: string, value: string) => writeFileSync(join(root, file), value);
const joules = { energy: 3_712_398, cpu_energy: 900_000, memory_energy: 200_000 };
function write(): void {
  for (const [file, value] of Object.entries(joules)) show(file, `${value} J 1700000000123456 us\n`);
  show('power', '845 W 1700000000123456 us\n');
  show('cpu_power', '180 W 1700000000123456 us\n');
}
write();

describeMeter(import.meta.url, {
  options: { path: root },
  nothing: { path: join(root, 'nowhere') },
  count() {
    joules.energy += 100;
    joules.cpu_energy += 20;
    joules.memory_energy += 3;
    write();
  },
  faults: [
    { name: 'a counter says nothing', inject: () => show('cpu_energy', ''), repair: write },
    { name: 'power is 0', inject: () => show('power', '0 W 1700000000123456 us\n'), repair: write },
  ],
});
