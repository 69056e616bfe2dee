import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Provided } from './discovery.js';
import { createPluginModules } from './modules.js';

// Matchers have the type any; as unknown they can stand in an expected value.
const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-modules-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A module as a plugin would ship it, with nothing of this package's own copies in it. */
const RUNNER = `
const options = { jsonSchema: {}, parse: (input) => ({ ok: true, value: input }) };
const create = (context, given) => ({
  checks: () => [], target: async () => ({ host: context.cacheDir, port: given.port }), start: async () => null,
});
`;

/** Far more than an import takes. */
const LIMIT_MS = 1_000;

async function modules(source: string) {
  const file = join(folder, 'runner.mjs');
  await writeFile(file, source);
  const provided: Provided = {
    kind: 'runner',
    id: 'foo',
    package: 'foo-plugin',
    version: '1.0.0',
    source: 'user',
    moduleUrl: pathToFileURL(file).href,
  };
  return createPluginModules(
    { provided: [provided], problems: [], unknown: [] },
    { cacheDir: '/cache' },
    LIMIT_MS,
  );
}

describe('createPluginModules', () => {
  it('creates instances of a module that knows nothing of our copy of core', async () => {
    const plugins = await modules(`${RUNNER} export { options, create };`);
    await plugins.load('runner', 'foo');
    const runner = plugins.create('runner', 'foo', { port: 7 });
    expect(await runner.target()).toEqual({ host: '/cache', port: 7 });
  });

  it('imports a module once, however often it is asked for', async () => {
    const plugins = await modules(
      `${RUNNER} globalThis.llemImports = (globalThis.llemImports ?? 0) + 1; export { options, create };`,
    );
    await Promise.all([plugins.load('runner', 'foo'), plugins.load('runner', 'foo')]);
    await plugins.load('runner', 'foo');
    expect(Reflect.get(globalThis, 'llemImports')).toBe(1);
  });

  it('names what is installed when an id is missing', async () => {
    const plugins = await modules(RUNNER);
    await expect(plugins.load('runner', 'bar')).rejects.toMatchObject({
      code: 'LLEM_E_PLUGIN_MISSING',
      message: containing('known here: foo; plugins of others: npm search keywords:llem-plugin'),
    });
    await expect(plugins.load('meter', 'foo')).rejects.toMatchObject({ code: 'LLEM_E_PLUGIN_MISSING' });
  });

  it.each([
    [
      'throws on import',
      'throw new Error("no such library\\nmore");',
      /cannot be loaded: no such library \(\/.*\/runner\.mjs:1:7\)\.$/,
    ],
    [
      'throws what would clear a terminal',
      'throw new Error("\\u001b[2Jboo\\u001b[31mm");',
      /^The runner "foo" of [ -~]+ cannot be loaded: boom \([ -~]+\)\.$/,
    ],
    ['does not parse', 'export const = 1;', /cannot be loaded/],
    ['exports nothing', RUNNER, /does not export/],
    [
      'waits without end',
      'await new Promise(() => undefined);',
      /cannot be loaded: it is not done after 1 s\.$/,
    ],
    [
      'rejects unhandled',
      `${RUNNER} export { options, create }; Promise.reject(Error("lost"));`,
      /: lost \(.*runner\.mjs:\d+:\d+\)\.$/,
    ],
    [
      'has a schema that throws',
      `export const create = () => null;
       export const options = { parse() {}, get jsonSchema() { throw Error("none"); } };`,
      /its `options.jsonSchema` fails: none \(.*runner\.mjs:\d+:\d+\)\.$/,
    ],
    ['exports no options', `${RUNNER} export { create };`, /does not export/],
  ])('names the plugin when its module %s', async (_, source, message) => {
    const plugins = await modules(source);
    await expect(plugins.load('runner', 'foo')).rejects.toMatchObject({
      code: 'LLEM_E_PLUGIN_BROKEN',
      message: matching(message),
    });
    await expect(plugins.load('runner', 'foo')).rejects.toThrow('foo-plugin 1.0.0');
  });

  it('names a module that creates something else than its kind', async () => {
    const plugins = await modules(`${RUNNER} const wrong = () => ({}); export { options, wrong as create };`);
    await plugins.load('runner', 'foo');
    expect(() => plugins.create('runner', 'foo', {})).toThrow('does not create a runner');
  });

  it('names a module whose create throws, or whose parse does what it must not', async () => {
    const plugins = await modules(`
      export const options = { jsonSchema: {}, parse: (input) => { if (input.a) throw new Error('odd'); } };
      export const create = () => { throw new Error('no driver'); };`);
    const { options } = await plugins.load('runner', 'foo');
    expect(() => plugins.create('runner', 'foo', {})).toThrow(
      'The runner "foo" of foo-plugin 1.0.0 cannot be created: no driver',
    );
    expect(() => options.parse({ a: 1 })).toThrow('its `options.parse` throws: odd');
    expect(() => options.parse({})).toThrow('gives neither a value nor issues');
  });

  it('gives what a module prints to standard error alone, and only that', async () => {
    const [out, error] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    out.mockReturnValue(true);
    error.mockReturnValue(true);
    const plugins = await modules(
      `${RUNNER} export { options, create }; process.stdout.write("1"); await null; process.stdout.write("2");`,
    );
    const load = plugins.load('runner', 'foo');
    process.stdout.write('answer');
    await load;
    process.stdout.write('more');
    const texts = [out, error].map(({ mock }) => mock.calls.map(([text]) => text));
    vi.restoreAllMocks();
    expect(texts).toEqual([
      ['answer', 'more'],
      ['1', '2'],
    ]);
  });
});
