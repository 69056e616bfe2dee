/** How containers of llem's are told from others. */
import { ownIdentity } from '@llem/localhost';
import { expect, it } from 'vitest';
import { containerName, labelsOf, ofAnyone, ofService, ownerOf } from './labels.js';

it('labels tell which llem made it, and are found by its filters', async () => {
  const owner = await ownIdentity();
  const labels = labelsOf({ study: 's', runId: 'r', service: 'u', owner });
  expect(ownerOf(labels)).toEqual(owner);
  expect(ofService('u').label).toEqual([`llem.service=${labels['llem.service'] ?? ''}`]);
  expect(Object.keys(labels)).toEqual(expect.arrayContaining(ofAnyone().label));
});

it.each<Record<string, string>>([{}, { 'llem.owner': '' }, { 'llem.owner': '{"pid":0}' }])(
  'others tell nothing: %j',
  (labels) => {
    expect(ownerOf(labels)).toBeNull();
  },
);

it.each([
  ['001_ab12_c1_a1', 'llem-001_ab12_c1_a1-12345678'],
  ['a run: größer/*', 'llem-a-run-gr-er--12345678'],
  ['', 'llem--12345678'],
  ['x'.repeat(300), `llem-${'x'.repeat(48)}-12345678`],
])('the run %j has a name that every engine takes', (runId, name) => {
  expect(containerName(runId, '12345678-aaaa')).toBe(name);
  expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
});
