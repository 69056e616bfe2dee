/** Seeds of other prompts than those of a seed. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { PlannedRun, RunFolder } from '@llem/core';

/** Of 2^32 / the golden ratio, and odd, so that the first 2^32 steps from a seed all differ. */
const STEP = 0x9e3779b1;

/** More windows than any search has. */
const STEPS_PER_RUN = 1_000;
/** More runs than a study has that comes to its end. */
const RUNS_PER_ATTEMPT = 100_000;

/** The seed that lies so many steps after another, 32 bits. */
export const seedAfter = (seed: number, steps: number): number => (seed + Math.imul(steps, STEP)) >>> 0;

/** Steps past the prompts of so many runs, searches included. */
export const stepsOfRuns = (runs: number): number => runs * STEPS_PER_RUN;

/**
 * Steps past the prompts of every other attempt at a run of a study, and, as far as 32 bits go, of every other study: a server that llem
 * does not start may remember all of them. Of one attempt always the same, also after `llem resume`. `dir` is the result directory.
 */
export function stepsOfAttempt(
  { position }: Pick<PlannedRun, 'position'>,
  { attempt }: Pick<RunFolder, 'attempt'>,
  dir: string,
): number {
  const ofStudy = createHash('sha256').update(basename(dir)).digest().readUInt32LE();
  return ofStudy + stepsOfRuns(position - 1 + (attempt - 1) * RUNS_PER_ATTEMPT);
}
