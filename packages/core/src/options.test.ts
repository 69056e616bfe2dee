/** Options: what is wrong is told where it is, of which kind, and what would have been right. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineOptions, type OptionIssue } from './options.js';
import { executionSchema, experimentSettingsSchema, measureSchema } from './settings.js';

function issuesOf(schema: z.ZodType, input: unknown): readonly OptionIssue[] {
  const result = defineOptions(schema).parse(input);
  if (result.ok) throw new Error('it was taken');
  return result.issues;
}
const brief = (schema: z.ZodType, input: unknown) =>
  issuesOf(schema, input).map(({ path, kind }) => `${path.join('.')} ${kind}`);

const nested = z.strictObject({
  server: z.strictObject({
    ports: z.array(z.strictObject({ number: z.int(), name: z.string().optional() })),
  }),
});

describe('an unknown key', () => {
  test('is told at its depth with the keys that are known there', () => {
    expect(issuesOf(nested, { server: { ports: [{ number: 1 }, { number: 2, nmae: 'a' }] } })).toEqual([
      {
        path: ['server', 'ports', 1, 'nmae'],
        message: 'unknown key "nmae"',
        kind: 'unknown-key',
        knownKeys: ['number', 'name'],
      },
    ]);
  });

  test('does not hide another, nor a wrong value beside it', () => {
    expect(brief(nested, { a: 1, b: 2, server: { ports: 'none' } })).toEqual([
      'server.ports invalid',
      'a unknown-key',
      'b unknown-key',
    ]);
  });

  test('in a mapping with keys of the user’s own is looked for in its values', () => {
    const schema = z.record(z.string(), z.strictObject({ image: z.string() }));
    expect(issuesOf(schema, { mine: { image: 'a', imgae: 'b' } })).toMatchObject([
      { path: ['mine', 'imgae'], knownKeys: ['image'] },
    ]);
  });

  test('in one branch of a union is told with the keys of every branch', () => {
    const schema = z.strictObject({
      runner: z.union([z.string(), z.strictObject({ type: z.string() }), z.strictObject({ url: z.url() })]),
    });
    expect(issuesOf(schema, { runner: { type: 'local', imgae: 'b' } })).toMatchObject([
      { path: ['runner', 'imgae'], kind: 'unknown-key', knownKeys: ['type', 'url'] },
    ]);
  });
});

describe('a value that is not there', () => {
  const schema = z.strictObject({
    text: z.string(),
    choice: z.enum(['a', 'b']),
    either: z.union([z.string(), z.int()]),
  });

  test('is missing, whatever it should have been', () => {
    expect(brief(schema, {})).toEqual(['text missing', 'choice missing', 'either missing']);
  });

  test('is null where null is written', () => {
    expect(brief(schema, { text: null, choice: null, either: null })).toEqual([
      'text null',
      'choice null',
      'either null',
    ]);
  });

  test('is no issue where the schema takes null or has a default', () => {
    const free = z.strictObject({ limit: z.int().nullable().default(null), name: z.string().default('x') });
    expect(defineOptions(free).parse({ limit: null })).toEqual({
      ok: true,
      value: { limit: null, name: 'x' },
    });
  });

  test('is missing where it tells the branches of a union apart', () => {
    const kinds = z.strictObject({
      load: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('closed') }),
        z.strictObject({ kind: z.literal('open') }),
      ]),
    });
    expect(brief(kinds, { load: {} })).toEqual(['load.kind missing']);
    expect(brief(kinds, { load: { kind: null } })).toEqual(['load.kind null']);
    expect(brief(kinds, { load: { kind: 'opne' } })).toEqual(['load.kind invalid']);
    expect(brief(kinds, {})).toEqual(['load missing']);
  });

  test('can be the whole input', () => {
    expect(brief(nested, undefined)).toEqual([' missing']);
    expect(brief(nested, null)).toEqual([' null']);
  });
});

test('a wrong value is invalid, also when a rule of its own refuses a null that the type allows', () => {
  const ruled = z.strictObject({
    a: z
      .int()
      .nullable()
      .refine((value) => value !== null, 'set it'),
  });
  expect(issuesOf(ruled, { a: null })).toEqual([{ path: ['a'], message: 'set it', kind: 'rule' }]);
  expect(brief(ruled, { a: 1.5 })).toEqual(['a invalid']);
  expect(brief(ruled, { a: Number.NaN })).toEqual(['a invalid']);
});

describe('of a union', () => {
  const runner = z.strictObject({
    runner: z.union([
      z.string().regex(/^[a-z]+$/),
      z.looseObject({ type: z.string().min(1), pull: z.enum(['always', 'missing']).optional() }),
    ]),
  });

  test('the branch that got deepest into the value is the one that is explained', () => {
    expect(brief(runner, { runner: { image: 'x' } })).toEqual(['runner.type missing']);
    expect(issuesOf(runner, { runner: { type: 'docker', pull: 'never' } })).toMatchObject([
      { path: ['runner', 'pull'], kind: 'invalid' },
    ]);
  });

  test('one issue is told where no branch got further than another', () => {
    expect(brief(runner, { runner: 7 })).toEqual(['runner invalid']);
    expect(brief(runner, { runner: null })).toEqual(['runner null']);
  });

  test('a branch inside a branch is found as well', () => {
    const devices = experimentSettingsSchema.shape.devices;
    expect(brief(devices, [0, 'GPU-1', -1])).toEqual(['2 invalid']);
  });

  test('a GPU that a list names twice is told at its second place', () => {
    const devices = experimentSettingsSchema.shape.devices;
    expect(issuesOf(devices, [0, 'GPU-1', 0])).toMatchObject([
      { path: [2], kind: 'rule', message: 'names 0 a second time' },
    ]);
    expect(devices.safeParse([0, 'GPU-1', 1]).success).toBe(true);
  });
});

describe('parsing', () => {
  test.each([
    ['measure', measureSchema],
    ['execution', executionSchema],
    ['experiment', experimentSettingsSchema.partial({ model: true, backend: true })],
  ] as const)('fills in every default of %s, and then changes nothing more', (_, schema) => {
    const { parse } = defineOptions<z.ZodType>(schema);
    const once = parse({});
    if (!once.ok) throw new Error('defaults alone are refused');
    expect(JSON.stringify(once.value)).not.toBe('{}');
    expect(parse(once.value)).toEqual(once);
    expect(parse(JSON.parse(JSON.stringify(once.value)))).toEqual(once);
  });

  test('never throws, whatever it is given', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['server'] = cyclic;
    for (const input of [
      undefined,
      null,
      1n,
      Symbol('x'),
      () => 1,
      [],
      cyclic,
      new Map(),
      Object.create(null),
    ]) {
      expect(defineOptions(nested).parse(input).ok).toBe(false);
    }
  });

  test('takes no key from the prototype of what it is given', () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"server": {"ports": []}}}');
    expect(defineOptions(nested).parse(hostile).ok).toBe(false);
  });
});

test('the JSON Schema is of the input: plain data with descriptions and defaults, optional where there is one', () => {
  const { jsonSchema } = defineOptions(
    z.strictObject({ a: z.int().default(3).describe('How many.'), b: z.string() }),
  );
  expect(JSON.parse(JSON.stringify(jsonSchema))).toEqual(jsonSchema);
  expect(jsonSchema).toMatchObject({
    required: ['b'],
    additionalProperties: false,
    properties: { a: { type: 'integer', default: 3, description: 'How many.' } },
  });
});
