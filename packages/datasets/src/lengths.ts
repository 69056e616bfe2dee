/** Lengths in tokens, drawn from the distributions of a workload. */
import type { Length } from '@llem/core';
import { uniformIntegers, uniformReals } from './random.js';

/**
 * Draws of one length before a uniform one is taken: a distribution that is so much wider than its limits is as good as
 * uniform between them.
 */
const MOST_REDRAWS = 1_000;

export const shortestOf = (length: Length): number => (typeof length === 'number' ? length : length.min);
export const longestOf = (length: Length): number => (typeof length === 'number' ? length : length.max);

/** Lengths, one a call. Values outside of the limits are drawn again. */
export function lengthDraws(length: Length, seed: number): () => number {
  if (typeof length === 'number') return () => length;
  const { min, max } = length;
  const draw = uniformIntegers(seed);
  if (length.distribution === 'uniform') return () => draw(min, max);
  const normal = standardNormal(uniformReals(seed));
  const value =
    length.distribution === 'normal'
      ? () => length.mean + length.sd * normal()
      : logNormal(length.mean, length.sd, normal);
  return () => {
    for (let redraws = 0; redraws < MOST_REDRAWS; redraws += 1) {
      const rounded = Math.round(value());
      if (rounded >= min && rounded <= max) return rounded;
    }
    return draw(min, max);
  };
}

/** Of given mean and standard deviation of its own, not of its logarithm. */
function logNormal(mean: number, sd: number, normal: () => number): () => number {
  const variance = Math.log1p((sd / mean) ** 2);
  const mu = Math.log(mean) - variance / 2;
  return () => Math.exp(mu + Math.sqrt(variance) * normal());
}

/** Box and Muller's transform (1958). */
function standardNormal(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
