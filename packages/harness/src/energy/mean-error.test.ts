import { describe, expect, it } from 'vitest';
import { meanError } from './mean-error.js';

/** Standard normal numbers from a seed (a linear congruential generator; Box and Muller). */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Parts of a first-order autoregression about 50 with a standard deviation of 2. */
function autoregression(draw: () => number, n: number, correlation: number): number[] {
  let now = draw();
  return Array.from({ length: n }, () => {
    now = correlation * now + Math.sqrt(1 - correlation ** 2) * draw();
    return 50 + 2 * now;
  });
}

describe('the uncertainty of a mean of few parts', () => {
  it.each([
    [10, 0, 0.93],
    [10, 0.5, 0.85],
    [30, 0, 0.93],
    [30, 0.5, 0.9],
    [30, 0.8, 0.85],
  ])('covers the truth for %i parts with a correlation of %f', (n, correlation, least) => {
    const draw = normals(20_260_101 + n);
    const trials = 2_000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const parts = autoregression(draw, n, correlation);
      const mean = parts.reduce((sum, part) => sum + part, 0) / n;
      if (Math.abs(mean - 50) <= 1.96 * (meanError(parts).uncertainty ?? 0)) covered += 1;
    }
    expect(covered / trials).toBeGreaterThan(least);
    expect(covered / trials).toBeLessThan(0.995);
  });

  it('takes one of fewer than five parts to be worth as much as all of them', () => {
    const { sd, uncertainty } = meanError([9, 11]);
    expect(sd).toBeCloseTo(Math.SQRT2);
    expect(uncertainty).toBe(sd);
  });

  it('cannot tell from one part, and is 0 for parts that are all equal', () => {
    expect(meanError([7])).toEqual({ sd: null, uncertainty: null });
    expect(meanError([7, 7, 7, 7, 7, 7])).toEqual({ sd: 0, uncertainty: 0 });
  });
});
