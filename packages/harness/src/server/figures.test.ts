import { describe, expect, it } from 'vitest';
import { serverFigures } from './figures.js';
import type { Scrape } from './scrape.js';

const S = 1_000_000_000n;
const window = { startNs: 100n * S, endNs: 110n * S };
const scrape = (atS: number, values: Scrape['values']): Scrape => ({
  atNs: BigInt(Math.round(atS * 1e9)),
  roundTripNs: 0,
  values,
});
const figures = (scrapes: readonly Scrape[]) => serverFigures(scrapes, window).figures;
/** `waiting` as told at these times. */
const waitingAt = (times: readonly number[], value: (atS: number) => number = () => 3) =>
  serverFigures(
    times.map((atS) => scrape(atS, { waiting: value(atS) })),
    window,
  );
const EVERY_TWO = [100, 102, 104, 106, 108, 110];

describe('a mean', () => {
  it('weighs what was told by time, however unevenly it was asked', () => {
    const told = [99, 101, 103, 105, 107, 109, 109.5, 110].map((atS) =>
      scrape(atS, { running: atS === 109.5 ? 40 : 4 }),
    );
    // 4 throughout, and a triangle of height 36 over one second.
    expect(figures(told)?.meanRunning).toBeCloseTo(4 + 18 / 10);
  });

  it('interpolates across the edges, and holds the outermost values to them', () => {
    expect(waitingAt([99, 101, 103, 105, 107, 109, 111], (atS) => atS - 90).figures?.meanWaiting).toBeCloseTo(
      15,
    );
    expect(waitingAt([101, 103, 105, 107, 109]).figures?.meanWaiting).toBeCloseTo(3);
  });

  it('is not given of a few glimpses, however they lie', () => {
    const one = waitingAt([105]);
    expect(one.figures?.meanWaiting).toBeNull();
    expect(one.reasons['meanWaiting']).toBe('1 readings over 20 % of the window; a mean takes 5 over 75 %');
    expect(waitingAt([101, 103, 105, 107]).figures?.meanWaiting).toBeNull();
    // Before and after the window is not inside of it.
    expect(waitingAt([90, 92, 94, 96, 98, 112, 114]).reasons['meanWaiting']).toContain('0 readings over 0 %');
  });

  it('is not given where less than three quarters of the window were seen', () => {
    const crowded = [100, 100.5, 101, 101.5, 102, 102.5, 103];
    expect(waitingAt(crowded).reasons['meanWaiting']).toContain('7 readings over 40 %');
    expect(waitingAt([...EVERY_TWO.slice(0, 2), ...EVERY_TWO.slice(3)]).figures?.meanWaiting).toBe(3);
    // Each quantity by itself: the others may be told at every time.
    const halfOfThem = EVERY_TWO.map((atS) =>
      scrape(atS, { running: 1, ...(atS > 104 ? { waiting: 3 } : {}) }),
    );
    expect(figures(halfOfThem)).toMatchObject({ meanRunning: 1, meanWaiting: null, coverage: 1 });
  });
});

describe('a count that only grows', () => {
  const account = (told: readonly (readonly [number, number])[]) =>
    serverFigures(
      told.map(([atS, cachedTokens]) => scrape(atS, { cachedTokens })),
      window,
    );
  const grown = (...told: [number, number][]) => account(told).figures?.cachedTokens;

  it('is a difference between the edges, whatever lies between them', () => {
    expect(grown([100, 50], [105, 70], [110, 90])).toBe(40);
    expect(grown([100, 50], [110, 50])).toBe(0);
    expect(grown([99, 40], [101, 60], [109, 100], [111, 140])).toBe(70);
  });

  it('is not told where it began anew inside the window, while before it may have', () => {
    const anew = account([
      [100, 50],
      [105, 70],
      [110, 5],
    ]);
    expect(anew.figures?.cachedTokens).toBeNull();
    expect(anew.reasons['cachedTokens']).toContain('began anew');
    expect(grown([90, 500], [100, 50], [110, 70])).toBe(20);
  });

  it('takes a reading close to each edge', () => {
    expect(account([[100, 50]]).reasons['cachedTokens']).toContain('both edges');
    expect(grown([103, 50], [110, 90])).toBeNull();
    expect(grown([100, 50], [107, 90])).toBeNull();
  });
});

describe('the acceptance of drafts', () => {
  const acceptance = (told: readonly (readonly [number, Scrape['values']])[]) =>
    serverFigures(
      told.map(([atS, values]) => scrape(atS, values)),
      window,
    );
  it('is of the tokens drafted inside the window, where both are counted', () => {
    const counted = acceptance([
      [100, { draftTokens: 1_000, acceptedTokens: 100 }],
      [110, { draftTokens: 1_400, acceptedTokens: 400 }],
    ]);
    expect(counted.figures?.acceptanceRate).toBe(0.75);
  });

  it('has a reason where nothing was drafted, or only the drafts are counted', () => {
    const none = { draftTokens: 7, acceptedTokens: 3 };
    expect(acceptance([100, 110].map((atS) => [atS, none])).reasons['acceptanceRate']).toContain('nothing');
    const half = acceptance([100, 110].map((atS) => [atS, { draftTokens: atS }]));
    expect(half.reasons['acceptanceRate']).toBe('the engine does not tell');
  });

  it('is the mean of the share that is told instead', () => {
    const told = acceptance(EVERY_TWO.map((atS) => [atS, { acceptanceRate: atS < 105 ? 0.6 : 0.8 }]));
    expect(told.figures?.acceptanceRate).toBeCloseTo(0.7);
  });
});

it('says how much of the window scrapes stand for, a second to each side: one that is missing leaves a hole', () => {
  const coverage = (...times: number[]) => waitingAt(times).figures?.coverage;
  expect(coverage(...EVERY_TWO)).toBe(1);
  expect(coverage(100, 104, 108)).toBeCloseTo(0.5);
  expect(coverage(105)).toBeCloseTo(0.2);
  expect(coverage(100, 100.1)).toBeCloseTo(0.11);
  expect(coverage(50)).toBe(0);
});

it('says of what the engine never told that it does not tell', () => {
  const { reasons } = waitingAt(EVERY_TWO);
  expect(reasons).toEqual({
    meanRunning: 'the engine does not tell',
    meanKvUse: 'the engine does not tell',
    preemptions: 'the engine does not tell',
    cachedTokens: 'the engine does not tell',
    acceptanceRate: 'the engine does not tell',
  });
});

it('is null where nothing was told, and where there was no window', () => {
  expect(serverFigures([], window).figures).toBeNull();
  expect(serverFigures([scrape(100, { running: 1 })], { startNs: 100n, endNs: 100n }).figures).toBeNull();
});
