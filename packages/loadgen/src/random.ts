/** The seeded generators behind first lengths and arrivals. The same seed gives the same numbers anywhere. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Integers drawn uniformly from [from, to], both inclusive. */
export function uniformIntegers(seed: number): (from: number, to: number) => number {
  const generator = xoroshiro128plus(seed);
  return (from, to) => uniformInt(generator, from, to);
}

/** Numbers drawn uniformly from [0, 1), with 53 random bits. */
export function uniformReals(seed: number): () => number {
  const draw = uniformIntegers(seed);
  return () => (draw(0, 2 ** 26 - 1) * 2 ** 27 + draw(0, 2 ** 27 - 1)) / 2 ** 53;
}
