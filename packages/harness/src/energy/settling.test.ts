import { expect, it } from 'vitest';
import { isSettled, settlingTimes } from './settling.js';

const parts = (of: (part: number) => number) => Array.from({ length: 10 }, (_, part) => of(part));

it('looks at 10 s and waits for 60 s at most by default, and at less where a study settles for less', () => {
  expect(settlingTimes(5)).toEqual({ leastS: 5, spanS: 10, longestS: 60 });
  expect(settlingTimes(0.5)).toEqual({ leastS: 0.5, spanS: 1, longestS: 6 });
  expect(settlingTimes(120)).toEqual({ leastS: 120, spanS: 10, longestS: 120 });
});

it('has settled when power moves by less than 1 %, up or down', () => {
  expect(isSettled(parts(() => 70))).toBe(true);
  for (const sign of [-1, 1]) {
    expect(isSettled(parts((part) => 70 + sign * 0.05 * part))).toBe(true);
    expect(isSettled(parts((part) => 70 + sign * 0.1 * part))).toBe(false);
  }
});

it('has not settled while power still decays to its rest', () => {
  const decay = (fromS: number) => parts((part) => 70 + 50 * Math.exp(-(fromS + part) / 10));
  expect(isSettled(decay(0))).toBe(false);
  expect(isSettled(decay(20))).toBe(false);
  expect(isSettled(decay(50))).toBe(true);
});

it('takes noise for noise: a move that cannot be told from it does not keep a run waiting', () => {
  const noise = [3, -8, 6, -2, 9, -7, 1, 8, -9, 4];
  expect(isSettled(parts((part) => 20 + (noise[part] ?? 0)))).toBe(true);
  expect(isSettled(parts((part) => 20 + (noise[part] ?? 0) / 10 + part))).toBe(false);
});
