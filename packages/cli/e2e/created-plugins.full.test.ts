/** What @llem/create-plugin writes builds as it is, passes its conformance suite, can be linked, and runs its study. */
import { execFile } from 'node:child_process';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PLUGIN_KINDS, recordSchema, type PluginKind } from '@llem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';

const run = promisify(execFile);
const CREATE = fileURLToPath(new URL('../../create-plugin/bin/run.js', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const TSC = join(MODULES, 'typescript', 'bin', 'tsc');
const VITEST = join(MODULES, 'vitest', 'vitest.mjs');

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  // What `npm install` would bring.
  await symlink(MODULES, join(place.dir, 'node_modules'));
});
afterAll(() => place.remove());

const rootOf = (kind: PluginKind) => join(place.dir, `llem-${kind}-my-${kind}`);
const node = (cwd: string, ...args: string[]) => run(process.execPath, args, { cwd, env: place.env });

describe.each(PLUGIN_KINDS)('a new %s', (kind) => {
  it('is written and builds', async () => {
    await node(place.dir, CREATE, kind, `my-${kind}`);
    await node(rootOf(kind), TSC);
  });

  it('passes its conformance suite', async () => {
    const { stdout } = await node(rootOf(kind), VITEST, 'run', '--reporter=json');
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numFailedTests: 0 });
  });

  it('is linked, and its study gives completed records', async () => {
    const linked = await place.llem(['plugins', 'link', rootOf(kind)]);
    expect(linked.code, linked.stderr).toBe(0);
    expect((await place.llem(['catalog'])).stdout).toContain(`my-${kind}`);

    const ended = await place.llem(['run', join(rootOf(kind), 'study.yaml')]);
    expect(ended.code, ended.stderr).toBe(0);
    const records = await recordsOf(`my-${kind}`);
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) expect(record.status).toBe('completed');
  });
});

/** Of the one study of that name. */
async function recordsOf(study: string) {
  const results = join(place.dir, 'results');
  const mine = (await readdir(results)).filter((name) => name.startsWith(`${study}_`));
  const runs = join(results, mine[0] ?? '', 'runs');
  return Promise.all(
    (await readdir(runs)).map(async (name) =>
      recordSchema.parse(JSON.parse(await readFile(join(runs, name, 'record.json'), 'utf8'))),
    ),
  );
}
