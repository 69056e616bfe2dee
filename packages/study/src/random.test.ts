import { expect, test } from 'vitest';
import { randomSequence, shuffle } from './random.js';

test('a sequence is pinned: a new version of the generator must not reorder the studies of old', () => {
  const draw = randomSequence('llem');
  expect(Array.from({ length: 6 }, () => draw(999))).toEqual([169, 156, 97, 841, 971, 400]);
});

test('sequences of different names are different, of the same name the same', () => {
  const take = (name: string) => {
    const draw = randomSequence(name);
    return Array.from({ length: 8 }, () => draw(1_000_000));
  };
  expect(take('a')).toEqual(take('a'));
  expect(take('a')).not.toEqual(take('b'));
});

test('every permutation of four is drawn about equally often', () => {
  const counts = new Map<string, number>();
  const draws = 24_000;
  const next = randomSequence('permutations');
  for (let draw = 0; draw < draws; draw += 1) {
    const key = shuffle(['a', 'b', 'c', 'd'], next).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  const expected = draws / 24;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 23 degrees of freedom: 49.7 is exceeded once in a thousand sequences, and this sequence is always the same.
  expect(chiSquare).toBeLessThan(49.7);
});
