import { describe, expect, it } from 'vitest';
import type { SloOutcome } from '../window/slo.js';
import { attainmentOf } from './attainment.js';

/** So many that held and missed, evenly mixed, so that neighbours tell nothing of each other. */
function mixed(held: number, missed: number): SloOutcome[] {
  const every = (held + missed) / missed;
  const at = new Set(Array.from({ length: missed }, (_, index) => Math.floor(index * every)));
  return Array.from({ length: held + missed }, (_, index) => (at.has(index) ? 'missed' : 'held'));
}

describe('the interval of an attainment', () => {
  it('is that of Wilson where requests are on their own', () => {
    // R: prop.test(95, 100, correct = FALSE), prop.test(0, 10, correct = FALSE), prop.test(10, 10, correct = FALSE).
    const some = attainmentOf([mixed(95, 5)]);
    expect(some?.share).toBe(0.95);
    expect(some?.low).toBeCloseTo(0.888_25, 4);
    expect(some?.high).toBeCloseTo(0.978_46, 4);
    expect(attainmentOf([Array<SloOutcome>(10).fill('missed')])?.high).toBeCloseTo(0.277_53, 4);
    expect(attainmentOf([Array<SloOutcome>(10).fill('held')])?.low).toBeCloseTo(0.722_47, 4);
  });

  it('counts failed requests as missed, and leaves out those of which nothing is known', () => {
    expect(attainmentOf([['held', 'failed', 'undecided', 'held', 'missed']])?.share).toBe(0.5);
    expect(attainmentOf([['undecided'], []])).toBeNull();
  });

  it('is wider where those that miss stand together, over one window but not from one to the next', () => {
    const apart = attainmentOf([mixed(90, 10)]);
    const together = attainmentOf([
      [...Array<SloOutcome>(90).fill('held'), ...Array<SloOutcome>(10).fill('missed')],
    ]);
    expect(together?.share).toBe(apart?.share);
    expect((together?.high ?? 0) - (together?.low ?? 0)).toBeGreaterThan(
      2 * ((apart?.high ?? 0) - (apart?.low ?? 0)),
    );
    const two = attainmentOf([Array<SloOutcome>(5).fill('missed'), Array<SloOutcome>(45).fill('held')]);
    expect(two?.low).toBeLessThan(0.9);
    expect(two?.high).toBeLessThanOrEqual(1);
  });

  it('becomes narrower with more requests, and always holds its own share', () => {
    const widths = [100, 400, 1_600].map((count) => {
      const { share, low, high } = attainmentOf([mixed(count * 0.95, count * 0.05)]) ?? {
        share: 0,
        low: 1,
        high: 0,
      };
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThanOrEqual(share);
      return high - low;
    });
    expect(widths[0]).toBeGreaterThan(1.8 * (widths[1] ?? Infinity));
    expect(widths[1]).toBeGreaterThan(1.8 * (widths[2] ?? Infinity));
  });
});
