/** The shuffle of the runs: the same on every machine and in every version of Node, from a name. */
import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Draws whole numbers from 0 to `last`, each as likely as another. */
export type Draw = (last: number) => number;

/** The sequence with that name: a generator whose 128 bits of state are the first of a SHA-256 of the name. */
export function randomSequence(name: string): Draw {
  const digest = createHash('sha256').update(name).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
  return (last) => uniformInt(generator, 0, last);
}

/**
 * A permutation, every one equally likely, in time proportional to its length: R. Durstenfeld, "Algorithm 235: Random
 * permutation", CACM 7(7), 1964, from the first item on.
 */
export function shuffle<T extends object | string>(items: readonly T[], draw: Draw): T[] {
  const shuffled: T[] = [];
  for (const [index, item] of items.entries()) {
    const place = draw(index);
    // The one that stands there moves to the end; at the end itself none does yet.
    shuffled.push(shuffled[place] ?? item);
    shuffled[place] = item;
  }
  return shuffled;
}
