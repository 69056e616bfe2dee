/** The `llem` section of package.json: what is taken, and in which words the rest is refused. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { IN_WORDS, issueText } from './issue-words.js';
import { pluginManifestSchema } from './plugin.js';
import { faultOfPluginId, readPluginManifest } from './plugin-manifest.js';

/** The same in zod, whose words every other file of a user's is refused in. */
const text = z.string().min(1);
const twin = z.object({
  contract: text,
  provides: z.array(z.object({ kind: text, id: text, module: text })),
});

const one = { kind: 'meter', id: 'x', module: './x.js' };

test.each([
  [{ contract: '^1.0.0', provides: [] }],
  [{ contract: '^1.0.0', provides: [one, { ...one, kind: 'later-kind', more: 1 }], more: 1 }],
  [undefined],
  [null],
  [[]],
  ['^1.0.0'],
  [0],
  [{}],
  [{ contract: '^1.0.0' }],
  [{ provides: [one] }],
  [{ contract: '', provides: [one] }],
  [{ contract: null, provides: null }],
  [{ contract: ['^1.0.0'], provides: { 0: one, length: 1 } }],
  [{ contract: 1, provides: 'meter' }],
  [{ contract: '^1.0.0', provides: [one, null, 7, [], 'x', undefined] }],
  [{ contract: '^1.0.0', provides: [{ ...one, id: '' }, { ...one, module: null }, { kind: {} }] }],
  [JSON.parse('{ "__proto__": { "contract": "^1.0.0", "provides": [] } }')],
  [JSON.parse('{ "contract": "^1.0.0", "provides": [{ "__proto__": { "kind": "meter" }, "id": "x" }] }')],
])('the section %j is read and refused as a schema of zod would', (section: unknown) => {
  const expected = twin.safeParse(section, IN_WORDS);
  const read = readPluginManifest(section);
  const schema = pluginManifestSchema.safeParse(section, IN_WORDS);
  if (expected.success) {
    expect(read).toEqual({ ok: true, value: expected.data });
    expect(schema.data).toEqual(expected.data);
    return;
  }
  const issues = expected.error.issues.map(({ path, message }) => ({ path, message }));
  const words = issueText(issues, ['llem']);
  expect(read.ok ? [] : read.issues.map(({ path, message }) => ({ path, message }))).toEqual(issues);
  expect(issueText(schema.error?.issues ?? [], ['llem'])).toBe(words);
});

test('a kind of a later llem need not be a module, and takes nothing from what is beside it', () => {
  const later = { kind: 'later-kind', id: 'y', file: './y.json' };
  expect(readPluginManifest({ contract: '^1.0.0', provides: [later, one] })).toEqual({
    ok: true,
    value: { contract: '^1.0.0', provides: [{ kind: 'later-kind', id: 'y', module: '' }, one] },
  });
  const faulty = [{ id: 'y' }, { kind: 'later-kind' }, { ...later, module: 7 }, { kind: 'meter', id: 'x' }];
  const read = readPluginManifest({ contract: '^1.0.0', provides: faulty });
  expect(read.ok ? [] : read.issues.map(({ path }) => path.join('.'))).toEqual([
    'provides.0.kind',
    'provides.0.module',
    'provides.1.id',
    'provides.2.module',
    'provides.3.module',
  ]);
});

test.each([
  ['backend', 'my-engine', true],
  ['backend', 'x'.repeat(50), true],
  ['backend', 'x'.repeat(51), false],
  ['backend', 'workload', false],
  ['meter', 'workload', true],
  ['runner', 'a:b', false],
  ['dataset', 'a--b', false],
  ['dataset', 'a-', false],
  ['dataset', '__proto__', false],
] as const)('a %s may be called %s: %s', (kind, id, may) => {
  expect(faultOfPluginId(kind, id) === null).toBe(may);
});
