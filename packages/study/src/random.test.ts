import { expect, test } from 'vitest';
import { randomBelow, randomSequence, shuffle, xoshiro128 } from './random.js';

test('the generator is the published one', () => {
  const next = xoshiro128([1, 2, 3, 4]);
  // What the authors' reference implementation gives from the state 1, 2, 3, 4.
  expect(Array.from({ length: 6 }, next)).toEqual([
    11_520, 0, 5_927_040, 70_819_200, 2_031_721_883, 1_637_235_492,
  ]);
});

test('sequences of different names are different, of the same name the same', () => {
  const take = (name: string) => Array.from({ length: 8 }, randomSequence(name));
  expect(take('a')).toEqual(take('a'));
  expect(take('a')).not.toEqual(take('b'));
});

test('a number below a limit drops the draws that would favour the small ones', () => {
  const draws = [0xffff_ffff, 5];
  expect(randomBelow(3, () => draws.shift() ?? 0)).toBe(2);
  expect(draws).toEqual([]);
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
