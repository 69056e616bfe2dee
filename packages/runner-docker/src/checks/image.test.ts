/** Whether an image is for the processors of this machine. */
import { expect, it } from 'vitest';
import { foreignFinding } from './image.js';

it('one for other processors fails, with both named', () => {
  const finding = foreignFinding('engine:1', 'arm64', 'amd64');
  expect(finding?.status).toBe('failed');
  expect(finding?.message).toContain('engine:1 is for arm64, and this machine is amd64');
  expect(finding?.remedy).toContain('`docker rmi engine:1`');
});

it.each([
  ['amd64', 'amd64'],
  ['386', 'amd64'],
  ['', 'amd64'],
  ['arm64', 'unknown'],
])('of %s on %s nothing is said', (image, machine) => {
  expect(foreignFinding('engine:1', image, machine)).toBeNull();
});
