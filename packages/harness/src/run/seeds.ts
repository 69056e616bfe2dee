/** Seeds of other prompts than those of a seed. */

/** Of 2^32 / the golden ratio, and odd, so that the first 2^32 steps from a seed all differ. */
const STEP = 0x9e3779b1;

/** More windows than any search has. */
const STEPS_PER_RUN = 1_000;

/** The seed that lies so many steps after another, 32 bits. */
export const seedAfter = (seed: number, steps: number): number => (seed + Math.imul(steps, STEP)) >>> 0;

/** The seed of the prompts of a load, when its engine may remember those of so many runs before, searches included. */
export const unseenSeed = (seed: number, runsRemembered: number): number =>
  seedAfter(seed, runsRemembered * STEPS_PER_RUN);
