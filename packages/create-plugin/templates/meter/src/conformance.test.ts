/** What llem will ask of this plugin, asked of what was built: on a file of the test's own, which can be made to count and to fail. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMeter } from '@llem/testkit/conformance';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'PLUGIN_ID-'));
const path = join(folder, 'counter');
let units = 1_000;
const count = () => writeFileSync(path, `${(units += 1)}.25 and what follows\n`);
count();
afterAll(() => rmSync(folder, { recursive: true }));

describeMeter(import.meta.url, {
  options: { path },
  count,
  nothing: { path: join(folder, 'nowhere') },
  faults: [{ name: 'the counter says nothing', inject: () => writeFileSync(path, ''), repair: count }],
});
