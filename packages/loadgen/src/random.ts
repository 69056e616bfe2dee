/** The seeded generator behind prompts and first lengths. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Integers drawn uniformly from [from, to], both inclusive; the same seed gives the same numbers anywhere. */
export function uniformIntegers(seed: number): (from: number, to: number) => number {
  const generator = xoroshiro128plus(seed);
  return (from, to) => uniformInt(generator, from, to);
}
