/** What llem relies on in every meter, with a powercap tree made in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMeter } from '@llem/testkit/conformance';
import { afterAll } from 'vitest';

const RANGE_UJ = 262_143_328_850;
const root = mkdtempSync(join(tmpdir(), 'llem-rapl-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The first is about to wrap. */
const zones = [
  { folder: 'intel-rapl:0', name: 'package-0', uj: RANGE_UJ - 2_000_000 },
  { folder: 'intel-rapl:0:0', name: 'dram', uj: 1_000_000 },
  { folder: 'intel-rapl:1', name: 'package-1', uj: 7_000_000 },
  { folder: 'intel-rapl:2', name: 'psys', uj: 20_000_000 },
];
for (const { folder, name } of zones) {
  mkdirSync(join(root, folder));
  writeFileSync(join(root, folder, 'name'), `${name}\n`);
  writeFileSync(join(root, folder, 'max_energy_range_uj'), `${RANGE_UJ}\n`);
}
function write(): void {
  for (const { folder, uj } of zones) writeFileSync(join(root, folder, 'energy_uj'), `${uj}\n`);
}
write();
const silence = (folder: string) => writeFileSync(join(root, folder, 'energy_uj'), '');

describeMeter(import.meta.url, {
  options: { powercap_path: root },
  nothing: { powercap_path: join(root, 'nowhere') },
  count() {
    for (const [index, zone] of zones.entries()) zone.uj = (zone.uj + (index + 1) * 1_000_000) % RANGE_UJ;
    write();
  },
  faults: [
    { name: 'a counter says nothing', inject: () => silence('intel-rapl:1'), repair: write },
    {
      name: 'no counter says anything',
      inject: () => zones.forEach(({ folder }) => silence(folder)),
      repair: write,
    },
  ],
});
