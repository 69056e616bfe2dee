import { expect, it } from 'vitest';
import { usersOf } from './company.js';
import type { Company, Look } from './watch.js';

const [A, B] = ['gpu:A', 'gpu:B'] as const;
/** The engine is process 1, strangers count from 7. */
const look = (onA: readonly number[] | null, onB: readonly number[] | null = []): Look => {
  const on = (deviceId: string, pids: readonly number[] | null) =>
    pids?.map((pid) => ({ deviceId, pid, memoryBytes: pid * 1_000 })) ?? null;
  return new Map([
    [A, on(A, onA)],
    [B, on(B, onB)],
  ]);
};
const company = (of: Partial<Company>): Company => ({
  before: look([]),
  ready: look([1]),
  inside: [look([1]), look([1])],
  ours: new Set([1, 2]),
  neighbours: [],
  ...of,
});
const foreignOn = (id: string, of: Partial<Company>) => usersOf([A, B], company(of)).foreign.get(id);

it('tells the processes of the engine from all others', () => {
  expect(foreignOn(A, {})).toEqual([]);
  expect(foreignOn(A, { inside: [look([1]), look([1, 7])] })).toEqual([{ pid: 7, memoryBytes: 7_000 }]);
  expect(foreignOn(B, { inside: [look([1], [7])] })).toEqual([{ pid: 7, memoryBytes: 7_000 }]);
});

it('has nothing against a process that had gone before the window', () => {
  expect(foreignOn(A, { before: look([7]), ready: look([7, 1]) })).toEqual([]);
});

it('knows the GPUs that any process of the engine was seen on', () => {
  expect(usersOf([A], company({})).engineGpus).toEqual([A]);
  expect(usersOf([A], company({ inside: [look([1], [2])] })).engineGpus).toEqual([A, B]);
});

it('does not take for nobody what it cannot tell: process ids of another namespace', () => {
  const elsewhere = { ready: look([4_001]), inside: [look([4_001])] };
  expect(foreignOn(A, elsewhere)).toContain('no process of the engine is seen');
  expect(usersOf([A], company(elsewhere)).engineGpus).toContain('no process of the engine is seen');
  expect(foreignOn(A, { ...elsewhere, ours: null })).toContain('the runner does not tell');
  expect(foreignOn(A, { ready: look([]), inside: [look([])] })).toContain('no process of the engine');
});

it('knows a stranger even then, where it had been there before the start', () => {
  const elsewhere = { before: look([7]), ready: look([7, 4_001]), inside: [look([7, 4_001])] };
  expect(foreignOn(A, elsewhere)).toEqual([{ pid: 7, memoryBytes: 7_000 }]);
});

it('knows nothing of a GPU whose meter did not tell at every look', () => {
  expect(foreignOn(A, { inside: [look([1]), look(null)] })).toBe('its meter does not tell who uses it');
  expect(foreignOn(A, { inside: [] })).toBe('its meter does not tell who uses it');
  expect(usersOf([A], company({ ready: look(null, null), inside: [] })).engineGpus).toBe(
    'its meter does not tell who uses it',
  );
});
