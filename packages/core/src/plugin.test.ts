/** Plugins: taken by their shape, and named when the shape is broken. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isLlemError } from './errors.js';
import { createInstance, definePlugin, isPluginModule, pluginManifestSchema } from './plugin.js';
import { importSecondCopy } from './second-copy.fixture.js';

const context = { cacheDir: '/nowhere' };
const schema = z.strictObject({
  step: z.int().min(1).default(2),
  deep: z.strictObject({ on: z.boolean() }).optional(),
});
const facts = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};
const prepare = () => Promise.resolve(facts);
const dataset = definePlugin(schema, (_, { step }) => ({
  prepare,
  open: ({ seed }: { seed: number }) => [{ content: [seed, step], inputTokens: 2, outputTokens: 1 }],
}));
const request = z.custom<Parameters<ReturnType<typeof dataset.create>['open']>[0]>().parse({ seed: 5 });

function failureOf(create: () => unknown) {
  try {
    create();
  } catch (error) {
    if (isLlemError(error)) return { code: error.code, message: error.message, remedy: error.remedy };
    throw error;
  }
  throw new Error('it was taken');
}

describe('a module', () => {
  test('made by definePlugin creates an instance from parsed options', () => {
    const made = createInstance('dataset', 'mine', dataset, context, {});
    expect(typeof made.open).toBe('function');
    expect([...dataset.create(context, { step: 4 }).open(request)]).toEqual([
      { content: [5, 4], inputTokens: 2, outputTokens: 1 },
    ]);
  });

  test('refuses options that do not parse, with their path', () => {
    expect(
      failureOf(() => createInstance('dataset', 'mine', dataset, context, { deep: { on: 1 } })),
    ).toMatchObject({
      code: 'LLEM_E_USAGE',
      message: 'deep.on: expected true or false',
    });
  });

  test('of a second copy of core is taken, and its refusals are recognised', async () => {
    const other = await importSecondCopy();
    const theirs: unknown = other.definePlugin(schema, () => ({ prepare, open: () => [] }));
    expect(isPluginModule(theirs)).toBe(true);
    expect(typeof createInstance('dataset', 'theirs', theirs, context, {}).open).toBe('function');
    expect(failureOf(() => createInstance('dataset', 'theirs', theirs, context, { stpe: 1 }))).toMatchObject({
      code: 'LLEM_E_USAGE',
      message: 'stpe: unknown key "stpe"',
    });
  });

  test('may be a namespace with more in it', () => {
    const namespace: unknown = Object.setPrototypeOf({ ...dataset, default: 1, other: () => 2 }, null);
    expect(isPluginModule(namespace)).toBe(true);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a function', () => dataset],
    ['options alone', { options: dataset.options }],
    ['create alone', { create: dataset.create }],
    ['a create that is no function', { ...dataset, create: {} }],
    ['null for its options', { ...dataset, options: null }],
    ['options without parse', { ...dataset, options: { jsonSchema: {} } }],
    ['options without a JSON Schema', { ...dataset, options: { parse: dataset.options.parse } }],
    ['a parse that is no function', { ...dataset, options: { parse: true, jsonSchema: {} } }],
    ['its parts one level too deep', { default: dataset }],
  ])('that exports %s is no plugin', (_, module) => {
    expect(isPluginModule(module)).toBe(false);
    expect(failureOf(() => createInstance('dataset', 'mine', module, context, {}))).toMatchObject({
      code: 'LLEM_E_PLUGIN_BROKEN',
      message: 'The dataset "mine" does not export `options` and `create`.',
    });
  });
});

describe('an instance', () => {
  const making = (instance: unknown) => ({ ...dataset, create: () => instance });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a promise', Promise.resolve({ prepare, open: () => [] })],
    ['an object without the methods', {}],
    ['an object with one of the methods', { open: () => [] }],
    ['a method that is none', { prepare, open: [] }],
  ])('that is %s is refused with what it lacks', (_, instance) => {
    const { code, message, remedy } = failureOf(() =>
      createInstance('dataset', 'mine', making(instance), context, {}),
    );
    expect(code).toBe('LLEM_E_PLUGIN_BROKEN');
    expect(message).toBe('The dataset "mine" does not create a dataset: it lacks one of prepare, open.');
    expect(remedy).not.toBe('');
  });

  test('of one kind is refused as another', () => {
    expect(failureOf(() => createInstance('meter', 'mine', dataset, context, {})).message).toContain(
      'it lacks one of checks, devices, channels, open',
    );
  });

  test('may have its methods on its class', () => {
    class Numbers {
      prepare = prepare;
      open() {
        return [];
      }
    }
    expect(createInstance('dataset', 'mine', making(new Numbers()), context, {})).toBeInstanceOf(Numbers);
  });

  test('whose factory throws passes on what it threw', () => {
    const throwing = {
      ...dataset,
      create: () => {
        throw new RangeError('out of range');
      },
    };
    expect(() => createInstance('dataset', 'mine', throwing, context, {})).toThrow(RangeError);
  });
});

test.each([
  [{ contract: '^1.0.0', provides: [{ kind: 'later-kind', id: 'x', module: './x.js' }], more: 1 }, true],
  [{ contract: '^1.0.0', provides: [] }, true],
  [{ provides: [] }, false],
  [{ contract: '', provides: [] }, false],
  [{ contract: '^1.0.0', provides: [{ kind: 'meter', id: '', module: './x.js' }] }, false],
])('the manifest %j is taken: %s', (manifest, taken) => {
  expect(pluginManifestSchema.safeParse(manifest).success).toBe(taken);
});
