import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installedPackages, workspacePackages } from './packages.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'llem-packages-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(folder: string, content: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, 'package.json'), content);
}

it('finds every package of a checkout that has an llem section, and survives broken ones', async () => {
  await put('.', '{ "name": "llem-workspace" }');
  await put('packages/foo', '{ "name": "foo", "version": "0.2.0", "llem": { "x": 1 } }');
  await put('packages/plain', '{ "name": "plain" }');
  await put('packages/broken', '{ "name": ');
  await mkdir(join(root, 'packages/empty'));
  expect(await workspacePackages(root)).toEqual([
    {
      name: 'foo',
      version: '0.2.0',
      root: join(root, 'packages/foo'),
      source: 'workspace',
      manifest: { x: 1 },
    },
  ]);
});

it('takes the folder above an installed command for no checkout, whatever lies in it', async () => {
  await put('.', '{ "name": "somebody-elses-project" }');
  await put('packages/foo', '{ "name": "foo", "llem": {} }');
  expect(await workspacePackages(root)).toEqual([]);
  expect(await workspacePackages(join(root, 'nowhere'))).toEqual([]);
});

it('takes those that come with llem, and those that a user has installed or linked, wherever they lie', async () => {
  const config = {
    root: join(root, 'packages', 'cli'),
    dataDir: join(root, 'data'),
    getPluginsList: () => [{ root: '/own', pjson: { name: 'own', version: '1.0.0', llem: 'own' } }],
  };
  const entries = [
    { name: 'linked', type: 'link', root: join(root, 'somewhere') },
    'installed',
    { name: 'moved', type: 'link', root: '/no/such/folder' },
    { name: 'lost', type: 'user', tag: '^1.0.0' },
  ];
  await put('data', JSON.stringify({ oclif: { plugins: entries } }));
  await put('somewhere', '{ "name": "linked", "version": "2.0.0", "llem": "linked" }');
  await put(
    'data/node_modules/installed',
    '{ "name": "installed", "version": "3.0.0", "llem": "installed" }',
  );
  const { packages, problems } = await installedPackages(config);
  expect(packages.map(({ name, version, source, manifest }) => [name, version, source, manifest])).toEqual([
    ['own', '1.0.0', 'core', 'own'],
    ['linked', '2.0.0', 'link', 'linked'],
    ['installed', '3.0.0', 'user', 'installed'],
  ]);
  expect(problems.map((one) => one.package)).toEqual(['moved', 'lost']);
});

it('takes a list that cannot be read for a problem, and goes on without', async () => {
  await put('data', '{ "oclif": { "plugins": 3 } }');
  const config = { root, dataDir: join(root, 'data'), getPluginsList: () => [] };
  const { packages, problems } = await installedPackages(config);
  expect(packages).toEqual([]);
  expect(problems[0]?.remedy).toContain('llem plugins reset');
});
