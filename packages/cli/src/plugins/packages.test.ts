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

it("takes oclif's plugins with the way they were installed", async () => {
  const plugin = (type: string) => ({
    type,
    root: `/p/${type}`,
    pjson: { name: `plugin-${type}`, version: '1.0.0', oclif: {}, llem: type },
  });
  const config = {
    root: join(root, 'packages', 'cli'),
    getPluginsList: () => ['core', 'user', 'link', 'dev'].map(plugin),
  };
  // Only what is read of oclif's plugins is given here.
  const packages = await installedPackages(config);
  expect(packages.map(({ name, source }) => [name, source])).toEqual([
    ['plugin-core', 'core'],
    ['plugin-user', 'user'],
    ['plugin-link', 'link'],
    ['plugin-dev', 'core'],
  ]);
});
