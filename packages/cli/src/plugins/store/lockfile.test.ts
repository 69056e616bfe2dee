import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockedWithDependencies } from './lockfile.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-lockfile-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('gives a package and what it needs, each from where Node finds it, and nothing of the others', async () => {
  const packages = {
    '': { dependencies: { foo: '1', other: '1' } },
    'node_modules/foo': {
      version: '1.0.0',
      resolved: 'https://host/foo/-/foo-1.0.0.tgz',
      dependencies: { a: '1' },
      optionalDependencies: { gone: '1' },
    },
    'node_modules/a': { version: '1.0.0', dependencies: { b: '1', foo: '1' } },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0', hasInstallScript: true },
    'node_modules/other': { version: '1.0.0', hasInstallScript: true },
  };
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  const found = await lockedWithDependencies(folder, 'foo');
  expect(found.map(({ name, version, path }) => [name, version, path])).toEqual([
    ['foo', '1.0.0', 'node_modules/foo'],
    ['a', '1.0.0', 'node_modules/a'],
    ['b', '2.0.0', 'node_modules/a/node_modules/b'],
  ]);
  expect(found.filter((one) => one.hasInstallScript).map(({ name }) => name)).toEqual(['b']);
  expect(found[0]?.resolved).toBe('https://host/foo/-/foo-1.0.0.tgz');
  expect(await lockedWithDependencies(folder, 'none')).toEqual([]);
});
