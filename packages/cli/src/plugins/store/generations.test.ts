import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { identitySchema, ownIdentity } from '@llem/localhost';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addedPlugins } from '../added.js';
import { currentFolder, currentNumber } from './current.js';
import { giveUp, putInEffect, removeLeftovers, stageGeneration, type Staged } from './generations.js';
import { holdGeneration } from './held.js';
import { readAndHold } from './loaded.js';
import { readStore, withEntry, writeStore } from './plugin-list.js';

/** After how many steps of the file system that change names a process ends; what was flushed or put in place, in order. */
const cut = vi.hoisted(() => ({ after: Infinity, steps: new Array<string>() }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const counted =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      if (cut.after <= 0) return Promise.reject(new Error('the process has ended'));
      cut.after -= 1;
      return step(...args);
    };
  const open: typeof real.open = async (path, flags, mode) => {
    const handle = await real.open(path, flags, mode);
    const sync = handle.sync.bind(handle);
    return Object.assign(handle, {
      sync: () => {
        cut.steps.push(`flush ${basename(String(path))}`);
        return sync();
      },
    });
  };
  const rename = counted((from: string, to: string) => {
    cut.steps.push(`rename ${basename(to)}`);
    return real.rename(from, to);
  });
  return { ...real, open, rename, symlink: counted(real.symlink) };
});

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'llem-generations-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const inStore = (...path: string[]) => join(dataDir, 'plugins', ...path);
const listed = async () => (await readStore(dataDir)).plugins.map(({ name }) => name);

/** As a change would: `name` with one file in it. */
async function add(name: string, sharing: 'links' | 'copies' = 'links'): Promise<Staged> {
  const staged = await stageGeneration(dataDir, await currentFolder(dataDir), sharing);
  const root = join(staged.folder, 'node_modules', name);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'x.js'), name);
  await writeFile(join(root, 'package.json'), JSON.stringify({ name, version: '1.0.0', llem: {} }));
  const store = await readStore(staged.folder);
  await writeStore(staged.folder, withEntry(store, { name, type: 'user', origin: { tag: 'latest' } }));
  return staged;
}
async function install(name: string): Promise<void> {
  const staged = await add(name);
  await putInEffect(dataDir, staged, await currentNumber(dataDir));
  await giveUp(dataDir, staged);
}
/** What a process leaves that ends without a word. */
async function abandon({ number, release }: { number: number; release: () => void }): Promise<void> {
  const child = spawn(process.execPath, ['-e', '0']);
  const identity = { ...(await ownIdentity()), pid: child.pid };
  await once(child, 'exit');
  await writeFile(inStore(`${number}.held.ended`), JSON.stringify(identity));
  release();
}
const fileOf = (name: string) => readFile(join(dataDir, 'node_modules', name, 'x.js'), 'utf8');

it('takes effect where oclif looks, and keeps what was there', async () => {
  await install('foo');
  await install('bar');
  expect(await listed()).toEqual(['foo', 'bar']);
  expect([await fileOf('foo'), await fileOf('bar')]).toEqual(['foo', 'bar']);
});

it('is flushed before it is named, and named before anybody is told', async () => {
  const staged = await add('foo');
  await writeFile(join(staged.folder, 'package-lock.json'), '{}');
  cut.steps = [];
  await putInEffect(dataDir, staged, 0);
  const inDataDir = `flush ${basename(dataDir)}`;
  expect(cut.steps).toEqual([
    ...['flush package.json', 'flush package-lock.json', 'flush 1', 'flush plugins'],
    ...['rename current', 'flush plugins'],
    ...['rename package.json', inDataDir, 'rename node_modules', inDataDir],
  ]);
});

it('changes nothing before that', async () => {
  await install('foo');
  await add('bar');
  expect(await listed()).toEqual(['foo']);
  await expect(fileOf('bar')).rejects.toThrow('ENOENT');
});

it('shares the files of the generations, but not what npm or scripts write in place', async () => {
  await install('foo');
  const lock = (number: string) => inStore(number, 'node_modules', '.package-lock.json');
  await writeFile(lock('1'), '{}');
  const inode = async (path: string) => (await stat(path)).ino;
  const first = await inode(inStore('1', 'node_modules', 'foo', 'x.js'));
  const current = await currentFolder(dataDir);
  const { folder: shared } = await stageGeneration(dataDir, current, 'links');
  expect(await inode(join(shared, 'node_modules', 'foo', 'x.js'))).toBe(first);
  expect(await inode(join(shared, 'node_modules', '.package-lock.json'))).not.toBe(await inode(lock('1')));
  expect(await inode(join(shared, 'package.json'))).not.toBe(await inode(inStore('1', 'package.json')));
  const { folder: copied } = await stageGeneration(dataDir, current, 'copies');
  expect(await inode(join(copied, 'node_modules', 'foo', 'x.js'))).not.toBe(first);
});

