import { searchSchema } from '@llem/core';
import { expect, it } from 'vitest';
import { nextLoad } from './bisection.js';

const search = (from: number, to: number, precision = 0.02) =>
  searchSchema.parse({ slo: { ttft_ms: 1 }, from, to, precision });

/** Tries loads until the end; those up to `knee` hold. */
function run(from: number, to: number, knee: number, whole: boolean, precision?: number) {
  const probes: { load: number; held: boolean }[] = [];
  for (;;) {
    const load = nextLoad(search(from, to, precision), probes, whole);
    if (load === null) return probes;
    probes.push({ load, held: load <= knee });
    expect(probes.length).toBeLessThan(60);
  }
}
const best = (probes: readonly { load: number; held: boolean }[]) =>
  Math.max(...probes.filter(({ held }) => held).map(({ load }) => load));

it('finds a rate to the precision asked for, wherever it lies', () => {
  for (const knee of [1, 1.001, 7.3, 99.9]) {
    for (const precision of [0.001, 0.02, 0.5]) {
      const found = best(run(1, 100, knee, false, precision));
      expect(found).toBeLessThanOrEqual(knee);
      expect(knee / found - 1).toBeLessThanOrEqual(precision);
    }
  }
});

it('finds a whole number exactly where the precision allows no other', () => {
  for (let knee = 1; knee < 64; knee += 1) {
    const probes = run(1, 64, knee, true, 0.001);
    expect(best(probes)).toBe(knee);
    expect(probes.every(({ load }) => Number.isInteger(load))).toBe(true);
    expect(new Set(probes.map(({ load }) => load)).size).toBe(probes.length);
  }
});

it('tries the ends first, and is over when the lowest does not hold or the highest does', () => {
  expect(run(2, 9, 1, true)).toEqual([{ load: 2, held: false }]);
  expect(run(2, 9, 50, true).map(({ load }) => load)).toEqual([2, 9]);
  expect(run(2, 9, 5, true)[1]).toEqual({ load: 9, held: false });
});

it('takes few probes for a wide range', () => {
  expect(run(1, 1_000, 321, false).length).toBeLessThanOrEqual(11);
});
