/** What a schema finds wrong, in words for people. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { IN_WORDS, issueText } from './issue-words.js';

function textOf(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value, IN_WORDS);
  if (parsed.success) throw new Error('it was taken');
  return issueText(parsed.error.issues);
}

test.each<[string, z.ZodType, unknown]>([
  ['expected a number', z.number(), 'many'],
  ['expected a whole number', z.int(), 1.5],
  ['expected text', z.string(), 3],
  ['expected true or false', z.boolean(), 1],
  ['expected a list', z.array(z.string()), 'a'],
  ['expected a mapping', z.strictObject({}), 3],
  ['expected a mapping', z.record(z.string(), z.string()), []],
  [
    'expected shuffled, interleaved or sequential',
    z.enum(['shuffled', 'interleaved', 'sequential']),
    'random',
  ],
  ['expected at least 1', z.int().min(1), 0],
  ['expected more than 0', z.number().positive(), 0],
  ['expected at most 64', z.number().max(64), 65],
  ['expected less than 2', z.number().lt(2), 2],
  ['expected a multiple of 256', z.int().multipleOf(256), 3],
  ['expected text of at least 1 character', z.string().min(1), ''],
  ['expected a list of at most 2 entries', z.array(z.int()).max(2), [1, 2, 3]],
  ['expected a list of exactly 2 entries', z.array(z.int()).length(2), [1]],
  ['expected text of the form /^a+$/', z.string().regex(/^a+$/), 'b'],
  ['expected text that is a valid url', z.url(), 'b'],
  [
    '-a: the key is not valid: no dashes',
    z.record(z.string().regex(/^a$/, 'no dashes'), z.int()),
    { '-a': 1 },
  ],
  ['unknown keys "a", "b"', z.strictObject({}), { a: 1, b: 2 }],
  ['expected all, none or a list', z.union([z.enum(['all', 'none']), z.array(z.int())]), 'some'],
  [
    'kind: expected closed or open',
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('closed') }),
      z.strictObject({ kind: z.literal('open') }),
    ]),
    { kind: 'ajar' },
  ],
  ['not a valid value', z.custom(() => false), 1],
])('%s', (expected, schema, value) => {
  expect(textOf(schema, value)).toBe(expected);
});

test('are the words of the author of the schema where there are some', () => {
  const version = z.string().regex(/^\d+$/, 'expected a version such as 3');
  expect(textOf(z.strictObject({ version }), { version: 'x' })).toBe('version: expected a version such as 3');
});

test('say that a value is missing, and how many issues more there are', () => {
  const schema = z.object({ a: z.int(), b: z.enum(['x', 'y']), c: z.string() });
  expect(textOf(schema, { a: 1, c: 'z' })).toBe('b: missing, expected x or y');
  expect(textOf(schema, {})).toBe('a: missing, expected a number, and 2 more');
});

test('say where, with the place in a list', () => {
  const schema = z.strictObject({ prompts: z.array(z.strictObject({ text: z.string() })) });
  expect(textOf(schema, { prompts: [{ text: 'a' }, { text: 4 }] })).toBe('prompts[1].text: expected text');
});