it('keeps the generation before, for who still reads it, and removes the rest', async () => {
  for (const name of ['a', 'b', 'c']) await install(name);
  await abandon(await add('interrupted'));
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
  await install('new');
  await removeLeftovers(dataDir);
  expect(await listed()).toEqual(['old', 'plain', 'l', 'new']);
  expect([await fileOf('old'), await fileOf('new')]).toEqual(['old', 'new']);
  expect((await readStore(dataDir)).dependencies.get('old')).toBe('^1.0.0');
});

it('does not undo what another machine has changed meanwhile', async () => {
  const mine = await add('mine');
  await install('other');
  await expect(putInEffect(dataDir, mine, 0)).rejects.toMatchObject({ code: 'LLEM_E_BUSY' });
  await giveUp(dataDir, mine);
  expect(await listed()).toEqual(['other']);
});

describe('a generation that is held', () => {
  const kept = async () => (await readdir(inStore())).filter((name) => /^\d+$/.test(name)).sort();
  const others = async () => {
    for (const name of ['b', 'c', 'd']) await install(name);
    await removeLeftovers(dataDir);
  };

  it('stays as long as its holder runs, and no longer', async () => {
    await install('a');
    const held = await holdGeneration(inStore(), 1);
    await others();
    expect(await kept()).toEqual(['1', '3', '4']);
    held.release();
    await removeLeftovers(dataDir);
    expect(await readdir(inStore())).toEqual(['3', '4', 'current']);
  });

  it('is that which was read, even where it is replaced meanwhile', async () => {
    await install('a');
    const read = vi.fn(async () => {
      const number = await currentNumber(dataDir);
      if (number === 1) await others();
      return number;
    });
    expect(await readAndHold(dataDir, read, () => true)).toBe(4);
    expect(read).toHaveBeenCalledTimes(2);
    expect((await readdir(inStore())).filter((name) => name.includes('.held.'))).toEqual([
      expect.stringMatching(/^4\.held\./),
    ]);
  });

  it('goes when its holder was killed', async () => {
    await install('a');
    await abandon({ number: 1, ...(await holdGeneration(inStore(), 1)) });
    await others();
    expect(await readdir(inStore())).toEqual(['3', '4', 'current']);
  });

  it('stays for a month where nothing can be told of its holder: on another machine, or of a broken file', async () => {
    await install('a');
    await install('also');
    const other = { ...identitySchema.parse(await ownIdentity()), host: 'other', bootId: 'other' };
    const files = ['1.held.x', '2.held.y'];
    await writeFile(inStore('1.held.x'), JSON.stringify(other));
    await writeFile(inStore('2.held.y'), '{');
    await others();
    expect(await kept()).toEqual(['1', '2', '4', '5']);
    const past = (Date.now() - 31 * 86_400_000) / 1_000;
    for (const file of files) await utimes(inStore(file), past, past);
    await removeLeftovers(dataDir);
    expect(await readdir(inStore())).toEqual(['4', '5', 'current']);
  });
});

describe('a process that ends at any step', () => {
  /** As @oclif/plugin-plugins leaves it. */
  async function plain(): Promise<void> {
    await rm(dataDir, { recursive: true, force: true });
    const root = join(dataDir, 'node_modules', 'old');
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'x.js'), 'old');
    await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'old', version: '1.0.0', llem: {} }));
    const plugins = [{ name: 'old', type: 'user', tag: 'latest' }];
    await writeFile(join(dataDir, 'package.json'), JSON.stringify({ oclif: { schema: 1, plugins } }));
  }
  async function used(): Promise<string[]> {
    const { packages, problems } = await addedPlugins(dataDir);
    expect(problems).toEqual([]);
    for (const { name, root } of packages) expect(await readFile(join(root, 'x.js'), 'utf8')).toBe(name);
    return packages.map(({ name }) => name);
  }

  it.each([
    ['the first generation', () => Promise.resolve(), []],
    ['the generation after another one', () => install('old'), ['old']],
    ['the one that takes over from oclif', plain, ['old']],
  ])('leaves all of %s or of what was there', async (_, prepare, old) => {
    const ends: string[][] = [];
    for (let steps = 0, isCut = true; isCut; steps += 1) {
      await rm(dataDir, { recursive: true, force: true });
      await mkdir(dataDir);
      await prepare();
      const staged = await add('new');
      const before = await currentNumber(dataDir);
      cut.after = steps;
      isCut = await putInEffect(dataDir, staged, before).then(
        () => false,
        () => true,
      );
      cut.after = Infinity;
      ends.push(await used());
      await abandon(staged);
      await removeLeftovers(dataDir);
      expect(await used()).toEqual(ends.at(-1));
      await install('later');
      expect(await used()).toEqual([...(ends.at(-1) ?? []), 'later']);
    }
    expect(ends.length).toBeGreaterThan(2);
    for (const end of ends) expect([old, [...old, 'new']]).toContainEqual(end);
    expect(ends[0]).toEqual(old);
    expect(ends.at(-1)).toEqual([...old, 'new']);
  });
});
