import { expect, it } from 'vitest';
import { serverFigures } from './figures.js';
import type { Scrape } from './scrape.js';

const S = 1_000_000_000n;
const window = { startNs: 100n * S, endNs: 110n * S };
const scrape = (atS: number, values: Scrape['values']): Scrape => ({
  atNs: BigInt(Math.round(atS * 1e9)),
  roundTripNs: 0,
  values,
});

it('weighs what was told by time, however unevenly it was asked', () => {
  const scrapes = [
    scrape(99, { running: 4 }),
    scrape(101, { running: 4 }),
    scrape(109, { running: 4 }),
    scrape(109.5, { running: 40 }),
    scrape(110, { running: 4 }),
  ];
  // 4 throughout, and a triangle of height 36 over one second.
  expect(serverFigures(scrapes, window)?.meanRunning).toBeCloseTo(4 + 18 / 10);
});

it('holds the outermost values to the edges, and interpolates across them', () => {
  expect(serverFigures([scrape(105, { kvUse: 0.5 })], window)?.meanKvUse).toBeCloseTo(0.5);
  const rising = [scrape(95, { waiting: 0 }), scrape(115, { waiting: 20 })];
  expect(serverFigures([...rising, scrape(116, {})], window)?.meanWaiting).toBeNull();
  const closer = [scrape(99, { waiting: 9 }), scrape(111, { waiting: 21 })];
  expect(serverFigures(closer, window)?.meanWaiting).toBeCloseTo(15);
});

it('gives growth as a difference, and none of a counter that began anew or was seen once', () => {
  const told = (values: readonly number[]) =>
    serverFigures(
      values.map((cachedTokens, index) => scrape(100 + 5 * index, { cachedTokens })),
      window,
    )?.cachedTokens;
  expect(told([50, 70, 90])).toBe(40);
  expect(told([50, 50, 50])).toBe(0);
  expect(told([50, 70, 5])).toBeNull();
  expect(told([50])).toBeNull();
});

it('says how much of the window lies close to a scrape', () => {
  const coverage = (...times: number[]) =>
    serverFigures(
      times.map((atS) => scrape(atS, { running: 1 })),
      window,
    )?.coverage;
  expect(coverage(100, 102, 104, 106, 108, 110)).toBe(1);
  expect(coverage(100, 104, 108)).toBe(1);
  expect(coverage(105)).toBeCloseTo(0.4);
  expect(coverage(100, 100.1)).toBeCloseTo(0.21);
  expect(coverage(50)).toBe(0);
});

it('is null where nothing was told, and where there was no window', () => {
  expect(serverFigures([], window)).toBeNull();
  expect(serverFigures([scrape(100, { running: 1 })], { startNs: 100n, endNs: 100n })).toBeNull();
});
