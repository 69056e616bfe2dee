import type { Arrival } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { drawArrivals } from './arrivals.js';

const max_in_flight = 4_096;
const poisson: Arrival = { process: 'poisson', rate: 20, max_in_flight };

function take(arrival: Arrival, count: number, seed = 1): number[] {
  const draw = drawArrivals(arrival, seed);
  return Array.from({ length: count }, () => draw(undefined));
}

/** Variance over mean of the counts in equal intervals; its standard error for Poisson counts is sqrt(2 / (n - 1)). */
function dispersion(times: readonly number[], intervalS: number): { index: number; error: number } {
  const intervals = Math.floor((times.at(-1) ?? 0) / intervalS);
  const counts = new Float64Array(intervals);
  for (const at of times) {
    const interval = Math.floor(at / intervalS);
    if (interval < intervals) counts[interval] = (counts[interval] ?? 0) + 1;
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / intervals;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (intervals - 1);
  return { index: variance / mean, error: Math.sqrt(2 / (intervals - 1)) };
}

describe('constant arrivals', () => {
  it('do not drift: the last of ten minutes is where it belongs', () => {
    const times = take({ process: 'constant', rate: 7, max_in_flight }, 7 * 600 + 1);
    times.forEach((at, index) => expect(at).toBe(index / 7));
    expect(times.at(-1)).toBe(600);
  });
});

describe('Poisson arrivals', () => {
  it.each([1, 2, 3, 4, 5])('have an index of dispersion of 1, seed %i', (seed) => {
    const times = take(poisson, 40_000, seed);
    for (const intervalS of [0.1, 1, 5]) {
      const { index, error } = dispersion(times, intervalS);
      // Four standard errors: one false alarm in about a thousand runs of this test, which is seeded.
      expect(Math.abs(index - 1)).toBeLessThan(4 * error);
    }
  });

  it('come at the rate asked for', () => {
    const times = take(poisson, 40_000);
    expect(40_000 / (times.at(-1) ?? 0)).toBeGreaterThan(19.6);
    expect(40_000 / (times.at(-1) ?? 0)).toBeLessThan(20.4);
  });

  it('are the same for the same seed and others for another', () => {
    expect(take(poisson, 100)).toEqual(take(poisson, 100));
    expect(take(poisson, 100)).not.toEqual(take(poisson, 100, 2));
  });
});

describe('gamma arrivals', () => {
  it.each([0.25, 0.5, 2, 10])(
    'have the mean gap of their rate and the spread of burstiness %f',
    (burstiness) => {
      const times = take({ process: 'gamma', rate: 20, burstiness, max_in_flight }, 50_000);
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
      expect(mean * 20).toBeGreaterThan(0.96);
      expect(mean * 20).toBeLessThan(1.04);
      // The squared coefficient of variation of a gamma distribution is 1 / shape.
      expect((variance / mean ** 2) * burstiness).toBeGreaterThan(0.93);
      expect((variance / mean ** 2) * burstiness).toBeLessThan(1.07);
    },
  );

  it('are Poisson at a burstiness of 1', () => {
    const { index, error } = dispersion(
      take({ process: 'gamma', rate: 20, burstiness: 1, max_in_flight }, 40_000),
      1,
    );
    expect(Math.abs(index - 1)).toBeLessThan(4 * error);
  });
});

describe('a recorded trace', () => {
  it('goes by the times of its prompts, faster where it is asked to', () => {
    const draw = drawArrivals({ process: 'trace', speed: 2, max_in_flight }, 1);
    expect([draw(0), draw(3), draw(10)]).toEqual([0, 1.5, 5]);
  });

  it('needs times', () => {
    expect(() => drawArrivals({ process: 'trace', speed: 1, max_in_flight }, 1)(undefined)).toThrow(
      /without a time/,
    );
  });
});
