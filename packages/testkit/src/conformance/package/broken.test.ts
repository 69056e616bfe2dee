import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type Dataset, type PluginModule } from '@llem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failuresOf } from '../suite.js';
import { packageAbove } from './package-json.js';
import { wantedModules } from './package-rules.js';
import { MODULE_RULES, PACKAGE_RULES, PLUGIN_RULES } from './rules.js';
import { importModule } from './subject.js';

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-broken-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PROVIDED = { kind: 'dataset', id: 'broken', module: './plugin.mjs' };
const MANIFEST = { contract: '^1.0.0', provides: [PROVIDED] };
const SOURCE =
  'export const options = { parse: (value) => ({ ok: true, value }), jsonSchema: {} }; export const create = () => ({});';

/** The rules that a package breaks, its modules included. */
async function brokenBy(packageJson: object, source = SOURCE): Promise<string[]> {
  const root = join(folder, String((count += 1)));
  await mkdir(root);
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ name: 'broken', llem: MANIFEST, ...packageJson }),
  );
  await writeFile(join(root, 'plugin.mjs'), source);
  const subject = { ...packageAbove(join(root, 'plugin.mjs')), kind: 'dataset' as const, wanted: null };
  const failures = await failuresOf(PACKAGE_RULES, subject);
  if (failures.length === 0) {
    for (const provided of wantedModules(subject))
      failures.push(...(await failuresOf(MODULE_RULES, await importModule(root, provided))));
  }
  return failures.map(({ id }) => id);
}

const PACKAGES: Readonly<Record<string, object>> = {
  'package.manifest': { llem: undefined },
  'package.ids': { llem: { ...MANIFEST, provides: [PROVIDED, PROVIDED] } },
  'package.contract': { llem: { ...MANIFEST, contract: '^0.9.0' } },
  'package.modules': { llem: { ...MANIFEST, provides: [{ ...PROVIDED, module: './dist/plugin.mjs' }] } },
};

const SOURCES: Readonly<Record<string, string>> = {
  'module.imports': 'throw new Error("no addon for this processor");',
  'module.exports': 'export const plugin = {};',
  'module.thread': `import { workerData } from 'node:worker_threads'; ${SOURCE} if (typeof workerData === 'string') setInterval(() => undefined, 1000);`,
};

describe('a package', () => {
  it('passes where it holds every rule', async () => {
    expect(await brokenBy({})).toEqual([]);
  });

  it('is there for every rule', () => {
    expect(Object.keys({ ...PACKAGES, ...SOURCES })).toEqual(
      [...PACKAGE_RULES, ...MODULE_RULES].map(({ id }) => id),
    );
  });

  it.each(Object.entries(PACKAGES))('that breaks %s', async (id, packageJson) => {
    expect(await brokenBy(packageJson)).toEqual([id]);
  });

  it.each(Object.entries(SOURCES))('whose module breaks %s', async (id, source) => {
    expect(await brokenBy({}, source)).toEqual([id]);
  });

  it.each([
    ['package.manifest', { llem: { contract: '^1.0.0' } }],
    ['package.manifest', { llem: { ...MANIFEST, provides: [{ ...PROVIDED, kind: 'meter' }] } }],
    ['package.ids', { llem: { ...MANIFEST, provides: [PROVIDED, { ...PROVIDED, id: 'Not An Id' }] } }],
    [
      'package.ids',
      { llem: { ...MANIFEST, provides: [PROVIDED, { ...PROVIDED, kind: 'backend', id: 'workload' }] } },
    ],
    ['package.contract', { llem: { ...MANIFEST, contract: 'newest' } }],
    ['package.modules', { llem: { ...MANIFEST, provides: [{ ...PROVIDED, module: '../plugin.mjs' }] } }],
  ])('that breaks %s in another way', async (id, packageJson) => {
    expect(await brokenBy(packageJson)).toEqual([id]);
  });
});

const dataset: Dataset = { prepare: () => Promise.reject(new Error('not asked for')), open: () => [] };
const depth = z.int().min(1).default(1);
const sound = definePlugin(
  z.strictObject({
    depth: depth.describe('How deep.'),
    inner: z
      .strictObject({ width: depth.describe('How wide.') })
      .prefault({})
      .describe('Inside.'),
  }),
  () => dataset,
);

async function failedRules(module: PluginModule): Promise<string[]> {
  const context = { cacheDir: join(folder, `cache-${(count += 1)}`) };
  const plugin = { kind: 'dataset' as const, id: 'broken', moduleUrl: '', module, options: {}, context };
  return (await failuresOf(PLUGIN_RULES, plugin)).map(({ id }) => id);
}

const withOptions = (options: Partial<PluginModule['options']>): PluginModule => ({
  ...sound,
  options: { ...sound.options, ...options },
});

/** Each breaks one rule, and that alone. */
const PLUGINS: Readonly<Record<string, PluginModule>> = {
  'options.documented': definePlugin(
    z.strictObject({ inner: z.strictObject({ depth }).prefault({}).describe('Inside.') }),
    () => dataset,
  ),
  'options.schema': withOptions({ jsonSchema: { type: 'array', items: {} } }),
  'options.resolved': withOptions({
    parse: (input) => {
      const read = sound.options.parse(input);
      const told = z
        .object({ depth: z.number() })
        .loose()
        .safeParse(read.ok ? read.value : null).data;
      return told ? { ok: true, value: { ...told, depth: told.depth + 1 } } : read;
    },
  }),
  'options.unknown-keys': definePlugin(
    z.strictObject({
      inner: z
        .object({ depth: depth.describe('How deep.') })
        .prefault({})
        .describe('Inside.'),
    }),
    () => dataset,
  ),
  'options.total': withOptions({
    parse: (input) => {
      if (input === null) throw new TypeError('null');
      return sound.options.parse(input);
    },
  }),
  'create.instance': {
    ...sound,
    create: (...asked) => {
      sound.create(...asked);
      return { open: () => [] };
    },
  },
  'create.refuses': {
    ...sound,
    create: (_, options) => {
      if (!sound.options.parse(options).ok) throw new Error('bad options');
      return dataset;
    },
  },
  'create.cheap': {
    ...sound,
    create: (context, options) => {
      mkdirSync(context.cacheDir, { recursive: true });
      return sound.create(context, options);
    },
  },
};

describe('a plugin', () => {
  it('passes where it holds every rule', async () => {
    expect(await failedRules(sound)).toEqual([]);
  });

  it('is there for every rule', () => {
    expect(Object.keys(PLUGINS)).toEqual(PLUGIN_RULES.map(({ id }) => id));
  });

  it.each(Object.entries(PLUGINS))('that breaks %s', async (id, module) => {
    expect(await failedRules(module)).toEqual([id]);
  });
});
