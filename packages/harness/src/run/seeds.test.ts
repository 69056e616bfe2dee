import { expect, it } from 'vitest';
import { seedAfter, stepsOfAttempt, stepsOfRuns } from './seeds.js';

const study = '/results/s_20260101T000000Z';
const seedOf = (position: number, attempt = 1, dir = study) =>
  seedAfter(7, stepsOfAttempt({ position }, { attempt }, dir));

it('gives every attempt at every run of every study prompts of its own, with room for a search between them', () => {
  const seeds = [
    ...Array.from({ length: 200 }, (_, index) => seedOf(index + 1)),
    ...Array.from({ length: 200 }, (_, index) => seedOf(index + 1, 2)),
    ...Array.from({ length: 200 }, (_, index) => seedOf(index + 1, 1, '/results/s_20260101T000001Z')),
  ];
  const ofSearches = seeds.flatMap((seed) => Array.from({ length: 100 }, (_, step) => seedAfter(seed, step)));
  expect(new Set(ofSearches).size).toBe(60_000);
});

it('gives an attempt the same prompts wherever its directory lies', () => {
  expect(seedOf(3, 1, '/mnt/other/s_20260101T000000Z')).toBe(seedOf(3));
});

it('moves seeds on by runs, and not at all by none', () => {
  expect(seedAfter(7, stepsOfRuns(0))).toBe(7);
  expect(seedAfter(7, stepsOfRuns(1))).not.toBe(seedAfter(7, stepsOfRuns(2)));
});
