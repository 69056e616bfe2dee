import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstalledPackage, Source } from '../discovery.js';
import { accept } from './acceptance.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'llem-acceptance-'));
  await writeFile(join(root, 'x.js'), '');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const declares = (id: string, module = './x.js', contract = '^1.0.0', kind = 'backend') => ({
  contract,
  provides: [{ kind, id, module }],
});
const plugin = (name: string, manifest: unknown, source: Source = 'user'): InstalledPackage => ({
  name,
  version: '2.0.0',
  root,
  source,
  manifest,
});
const installed = () => [plugin('@llem/backend-own', declares('own'), 'core')];
const judge = (candidate: InstalledPackage, packages = installed()) =>
  accept(candidate, { self: '@llem/cli', packages, allowList: null });

describe('a package is refused that', () => {
  it.each<[string, () => InstalledPackage, RegExp]>([
    ['is no plugin', () => plugin('left-pad', undefined), /left-pad 2\.0\.0 is no plugin of llem/],
    ['is llem itself', () => plugin('@llem/cli', declares('x')), /is llem itself/],
    ['has a broken section', () => plugin('foo', { contract: 1 }), /llem\.contract/],
    [
      'was written for another contract',
      () => plugin('foo', declares('foo', './x.js', '^7.0.0')),
      /\^7\.0\.0, and this llem has contract 1\.0\.0/,
    ],
    ['provides what is there', () => plugin('thief', declares('own')), /thief 2\.0\.0 .*@llem\/backend-own/],
    ['provides nothing', () => plugin('foo', { contract: '^1.0.0', provides: [] }), /provides nothing/],
    [
      'is of an unknown kind',
      () => plugin('foo', declares('foo', './x.js', '^1.0.0', 'launcher')),
      /kind that this llem does not use/,
    ],
    ['leads out of itself', () => plugin('foo', declares('foo', '../x.js')), /leads out of the package/],
    ['lacks its module', () => plugin('foo', declares('foo', './dist/x.js')), /has no file .*dist\/x\.js/],
  ])('%s', async (_, candidate, message) => {
    const judged = judge(candidate());
    await expect(judged).rejects.toMatchObject({ code: 'LLEM_E_PLUGIN_REFUSED' });
    await expect(judged).rejects.toThrow(message);
    await expect(judged).rejects.toThrow(/Nothing was changed\.$/);
  });

  it('a checkout has itself', async () => {
    const packages = [plugin('@llem/backend-own', declares('own'), 'workspace')];
    const judged = judge(plugin('@llem/backend-own', declares('own')), packages);
    await expect(judged).rejects.toThrow('this checkout has that package itself');
    await expect(judged).rejects.toMatchObject({
      remedy: 'There is nothing to do: it is used as it is there.',
    });
  });
});

it('lets a newer version take the place of what comes with llem, and of itself', async () => {
  const newer = plugin('@llem/backend-own', declares('own'));
  const { provided, notUsed } = await judge(newer, [
    ...installed(),
    plugin('@llem/backend-own', declares('own')),
  ]);
  expect(provided.map(({ id, source }) => [id, source])).toEqual([['own', 'user']]);
  expect(notUsed).toEqual([]);
});

it('takes a package of which a part can be used, and says which cannot', async () => {
  const both = { contract: '^1.0.0', provides: [...declares('own').provides, ...declares('new').provides] };
  const { provided, notUsed } = await judge(plugin('foo', both));
  expect(provided.map(({ id }) => id)).toEqual(['new']);
  expect(notUsed).toEqual([expect.stringContaining('"own"')]);
});

it('refuses what would push out another added plugin, whichever name comes first', async () => {
  const there = [plugin('m', declares('same'))];
  for (const name of ['a', 'z']) {
    await expect(judge(plugin(name, declares('same')), there)).rejects.toThrow(/ m 2\.0\.0 /);
  }
});
