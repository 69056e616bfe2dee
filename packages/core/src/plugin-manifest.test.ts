/** The `llem` section of package.json: what is taken, and in which words the rest is refused. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { IN_WORDS, issueText } from './issue-words.js';
import { pluginManifestSchema } from './plugin.js';
import { faultOfPluginId, readPluginManifest } from './plugin-manifest.js';

/** The same in zod, whose words every other file of a user's is refused in. */
const twin = z.object({
  contract: z.string().min(1),
  provides: z.array(z.object({ kind: z.string().min(1), id: z.string().min(1), module: z.string().min(1) })),
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
  const text = issueText(issues, ['llem']);
  expect(read.ok ? [] : read.issues.map(({ path, message }) => ({ path, message }))).toEqual(issues);
  expect(issueText(schema.error?.issues ?? [], ['llem'])).toBe(text);
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
