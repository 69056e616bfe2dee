import { packChunks } from '@llem/loadgen';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distribution } from './distribution.js';
import { gapDistribution } from './gaps.js';

/** Answers whose gaps are these, ns, and the gaps themselves, ms. */
function answersOf(gapsNs: readonly (readonly number[])[]) {
  const answers = gapsNs.map((gaps) => {
    let atNs = 1_000;
    return packChunks([atNs, ...gaps.map((gapNs) => (atNs += gapNs))]);
  });
  return { answers, ms: Float64Array.from(gapsNs.flat(), (gapNs) => gapNs / 1e6) };
}

it('is that of the gaps sorted, whatever they are', async () => {
  const gap = fc.oneof(
    fc.nat(3),
    fc.nat(50_000_000),
    fc.integer({ min: 65_530, max: 65_540 }),
    fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 + 3 }),
    fc.nat(600e9),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(gap, { maxLength: 50 }), { maxLength: 20 }), async (gapsNs) => {
      const { answers, ms } = answersOf(gapsNs);
      const ours = await gapDistribution(answers);
      const expected = distribution(ms);
      expect(ours && { ...ours, mean: 0, sd: 0 }).toEqual(expected && { ...expected, mean: 0, sd: 0 });
      const close = (one: number | null | undefined, other: number | null | undefined) =>
        expect(Math.abs((one ?? 0) - (other ?? 0))).toBeLessThanOrEqual(1e-9 * (other ?? 0));
      close(ours?.mean, expected?.mean);
      expect(ours?.sd === null).toBe(expected?.sd === null);
      expect(ours?.sd ?? 0).toBeCloseTo(expected?.sd ?? 0, 5);
    }),
    { seed: 1, numRuns: 50 },
  );
});

it('of many alike gaps has each percentile to the nanosecond', async () => {
  const gaps = Array.from({ length: 100_000 }, (_, index) => 20_000_000 + ((index * 7_919) % 100_000));
  const { answers, ms } = answersOf([gaps.slice(0, 40_000), gaps.slice(40_000)]);
  expect(await gapDistribution(answers)).toMatchObject({ count: 100_000, p50: 20.049999, p99: 20.098999 });
  expect((await gapDistribution(answers))?.sd).toBeCloseTo(distribution(ms)?.sd ?? 0, 9);
});

it('is null where no answer has two chunks', async () => {
  expect(await gapDistribution([])).toBeNull();
  expect(await gapDistribution([packChunks([]), packChunks([5])])).toBeNull();
});
