/** The GPUs that a container sees, against those that it was handed. */
import { expect, it } from 'vitest';
import { seenFinding } from './gpus.js';

const status = (asked: readonly string[] | null, seen: readonly string[]) =>
  seenFinding('x', asked, seen).status;

it('are right where they are the same, in any order', () => {
  expect(status(['GPU-a', 'GPU-b'], ['GPU-b', 'GPU-a'])).toBe('ok');
});

it('are right where all were handed over and one is seen', () => {
  expect(status(null, ['GPU-a'])).toBe('ok');
});

it.each([[null], [['GPU-a']], [['0']], [['MIG-1']]])('are wrong where none is seen of %j', (asked) => {
  const finding = seenFinding('x', asked, []);
  expect(finding.status).toBe('failed');
  expect(finding.remedy).toContain('nvidia-ctk runtime configure');
});

it('are wrong where one is missing, which is named', () => {
  const finding = seenFinding('x', ['GPU-a', 'GPU-b'], ['GPU-a']);
  expect(finding.status).toBe('failed');
  expect(finding.message).toContain('does not see GPU-b');
});

it('are wrong where one is seen that nobody would be billed for', () => {
  const finding = seenFinding('x', ['GPU-a'], ['GPU-a', 'GPU-b']);
  expect(finding.status).toBe('failed');
  expect(finding.message).toContain('billed: GPU-b');
});

it('are counted where they were named by an index or are parts of one', () => {
  expect(status(['0'], ['GPU-a'])).toBe('ok');
  expect(status(['MIG-1'], ['GPU-a'])).toBe('ok');
});
