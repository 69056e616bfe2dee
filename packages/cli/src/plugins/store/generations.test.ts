import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { putInEffect, removeLeftovers, stageGeneration } from './generations.js';
import { readStore, withEntry, writeStore } from './plugin-list.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'llem-generations-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const inStore = (...path: string[]) => join(dataDir, 'plugins', ...path);
const listed = async () => (await readStore(dataDir)).plugins.map(({ name }) => name);

/** As a change would: `name` with one file in it. */
async function add(name: string, sharing: 'links' | 'copies' = 'links'): Promise<string> {
  const staged = await stageGeneration(dataDir, sharing);
  await mkdir(join(staged, 'node_modules', name), { recursive: true });
  await writeFile(join(staged, 'node_modules', name, 'x.js'), name);
  const store = await readStore(staged);
  await writeStore(staged, withEntry(store, { name, type: 'user', origin: { tag: 'latest' } }));
  return staged;
}
const fileOf = (name: string) => readFile(join(dataDir, 'node_modules', name, 'x.js'), 'utf8');

it('takes effect where oclif looks, and keeps what was there', async () => {
  await putInEffect(dataDir, await add('foo'));
  await putInEffect(dataDir, await add('bar'));
  expect(await listed()).toEqual(['foo', 'bar']);
  expect([await fileOf('foo'), await fileOf('bar')]).toEqual(['foo', 'bar']);
});

it('changes nothing before that', async () => {
  await putInEffect(dataDir, await add('foo'));
  await add('bar');
  expect(await listed()).toEqual(['foo']);
  await expect(fileOf('bar')).rejects.toThrow('ENOENT');
});

it('shares the files of the generations, but not what npm or scripts write in place', async () => {
  await putInEffect(dataDir, await add('foo'));
  const lock = (number: string) => inStore(number, 'node_modules', '.package-lock.json');
  await writeFile(lock('1'), '{}');
  const inode = async (path: string) => (await stat(path)).ino;
  const first = await inode(inStore('1', 'node_modules', 'foo', 'x.js'));
  const shared = await stageGeneration(dataDir, 'links');
  expect(await inode(join(shared, 'node_modules', 'foo', 'x.js'))).toBe(first);
  expect(await inode(join(shared, 'node_modules', '.package-lock.json'))).not.toBe(await inode(lock('1')));
  expect(await inode(join(shared, 'package.json'))).not.toBe(await inode(inStore('1', 'package.json')));
  await rm(shared, { recursive: true });
  const copied = await stageGeneration(dataDir, 'copies');
  expect(await inode(join(copied, 'node_modules', 'foo', 'x.js'))).not.toBe(first);
});

it('keeps the generation before, for who still reads it, and removes the rest', async () => {
  for (const name of ['a', 'b', 'c']) await putInEffect(dataDir, await add(name));
  await add('interrupted');
  await mkdir(inStore('9'));
  await symlink('3', inStore('current.new'));
  await removeLeftovers(dataDir);
  expect((await readdir(inStore())).sort()).toEqual(['2', '3', 'current']);
  expect(await listed()).toEqual(['a', 'b', 'c']);
});

it('takes over what @oclif/plugin-plugins has installed', async () => {
  await mkdir(join(dataDir, 'node_modules', 'old'), { recursive: true });
  await writeFile(join(dataDir, 'node_modules', 'old', 'x.js'), 'old');
  const entries = [
    { name: 'old', type: 'user', tag: 'latest' },
    'plain',
    { name: 'l', type: 'link', root: '/l' },
  ];
  await writeFile(
    join(dataDir, 'package.json'),
    JSON.stringify({ dependencies: { old: '^1.0.0' }, oclif: { schema: 1, plugins: entries } }),
  );
  await putInEffect(dataDir, await add('new'));
  await removeLeftovers(dataDir);
  expect(await listed()).toEqual(['old', 'plain', 'l', 'new']);
  expect([await fileOf('old'), await fileOf('new')]).toEqual(['old', 'new']);
  expect((await readStore(dataDir)).dependencies.get('old')).toBe('^1.0.0');
});

it('keeps the old one where the process ends between the name and the switch', async () => {
  await putInEffect(dataDir, await add('foo'));
  await rename(await add('bar'), inStore('2'));
  expect(await listed()).toEqual(['foo']);
  await removeLeftovers(dataDir);
  expect((await readdir(inStore())).sort()).toEqual(['1', 'current']);
  await putInEffect(dataDir, await add('bar'));
  expect(await listed()).toEqual(['foo', 'bar']);
});
