import { expect, it } from 'vitest';
import { createChunkLog } from './chunk-log.js';

function logOf(totals: readonly number[]) {
  const log = createChunkLog();
  totals.forEach((told, index) => log.add(index * 10, told));
  return log;
}

it('keeps the time of every chunk, however many', () => {
  const log = logOf(Array<number>(1_000).fill(-1));
  expect([...log.times()]).toEqual(Array.from({ length: 1_000 }, (_, index) => index * 10));
});

it('says nothing of tokens where each chunk bears one', () => {
  expect(logOf([-1, -1, -1]).tokens(3)).toBeNull();
  expect(logOf([-1, -1, -1]).tokens(null)).toBeNull();
  expect(logOf([1, 2, 3]).tokens(3)).toBeNull();
  expect(logOf([]).tokens(3)).toBeNull();
});

it('spreads the final count over the chunks', () => {
  expect(logOf([-1, -1]).tokens(5)).toEqual(Float64Array.of(2.5, 2.5));
});

it('goes by the counts of the chunks where each has one', () => {
  expect(logOf([1, 4, 4, 6]).tokens(6)).toEqual(Float64Array.of(1, 3, 0, 2));
  // The last tokens had no chunk of their own.
  expect(logOf([1, 4]).tokens(6)).toEqual(Float64Array.of(1, 5));
  expect(logOf([1, -1, 4]).tokens(6)).toEqual(Float64Array.of(2, 2, 2));
});

it('does not believe counts that go down', () => {
  expect(logOf([3, 2]).tokens(4)).toEqual(Float64Array.of(2, 2));
});

it.each([
  ['says that they were, an event for each token', 4, true, [1, 2, 5, 6]],
  ['counts as many, by chance', 4, false, [5, 6]],
  ['says that they were not', 2, true, [5, 6]],
  ['does not say, and each token has an event', null, true, [1, 2, 5, 6]],
  ['does not say', null, false, [5, 6]],
])('counts empty texts before all others as tokens when the server %s', (_, output, eventPerToken, times) => {
  const log = createChunkLog();
  log.addLeading(1);
  log.addLeading(2);
  log.add(5, -1);
  log.add(6, -1);
  log.close(output, eventPerToken);
  expect([...log.times()]).toEqual(times);
  expect(log.length).toBe(times.length);
});
