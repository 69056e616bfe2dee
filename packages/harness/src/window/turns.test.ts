import { expect, it } from 'vitest';
import { visitInTurns } from './turns.js';

it('visits every item in its order, and lets the event loop have turns between them', async () => {
  let turns = 0;
  let going = true;
  const count = () => {
    turns += 1;
    if (going) setImmediate(count);
  };
  setImmediate(count);
  const visited: number[] = [];
  await visitInTurns([1, 2, 3, 4, 5], (item) => {
    visited.push(item);
    // Longer than a turn.
    const endMs = performance.now() + 12;
    while (performance.now() < endMs);
  });
  going = false;
  expect(visited).toEqual([1, 2, 3, 4, 5]);
  expect(turns).toBeGreaterThanOrEqual(4);
});
