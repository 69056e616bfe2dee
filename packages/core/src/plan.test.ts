/** The seeds of runs. */
import { describe, expect, test } from 'vitest';
import { runSeed } from './plan.js';
import { executionSchema } from './settings.js';

describe('the seed of a run', () => {
  test('is one that no other workload seed and cycle have', () => {
    const seeds = new Set<number>();
    for (let workload = 0; workload <= 100; workload++) {
      for (let cycle = 1; cycle <= 1000; cycle++) seeds.add(runSeed(workload, cycle));
    }
    expect(seeds.size).toBe(101 * 1000);
  });

  test('covers the cycles that a study may have and no more', () => {
    expect(executionSchema.safeParse({ cycles: 1000 }).success).toBe(true);
    expect(executionSchema.safeParse({ cycles: 1001 }).success).toBe(false);
    expect(runSeed(0, 1000)).not.toBe(runSeed(1, 1));
  });

  test('is the same wherever and whenever it is computed', () => {
    expect([runSeed(0, 1), runSeed(0, 2), runSeed(7, 3)]).toEqual([0, 1_364_076_727, 80_467_802]);
  });

  test.each([
    [0, 1],
    [4_294_966, 1000],
    [2 ** 32, 1],
    [Number.MAX_SAFE_INTEGER, 1000],
  ])('of workload seed %d in cycle %d is a whole number of 32 bits', (workload, cycle) => {
    const seed = runSeed(workload, cycle);
    expect(Number.isInteger(seed)).toBe(true);
    expect(seed).toBeGreaterThanOrEqual(0);
    expect(seed).toBeLessThan(2 ** 32);
  });

  test('of neighbouring cycles differs in many of its bits', () => {
    const changed = Array.from({ length: 100 }, (_, index) => {
      const differing = (runSeed(3, index + 1) ^ runSeed(3, index + 2)) >>> 0;
      return differing.toString(2).replaceAll('0', '').length;
    });
    expect(Math.min(...changed)).toBeGreaterThan(3);
  });
});
