import { describe, expect, it } from 'vitest';
import { trendOf } from './trend.js';

const ten = (value: (place: number) => number) => Array.from({ length: 10 }, (_, place) => value(place));
/** Up and down, without a trend to speak of. */
const wave = [3, 7, 2, 8, 4, 9, 1, 6, 5, 5];

describe('a trend', () => {
  it('changes by the fitted line from the first value to the last', () => {
    expect(trendOf([1, 2, 3, 4]).change).toBeCloseTo(3);
    expect(trendOf([5])).toEqual({ change: 0, certain: false });
    expect(trendOf([])).toEqual({ change: 0, certain: false });
  });

  it('is certain where noise is small beside it, by the interval that was asked for', () => {
    expect(trendOf([1, 2]).certain).toBe(false);
    expect(trendOf([3, 3, 3, 3]).certain).toBe(false);
    expect(trendOf([1, 2, 3, 4.1]).certain).toBe(true);
    // By hand, slope over standard error is 2.5, 7.4 and 23.1; with two degrees of freedom 95 % ask for 4.3, 99 % for 9.9.
    const noisy = (noise: number) => [1, 2 + noise, 3 - noise, 4];
    expect(trendOf(noisy(0.8), [], 95).certain).toBe(false);
    expect(trendOf(noisy(0.3), [], 95).certain).toBe(true);
    expect(trendOf(noisy(0.3), [], 99).certain).toBe(false);
    expect(trendOf(noisy(0.1), [], 99).certain).toBe(true);
  });

  it('is what remains at equal load', () => {
    const load = ten((place) => (wave[place] ?? 0) + place);
    const steady = load.map((value, place) => 100 + 20 * value + 0.1 * (wave[(place * 7) % 10] ?? 0));
    expect(trendOf(steady).change).toBeGreaterThan(100);
    expect(Math.abs(trendOf(steady, [load]).change)).toBeLessThan(1);
    const drifting = steady.map((value, place) => value + 5 * place);
    expect(trendOf(drifting, [load]).change).toBeCloseTo(45, -0.5);
    expect(trendOf(drifting, [load]).certain).toBe(true);
  });

  it('needs a load that is no straight line itself, and takes the same load but once', () => {
    const line = ten((place) => 2 * place);
    expect(trendOf(line, [ten((place) => place)]).certain).toBe(false);
    const drifting = wave.map((value, place) => value + 5 * place);
    const once = trendOf(drifting, [wave]);
    const twice = trendOf(drifting, [wave, wave.map((value) => 3 * value + 1)]);
    expect(twice.change).toBeCloseTo(once.change);
    expect(twice.certain).toBe(once.certain);
    expect(trendOf(drifting, [ten(() => 4)]).change).toBeCloseTo(trendOf(drifting).change);
  });
});
