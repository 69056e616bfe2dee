/** The seeded draws behind prompts, their lengths and their order. The same seed gives the same anywhere. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What is drawn, so that lengths stay the same when the drawing of tokens changes. */
export const STREAM = {
  tokens: 1,
  prefix: 2,
  inputs: 3,
  outputs: 4,
  order: 5,
  answers: 6,
  blocks: 7,
} as const;

/**
 * One seed of several numbers. Every step scatters, since generators begin alike from neighbouring seeds: the steps are
 * the finaliser of MurmurHash3 (A. Appleby, public domain).
 */
export function mixedSeed(...parts: readonly number[]): number {
  let hash = 0;
  for (const part of parts) {
    // Both halves count: hash ids of traces may have more than 32 bits.
    for (const half of [part | 0, Math.floor(part / 2 ** 32) | 0]) {
      hash = Math.imul(hash ^ half ^ 0x9e3779b9, 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
  }
  return hash;
}

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

/**
 * Integers drawn from [0, size), one 32-bit number each. No value is more likely than another by more than size / 2^32, which
 * is nothing to a vocabulary and several times faster than drawing without that.
 */
export function fastIntegers(seed: number, size: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => Math.floor(((generator.next() >>> 0) / 2 ** 32) * size);
}

/** The numbers from 0 to count - 1 in a seeded order. */
export function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const draw = uniformIntegers(seed);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = draw(0, last);
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}
