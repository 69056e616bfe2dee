/** kill -9 at a hundred random moments, resumed each time: nothing completed is lost, changed or measured twice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killedAgainAndAgain, requireWhole } from './interrupted-studies.js';
import { workplace, type Workplace } from './llem.js';

/** So many studies at once, each in a place and with locks of its own. */
const PLACES = 4;
const KILLS = 25;
let places: readonly Workplace[] = [];
beforeAll(async () => {
  places = await Promise.all(Array.from({ length: PLACES }, () => workplace()));
});
afterAll(() => Promise.all(places.map((place) => place.remove())));

it('killed a hundred times every study is whole in the end', async () => {
  await Promise.all(
    places.map(async (place, index) => {
      const dirs = await killedAgainAndAgain(place, KILLS, 20_261 + index, 2_500);
      expect(dirs.length).toBeGreaterThan(0);
      for (const dir of dirs) await requireWhole(dir);
    }),
  );
});
