/**
 * A small generator of random numbers whose sequence is the same on every machine and in every version of Node:
 * xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM Transactions on
 * Mathematical Software 47(4), 2021), its state of 128 bits filled from a SHA-256 of what names the sequence.
 */
import { createHash } from 'node:crypto';

/** Draws whole numbers from 0 to 2^32 - 1. */
export type Uint32Source = () => number;

/** The sequence with that name. */
export function randomSequence(name: string): Uint32Source {
  const digest = createHash('sha256').update(name).digest();
  // The state must not be zero as a whole; a digest of which these bits are zero is not known.
  return xoshiro128([
    digest.readUInt32LE(0),
    digest.readUInt32LE(4),
    digest.readUInt32LE(8),
    digest.readUInt32LE(12) || 1,
  ]);
}

/** The generator from a state, which must not be zero as a whole. */
export function xoshiro128(state: readonly [number, number, number, number]): Uint32Source {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** A whole number from 0 to `below` - 1, every one equally likely: draws past the last whole multiple are dropped. */
export function randomBelow(below: number, next: Uint32Source): number {
  const limit = 0x1_0000_0000 - (0x1_0000_0000 % below);
  let drawn = next();
  while (drawn >= limit) drawn = next();
  return drawn % below;
}

/** A permutation, every one equally likely (R. Durstenfeld, "Algorithm 235: Random permutation", CACM 7(7), 1964). */
export function shuffle<T>(items: readonly T[], next: Uint32Source): T[] {
  const left = [...items];
  const shuffled: T[] = [];
  while (left.length > 0) {
    const index = randomBelow(left.length, next);
    const last = left.pop();
    if (last === undefined) break;
    const drawn = left[index];
    if (drawn === undefined) {
      shuffled.push(last);
    } else {
      shuffled.push(drawn);
      left[index] = last;
    }
  }
  return shuffled;
}
