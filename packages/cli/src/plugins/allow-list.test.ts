import { NO_CONFIGURATION, parseConfiguration } from '@llem/study';
import { describe, expect, it } from 'vitest';
import { allowListOf, discoverAllowed, isAllowed } from './allow-list.js';
import type { InstalledPackage, Source } from './discovery.js';

const listed = (...patterns: string[]) => ({ patterns, place: 'c.yaml:1:1' });

it.each([
  ['@llem/*', '@llem/backend-sglang', true],
  ['@llem/*', '@llem/a/b', false],
  ['@llem/*', '@llemur/x', false],
  ['@*/backend-x', '@any/backend-x', true],
  ['llem-backend-*', 'llem-backend-foo', true],
  ['llem-backend-*', 'my-llem-backend-foo', false],
  ['llem.x', 'llem-x', false],
  ['*', 'foo', true],
  ['*', '@scope/foo', false],
  ['foo', 'foo', true],
  ['foo', 'FOO', false],
])('%s and %s: %s', (pattern, name, expected) => {
  expect(isAllowed(listed('other', pattern), name)).toBe(expected);
});

it('allows everything without a list, and nothing with an empty one', () => {
  expect(allowListOf(NO_CONFIGURATION)).toBeNull();
  expect(isAllowed(null, 'foo')).toBe(true);
  const empty = allowListOf(parseConfiguration('plugins.allow: []\n', 'c.yaml'));
  expect(empty).toEqual({ patterns: [], place: 'c.yaml:1:1' });
  expect(isAllowed(empty, 'foo')).toBe(false);
});

describe('of what is installed', () => {
  const plugin = (name: string, source: Source, id = name): InstalledPackage => ({
    name,
    version: '1.0.0',
    root: `/${source}/${name}`,
    source,
    manifest: { contract: '^1.0.0', provides: [{ kind: 'backend', id, module: './x.js' }] },
  });
  const packages = [plugin('own', 'core'), plugin('foo', 'user'), plugin('bar', 'link')];
  const found = (list: Parameters<typeof discoverAllowed>[1], all = packages) => {
    const { provided, problems } = discoverAllowed({ packages: all, problems: [] }, list);
    return [provided.map(({ id }) => id).sort(), problems.map((one) => one.package).sort()];
  };

  it('what comes with llem and what is on the list is used', () => {
    expect(found(() => null)).toEqual([['bar', 'foo', 'own'], []]);
    expect(found(() => listed('foo'))).toEqual([['foo', 'own'], ['bar']]);
    expect(found(() => 'unknown')).toEqual([['own'], ['bar', 'foo']]);
  });

  it('the list is not asked for where nothing was added', () => {
    const never = () => {
      throw new Error('asked for');
    };
    expect(found(never, [plugin('own', 'core')])).toEqual([['own'], []]);
  });

  it('an added version of what comes with llem is used, unless it is not allowed', () => {
    const all = [plugin('own', 'core', 'x'), plugin('own', 'user', 'x')];
    const sources = (list: ReturnType<typeof listed> | null) =>
      discoverAllowed({ packages: all, problems: [] }, () => list).provided.map(({ source }) => source);
    expect(sources(null)).toEqual(['user']);
    expect(sources(listed())).toEqual(['core']);
  });

  it.each([
    ['of another contract', { contract: '^9.0.0', provides: [] }],
    ['without a manifest that could be read', { contract: '^1.0.0' }],
  ])('what comes with llem is used where the added version is %s', (_, manifest) => {
    const broken: InstalledPackage = { ...plugin('own', 'user', 'x'), version: '2.0.0', manifest };
    for (const all of [
      [plugin('own', 'core', 'x'), broken],
      [broken, plugin('own', 'core', 'x')],
    ]) {
      const { provided, problems } = discoverAllowed({ packages: all, problems: [] }, () => null);
      expect(provided.map(({ id, source }) => [id, source])).toEqual([['x', 'core']]);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toMatch(
        /^The plugin own 2\.0\.0 is not used: .*Version 1\.0\.0, which comes/,
      );
    }
  });
});
