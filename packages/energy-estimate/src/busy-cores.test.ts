/** How long cores were busy, on readings that are made up. */
import { describe, expect, it } from 'vitest';
import { countBusyCores, LATENESS_S } from './busy-cores.js';

/**
 * Reads a machine for `totalS`, every `periodS`; `threadS` is the time of each core's threads after so many seconds. Returns
 * the seconds that cores were busy.
 */
function follow(threadS: (atS: number) => number[], periodS: number, totalS = 10): number {
  const count = countBusyCores(Float64Array.from(threadS(0)));
  let busy = 0;
  for (let reading = 1; reading <= Math.round(totalS / periodS); reading += 1) {
    busy = count(periodS, Float64Array.from(threadS(reading * periodS)));
  }
  return busy;
}
const ticks = (s: number) => Math.floor(s * 100 + 1e-9) / 100;

describe.each([0.001, 0.01, 0.1, 1, 10])('read every %d s', (periodS) => {
  it('a core with one busy thread of two is busy the whole time', () => {
    expect(follow((s) => [s], periodS)).toBeCloseTo(10);
  });

  it('a core with two busy threads is no busier', () => {
    const busy = follow((s) => [2 * s], periodS);
    expect(busy).toBeGreaterThanOrEqual(10);
    expect(busy).toBeLessThanOrEqual(10 + LATENESS_S + 1e-9);
  });

  it('a core is as busy as its threads together while that is less than the whole', () => {
    expect(follow((s) => [0.6 * s], periodS)).toBeCloseTo(6);
  });

  it('cores add up, each by itself', () => {
    const busy = follow((s) => [s, 0, 2 * s, 0.5 * s], periodS);
    expect(Math.abs(busy - 25)).toBeLessThanOrEqual(LATENESS_S + 1e-9);
  });

  it('nothing is lost where the time shows in ticks', () => {
    expect(follow((s) => [ticks(s)], periodS)).toBeCloseTo(10);
  });
});

describe('a busy core', () => {
  it('loses nothing when it is read between the ticks, which then come two at once', () => {
    expect(follow((s) => [ticks(s)], 0.0105, 10.5)).toBeCloseTo(10.5);
    expect(follow((s) => [ticks(s - 0.004)], 0.007, 7)).toBeCloseTo(7);
  });

  it('loses nothing when ticks come late by all that they can', () => {
    expect(follow((s) => [Math.max(0, s - (s % 1 < 0.5 ? LATENESS_S : 0))], 0.01, 9.99)).toBeCloseTo(9.99);
  });

  it('cannot save up idle time', () => {
    const count = countBusyCores(Float64Array.of(0));
    count(60, Float64Array.of(0));
    expect(count(1, Float64Array.of(2))).toBeCloseTo(1 + LATENESS_S);
  });

  it('counts from the first reading, and does not go back', () => {
    const count = countBusyCores(Float64Array.of(1_000));
    expect(count(1, Float64Array.of(1_000.5))).toBeCloseTo(0.5);
    expect(count(1, Float64Array.of(1_000.4))).toBeCloseTo(0.5);
  });
});
