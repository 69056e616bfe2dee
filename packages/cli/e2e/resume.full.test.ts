/** kill -9 at a hundred random moments, resumed each time: nothing completed is lost, changed or measured twice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killedAgainAndAgain, requireWhole } from './interrupted-studies.js';
import { workplace, type Workplace } from './llem.js';

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

it('killed a hundred times every study is whole in the end', async () => {
  const dirs = await killedAgainAndAgain(place, 100, 20_261, 2_500);
  expect(dirs.length).toBeGreaterThan(0);
  for (const dir of dirs) await requireWhole(dir);
});
