import { describe, expect, it } from 'vitest';
import { discover, problemOf, type InstalledPackage } from './discovery.js';

const plugin = (
  name: string,
  over: Partial<InstalledPackage> & { provides?: unknown; contract?: unknown } = {},
) => {
  const { provides, contract, ...rest } = over;
  return {
    name,
    version: '1.2.3',
    root: `/plugins/${name}`,
    source: 'user',
    manifest: {
      contract: contract ?? '^0.1.0',
      provides: provides ?? [{ kind: 'backend', id: name, module: './dist/backend.js' }],
    },
    ...rest,
  } satisfies InstalledPackage;
};
const found = (...packages: InstalledPackage[]) => discover(packages, '0.1.0');

describe('discover', () => {
  it('gives what a package provides, with the URL of its module and where it is from', () => {
    const { provided, problems } = found(plugin('foo'));
    expect(problems).toEqual([]);
    expect(provided).toEqual([
      {
        kind: 'backend',
        id: 'foo',
        package: 'foo',
        version: '1.2.3',
        source: 'user',
        moduleUrl: 'file:///plugins/foo/dist/backend.js',
      },
    ]);
  });

  it('has who links a folder correct its package.json, and tells others of its author', () => {
    const wrong = [
      { provides: 7 },
      { contract: 'newest' },
      { provides: [{ kind: 'backend', id: 'A', module: 'a' }] },
    ];
    const remedies = (source: 'link' | 'user') =>
      wrong.map((over) => found(plugin('foo', { ...over, source })).problems[0]?.remedy);
    expect(remedies('link').every((remedy) => remedy?.startsWith('Correct /plugins/foo/package.json'))).toBe(
      true,
    );
    expect(remedies('user').every((remedy) => remedy?.includes('author'))).toBe(true);
  });

  it('passes over packages that are no plugins of llem', () => {
    expect(found(plugin('help', { manifest: undefined }))).toEqual({
      provided: [],
      problems: [],
      unknown: [],
    });
  });

  it.each([
    [null, 'llem'],
    [{ contract: '^0.1.0' }, 'llem.provides'],
    [{ contract: 1, provides: [] }, 'llem.contract'],
    [
      { contract: '^0.1.0', provides: [{ kind: 'backend', id: '', module: './x.js' }] },
      'llem.provides[0].id',
    ],
  ])('names what is wrong with the manifest %j, and goes on with the others', (manifest, where) => {
    const { provided, problems } = found(plugin('bad', { manifest }), plugin('good'));
    expect(provided.map(({ id }) => id)).toEqual(['good']);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(
      `The plugin bad 1.2.3 is not used: in its package.json, ${where}:`,
    );
  });

  it.each([
    ['^0.1.0', '0.1.0', true],
    ['^0.1.0', '0.1.7', true],
    ['>=0.1.0 <0.3.0', '0.2.0', true],
    // Before 1.0 a minor version may break: a caret does not cover the next one.
    ['^0.1.0', '0.2.0', false],
    ['^0.2.0', '0.1.0', false],
    ['^1.0.0', '0.1.0', false],
  ])('holds contract %s against version %s: %s', (contract, version, fits) => {
    const { provided, problems } = discover([plugin('foo', { contract })], version);
    expect(provided).toHaveLength(fits ? 1 : 0);
    expect(problems).toHaveLength(fits ? 0 : 1);
  });

  it('says who must be updated when contracts differ, with both versions', () => {
    const [old] = discover([plugin('foo', { contract: '^0.1.0' })], '0.3.0').problems;
    expect(old?.message).toContain('written for contract ^0.1.0, and this llem has contract 0.3.0');
    expect(old?.remedy).toContain('Update the plugin');
    const [young] = discover([plugin('foo', { contract: '^0.9.0' })], '0.3.0').problems;
    expect(young?.remedy).toContain('Update llem');
  });

  it('refuses a contract that is no range', () => {
    const [problem] = found(plugin('foo', { contract: 'newest' })).problems;
    expect(problem?.message).toContain('its contract "newest" is no range');
  });

  it('leaves an id with the package that comes with llem, in whatever order they are read', () => {
    const own = plugin('@llem/backend-x', {
      source: 'core',
      provides: [{ kind: 'backend', id: 'x', module: './dist/x.js' }],
    });
    const thief = plugin('aaa', { provides: [{ kind: 'backend', id: 'x', module: './x.js' }] });
    for (const order of [
      [own, thief],
      [thief, own],
    ]) {
      const { provided, problems } = found(...order);
      expect(provided.map((one) => one.package)).toEqual(['@llem/backend-x']);
      expect(problems.map((one) => one.package)).toEqual(['aaa']);
      expect(problems[0]?.message).toContain(
        '@llem/backend-x 1.2.3 provides one of the same id, and comes with llem',
      );
    }
  });

  it('says which of two that the user has added can go', () => {
    const provides = [{ kind: 'backend', id: 'x', module: './x.js' }];
    const { provided, problems } = found(plugin('bbb', { provides }), plugin('aaa', { provides }));
    expect(provided.map((one) => one.package)).toEqual(['aaa']);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.remedy).toContain('`llem plugins uninstall bbb`, or the same of aaa');
  });

  it('takes the first of two that one package names by the same id, and says so', () => {
    const provides = ['./one.js', './two.js'].map((module) => ({ kind: 'backend', id: 'x', module }));
    const { provided, problems } = found(plugin('foo', { provides }));
    expect(provided.map(({ moduleUrl }) => moduleUrl)).toEqual(['file:///plugins/foo/one.js']);
    expect(problems[0]?.message).toContain('names it more than once');
  });

  it('knows why there is no plugin of an id that one was to provide', () => {
    const discovery = found(plugin('old', { contract: '^0.0.1' }), plugin('good'));
    expect(problemOf(discovery, 'backend', 'old')?.message).toContain('contract ^0.0.1');
    expect(problemOf(discovery, 'meter', 'old')).toBeUndefined();
    expect(problemOf(discovery, 'backend', 'good')).toBeUndefined();
  });

  it('lets two kinds have the same id', () => {
    const provides = [
      { kind: 'backend', id: 'x', module: './b.js' },
      { kind: 'meter', id: 'x', module: './m.js' },
    ];
    expect(found(plugin('foo', { provides })).provided).toHaveLength(2);
  });

  it('takes a package that is found twice once, without a word', () => {
    const { provided, problems } = found(
      plugin('foo', { source: 'core' }),
      plugin('foo', { source: 'workspace', root: '/checkout/foo' }),
    );
    expect(problems).toEqual([]);
    expect(provided.map(({ source }) => source)).toEqual(['core']);
  });

  it('lists kinds that it does not know and uses the rest of such a package', () => {
    const provides = [
      { kind: 'launcher', id: 'slurm' },
      { kind: 'runner', id: 'slurm', module: './r.js' },
    ];
    const { provided, unknown, problems } = found(plugin('foo', { provides }));
    expect(unknown).toEqual([{ kind: 'launcher', id: 'slurm', package: 'foo' }]);
    expect(provided.map(({ kind }) => kind)).toEqual(['runner']);
    expect(problems).toEqual([]);
  });

  it.each(['workload', 'model', 'sweep', 'groups', 'My-Engine', 'my_engine', 'a.b', 'x'.repeat(51)])(
    'refuses the id %s, by which no study could name a backend, and uses the rest of the package',
    (id) => {
      const provides = [id, 'good'].map((each) => ({ kind: 'backend', id: each, module: './x.js' }));
      const discovery = found(plugin('foo', { provides }));
      expect(discovery.provided.map((one) => one.id)).toEqual(['good']);
      expect(discovery.problems).toHaveLength(1);
      expect(problemOf(discovery, 'backend', id)?.message).toContain('no study could name it');
    },
  );

  it('lets a meter have the name of a key of studies, which it does not stand beside', () => {
    const { provided } = found(
      plugin('foo', { provides: [{ kind: 'meter', id: 'model', module: './x.js' }] }),
    );
    expect(provided.map(({ id }) => id)).toEqual(['model']);
  });

  it.each(['../other/x.js', './../../x.js', '/etc/x.js', '.', 'dist/../../x.js'])(
    'refuses the module path %s, which leads out of the package',
    (module) => {
      const { provided, problems } = found(
        plugin('foo', { provides: [{ kind: 'backend', id: 'foo', module }] }),
      );
      expect(provided).toEqual([]);
      expect(problems[0]?.message).toContain('leads out of the package');
    },
  );
});
