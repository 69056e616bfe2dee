import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normals } from './normals.fixture.js';
import { describeRepeats } from './repeats.js';

describe('repeats', () => {
  it('on the linear scale have the mean, sample sd and t interval of the textbook', () => {
    // Mean 10, sd 1.581139 (n - 1); half width 2.776445 * 1.581139 / sqrt(5) = 1.963243.
    const { mean, sd, cv, centre, interval, reason } = describeRepeats([8, 9, 10, 11, 12], false);
    expect(mean).toBe(10);
    expect(centre).toBe(10);
    expect(sd).toBeCloseTo(1.5811388, 6);
    expect(cv).toBeCloseTo(0.15811388, 7);
    expect(interval?.low).toBeCloseTo(8.0367568, 6);
    expect(interval?.high).toBeCloseTo(11.9632432, 6);
    expect(interval).toMatchObject({ level: 0.95, scale: 'linear', method: 'student-t' });
    expect(reason).toBeNull();
  });

  it('on the log scale have the geometric mean in an interval that is symmetric as a ratio', () => {
    const { mean, centre, interval } = describeRepeats([1, 10, 100], true);
    expect(mean).toBe(37);
    expect(centre).toBeCloseTo(10, 12);
    // sd of the decimal logarithms is 1, half width 4.302653 / sqrt(3) = 2.484138 decades.
    expect(interval?.low).toBeCloseTo(10 ** (1 - 2.484138), 6);
    expect((interval?.high ?? 0) / 10).toBeCloseTo(10 / (interval?.low ?? 0), 6);
    expect(interval?.scale).toBe('log');
  });

  it('with a value that is not positive after all use the linear scale and say so', () => {
    for (const values of [
      [1, 2, 0],
      [1, 2, -3],
      [0, 0],
    ]) {
      const { scale, centre, mean, interval } = describeRepeats(values, true);
      expect(scale).toBe('linear');
      expect(interval?.scale).toBe('linear');
      expect(centre).toBe(mean);
    }
  });

  it('of no value are all null with the reason', () => {
    expect(describeRepeats([], true)).toEqual({
      n: 0,
      centre: null,
      scale: 'log',
      mean: null,
      sd: null,
      cv: null,
      interval: null,
      reason: 'No run has a value.',
    });
  });

  it('of one value have a centre, but neither spread nor interval', () => {
    const one = describeRepeats([0.3], true);
    expect(one).toMatchObject({ n: 1, centre: 0.3, mean: 0.3, sd: null, cv: null, interval: null });
    expect(one.reason).toContain('at least two');
  });

  it('that are all alike have an interval without width', () => {
    const { interval, centre, sd } = describeRepeats([0.3, 0.3, 0.3], true);
    expect(sd).toBeCloseTo(0, 15);
    expect(interval?.low).toBeCloseTo(0.3, 12);
    expect(interval?.high).toBeCloseTo(0.3, 12);
    expect(centre).toBeCloseTo(0.3, 12);
  });

  it('around zero have no relative spread and say why', () => {
    const { cv, interval, reason } = describeRepeats([-1, 1], false);
    expect(cv).toBeNull();
    expect(interval).not.toBeNull();
    expect(reason).toContain('mean is zero');
  });

  it('of any finite values never give NaN or infinity, and an interval that holds the centre', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 12 }),
        fc.boolean(),
        (values, positive) => {
          const { centre, mean, sd, cv, interval, reason } = describeRepeats(values, positive);
          for (const figure of [centre, mean, sd, cv, interval?.low, interval?.high]) {
            if (figure !== null && figure !== undefined) expect(Number.isFinite(figure)).toBe(true);
          }
          if ([centre, mean, sd, cv, interval].includes(null)) expect(reason).not.toBeNull();
          if (interval && centre !== null) {
            expect(interval.low).toBeLessThanOrEqual(centre);
            expect(interval.high).toBeGreaterThanOrEqual(centre);
          }
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  it('scale with their unit: twice the joules give twice the figures and the same CV', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 8 }),
        (values) => {
          const one = describeRepeats(values, true);
          const two = describeRepeats(
            values.map((value) => value * 2),
            true,
          );
          expect((two.centre ?? 0) / (one.centre ?? 1)).toBeCloseTo(2, 9);
          expect((two.interval?.low ?? 0) / (one.interval?.low ?? 1)).toBeCloseTo(2, 9);
          expect((two.cv ?? 0) - (one.cv ?? 1)).toBeCloseTo(0, 9);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});

/** How often the interval of `n` values holds the true value of the population. */
function coverage(strictlyPositive: boolean, n: number, truth: number, draw: () => number): number {
  const trials = 20_000;
  let covered = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const { interval } = describeRepeats(Array.from({ length: n }, draw), strictlyPositive);
    if (interval && interval.low <= truth && truth <= interval.high) covered += 1;
  }
  return covered / trials;
}

describe('the 95 % interval', () => {
  // The standard error of a coverage of 0.95 over 20,000 trials is 0.0015.
  it.each([0.05, 0.5])('of five log-normal repeats with sigma %d covers what it says', (sigma) => {
    const normal = normals(12_345);
    const share = coverage(true, 5, 0.4, () => 0.4 * Math.exp(sigma * normal()));
    expect(share).toBeGreaterThan(0.935);
    expect(share).toBeLessThan(0.965);
  });

  it('of three log-normal repeats covers what it says', () => {
    const normal = normals(777);
    const share = coverage(true, 3, 0.4, () => 0.4 * Math.exp(0.1 * normal()));
    expect(share).toBeGreaterThan(0.935);
    expect(share).toBeLessThan(0.965);
  });

  it('of five normal repeats around zero covers what it says on the linear scale', () => {
    const normal = normals(99);
    const share = coverage(false, 5, 0, normal);
    expect(share).toBeGreaterThan(0.935);
    expect(share).toBeLessThan(0.965);
  });
});
