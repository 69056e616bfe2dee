/** How far off searches are by their own rules, on queues whose limit is known. docs/method.md tells more of them. */
import { describe, expect, it } from 'vitest';
import {
  errorsOf,
  shareWithin,
  simulateSearch,
  trueLimit,
  type Limited,
} from './simulated-search.fixture.js';

const EVEN = { arrivals: 'even', services: 'even', attainment: 0.99 } as const;
const RANDOM = { arrivals: 'random', services: 'random', attainment: 0.99 } as const;

describe('a search', () => {
  it.each<[string, Limited]>([
    ['many short requests', { ...EVEN, servers: 4, serviceS: 0.1, waitMs: 20 }],
    ['few long requests, thirty in a window', { ...EVEN, servers: 2, serviceS: 2, waitMs: 500 }],
    ['long requests at once', { ...EVEN, servers: 32, serviceS: 2, waitMs: 500 }],
  ])('finds the limit of even arrivals and services within 2 %: %s', (_, of) => {
    expect(shareWithin(errorsOf(of, 30, 5), 0.02)).toBe(1);
  });

  it('finds that of random ones within 20 % nearly always where a window has 500 requests', () => {
    const errors = errorsOf({ ...RANDOM, servers: 4, serviceS: 0.1, waitMs: 100 }, 30, 40);
    expect(shareWithin(errors, 0.2)).toBeGreaterThanOrEqual(0.95);
    expect(shareWithin(errors, 0.1)).toBeGreaterThanOrEqual(0.65);
  });

  it('of random ones with 40 requests in a window is off by more, and says that it cannot tell', () => {
    const of: Limited = { ...RANDOM, servers: 4, serviceS: 2, waitMs: 2_000 };
    expect(shareWithin(errorsOf(of, 30, 40), 0.2)).toBeLessThan(0.6);
    const { found, probes } = simulateSearch(of, 30, 1);
    expect(probes.find(({ load }) => load === found)).toMatchObject({ decided: false, windows: 3 });
  });
});

it('knows the limit of a queue: one server, by the closed form', () => {
  // P(wait > t) = rho e^-(mu - lambda) t; at rho = 1/2, mu = 2 and t = ln 5 a tenth waits longer.
  const one: Limited = { ...RANDOM, servers: 1, serviceS: 0.5, waitMs: 1_000 * Math.log(5), attainment: 0.9 };
  expect(trueLimit(one)).toBeCloseTo(1, 6);
});
