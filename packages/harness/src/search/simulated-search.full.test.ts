/** The figures that docs/method.md gives for searches on queues of known limit. */
import { expect, it } from 'vitest';
import { errorsOf, shareWithin, type Limited } from './simulated-search.fixture.js';

const RANDOM = { arrivals: 'random', services: 'random' } as const;

/** Within 5, 10 and 20 % of the true limit, 100 searches with windows of `probeS`. */
it.each<[string, Limited, number, readonly [number, number, number]]>([
  [
    '4,000 requests',
    { ...RANDOM, servers: 16, serviceS: 0.1, waitMs: 50, attainment: 0.9 },
    30,
    [0.98, 1, 1],
  ],
  ['3,300', { ...RANDOM, servers: 16, serviceS: 0.1, waitMs: 50, attainment: 0.99 }, 30, [0.85, 0.98, 1]],
  ['500', { ...RANDOM, servers: 4, serviceS: 0.1, waitMs: 100, attainment: 0.99 }, 30, [0.4, 0.7, 0.97]],
  [
    '420, which take long',
    { ...RANDOM, servers: 32, serviceS: 2, waitMs: 1_000, attainment: 0.95 },
    30,
    [0.2, 0.75, 1],
  ],
  ['160', { ...RANDOM, servers: 4, serviceS: 2, waitMs: 2_000, attainment: 0.9 }, 120, [0.35, 0.7, 0.98]],
  ['40', { ...RANDOM, servers: 4, serviceS: 2, waitMs: 2_000, attainment: 0.9 }, 30, [0.05, 0.2, 0.5]],
])('a search of %s in a window is as far off as the method says', (_, of, probeS, least) => {
  const errors = errorsOf(of, probeS, 100);
  const shares = [0.05, 0.1, 0.2].map((limit) => shareWithin(errors, limit));
  for (const [index, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(least[index] ?? 0);
});
