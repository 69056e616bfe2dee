import { expect, it } from 'vitest';
import { studentT } from './student-t.js';

// Two-sided, from the tables in NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, with further digits.
it.each([
  [2, 0.95, 12.706204736],
  [3, 0.95, 4.30265273],
  [4, 0.95, 3.182446305],
  [5, 0.95, 2.776445105],
  [6, 0.95, 2.570581836],
  [10, 0.95, 2.262157163],
  [31, 0.95, 2.042272456],
  [121, 0.95, 1.979930405],
  [5, 0.99, 4.604094871],
  [5, 0.9, 2.131846786],
])('of %d values at %d is the tabulated %d', (n, level, expected) => {
  expect(studentT(n, level)).toBeCloseTo(expected, 8);
});

it('comes down to the normal distribution for many values', () => {
  expect(studentT(1_000_000, 0.95)).toBeCloseTo(1.959966, 5);
});
