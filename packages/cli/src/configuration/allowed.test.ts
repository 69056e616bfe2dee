/** Whether the list of allowed plugins is found, and what is taken for a file that may have one. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seenPlugins } from '../plugins/seen.js';
import { readAllowList } from './allowed.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'llem-allowed-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** What loading and listing make of the file that LLEM_CONFIG names. */
async function verdicts(write: (path: string) => Promise<unknown>) {
  const path = join(dir, 'config.yaml');
  await write(path);
  const pjson = {
    name: 'toy',
    version: '1.0.0',
    llem: { contract: '^1.0.0', provides: [{ kind: 'meter', id: 'toy', module: './toy.js' }] },
  };
  await mkdir(join(dir, 'toy'));
  await writeFile(join(dir, 'toy', 'package.json'), JSON.stringify(pjson));
  const list = { oclif: { plugins: [{ name: 'toy', type: 'link', root: join(dir, 'toy') }] } };
  await writeFile(join(dir, 'package.json'), JSON.stringify(list));
  const config = { root: dir, dataDir: dir, getPluginsList: () => [] };
  const { discovery } = await seenPlugins(config, { LLEM_CONFIG: path });
  return { loading: readAllowList({ path, named: true }), listed: discovery.provided.length };
}

it.each<[string, (path: string) => Promise<unknown>]>([
  ['that is not there', () => Promise.resolve()],
  ['that is a folder', (path) => mkdir(path)],
  ['that is no UTF-8 text', (path) => writeFile(path, Buffer.from('plugins:', 'utf16le').fill(0xff, 0, 1))],
  ['that is too large', (path) => writeFile(path, '#'.repeat(2_000_000))],
  ['with a wrong list', (path) => writeFile(path, 'plugins: { allow: 3 }')],
])('a file %s may have a list: nothing that was added is used', async (_, write) => {
  expect(await verdicts(write)).toEqual({ loading: 'unknown', listed: 0 });
});

it.each([
  ['plugins: { allow: [other] }'],
  // A key that has the letters of `plugins` in another way.
  ['"\\x70lugins": { allow: [other] }'],
])('the list of %j is found', async (text) => {
  const { loading, listed } = await verdicts((path) => writeFile(path, text));
  expect(loading).toMatchObject({ patterns: ['other'] });
  expect(listed).toBe(0);
});

it.each(['', 'wait: true', 'wait: [no end'])('a file that says %j has no list', async (text) => {
  expect(await verdicts((path) => writeFile(path, text))).toEqual({ loading: null, listed: 1 });
});
