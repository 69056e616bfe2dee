/**
 * The distribution of the gaps between chunks. There may be hundreds of millions of them, so they are not sorted but counted:
 * by the upper half of their 32 bits first, and then, in the buckets that hold a percentile, by the lower half. Exact.
 */
import type { Stats } from '@llem/core';
import { forEachGap, type Chunks } from '@llem/loadgen';
import { ranksAskedFor, statsOf } from './distribution.js';
import { visitInTurns } from './turns.js';

const NS_PER_MS = 1e6;
const HALF_BITS = 16;
const HALF = 2 ** HALF_BITS;
/** Gaps of 4.3 s and more do not have 32 bits; they are few, and are sorted. */
const LONG_NS = HALF * HALF;

/** Milliseconds; null for no gaps. */
export async function gapDistribution(answers: readonly Chunks[]): Promise<Stats | null> {
  const upper = new Float64Array(HALF);
  const long: number[] = [];
  let count = 0;
  let sumNs = 0;
  await visitInTurns(answers, (chunks) =>
    forEachGap(chunks, (gapNs) => {
      count += 1;
      sumNs += gapNs;
      if (gapNs < LONG_NS) increment(upper, gapNs >>> HALF_BITS);
      else long.push(gapNs);
    }),
  );
  if (count === 0) return null;

  const meanNs = sumNs / count;
  const lower = new Array<Float64Array | undefined>(HALF);
  for (const rank of ranksAskedFor(count)) lower[bucketOf(upper, rank).bucket] ??= new Float64Array(HALF);
  let squares = 0;
  await visitInTurns(answers, (chunks) =>
    forEachGap(chunks, (gapNs) => {
      squares += (gapNs - meanNs) ** 2;
      const counts = gapNs < LONG_NS ? lower[gapNs >>> HALF_BITS] : undefined;
      if (counts) increment(counts, gapNs & (HALF - 1));
    }),
  );

  const sortedLong = Float64Array.from(long).sort();
  const gapAt = (rank: number): number => {
    const { bucket, rankInside } = bucketOf(upper, rank);
    const counts = bucket < HALF ? lower[bucket] : undefined;
    return counts ? bucket * HALF + bucketOf(counts, rankInside).bucket : (sortedLong[rankInside] ?? NaN);
  };
  return statsOf({
    count,
    mean: meanNs / NS_PER_MS,
    squares: squares / NS_PER_MS ** 2,
    valueAt: (rank) => gapAt(rank) / NS_PER_MS,
  });
}

function increment(counts: Float64Array, bucket: number): void {
  counts[bucket] = (counts[bucket] ?? 0) + 1;
}

/** In which bucket a rank lies, and its rank there; beyond them all, the number of buckets. */
function bucketOf(counts: Float64Array, rank: number): { bucket: number; rankInside: number } {
  let rankInside = rank;
  for (const [bucket, count] of counts.entries()) {
    if (rankInside < count) return { bucket, rankInside };
    rankInside -= count;
  }
  return { bucket: counts.length, rankInside };
}
