import { expect, it } from 'vitest';
import { arrivalsNs } from '../chunks.js';
import { createChunkLog } from './chunk-log.js';

function logOf(totals: readonly number[]) {
  const log = createChunkLog();
  totals.forEach((told, index) => log.add(index * 10, told));
  return log;
}
const tokens = (totals: readonly number[], output: number | null) => logOf(totals).close(output, true).tokens;

it('keeps the time of every chunk, however many', () => {
  const chunks = logOf(Array<number>(1_000).fill(-1)).close(null, true);
  expect([...arrivalsNs(chunks)]).toEqual(Array.from({ length: 1_000 }, (_, index) => index * 10));
});

it('says that each chunk bears one token where nothing else is told', () => {
  expect(tokens([-1, -1, -1], 3)).toBe(1);
  expect(tokens([-1, -1, -1], null)).toBe(1);
  expect(tokens([1, 2, 3], 3)).toBe(1);
  expect(tokens([], 3)).toBe(1);
});

it('spreads the final count over the chunks', () => {
  expect(tokens([-1, -1], 5)).toBe(2.5);
});

it('goes by the counts of the chunks where each has one', () => {
  expect(tokens([1, 4, 4, 6], 6)).toEqual(Uint32Array.of(1, 3, 0, 2));
  expect(tokens([2, 4], null)).toEqual(Uint32Array.of(2, 2));
  // The last tokens had no chunk of their own.
  expect(tokens([1, 4], 6)).toEqual(Uint32Array.of(1, 5));
  expect(tokens([1, -1, 4], 6)).toBe(2);
  const many = Array.from({ length: 1_000 }, (_, index) => 2 * index);
  expect(tokens(many, 1_998)).toEqual(Uint32Array.from(many, (_, index) => (index === 0 ? 0 : 2)));
});

it('does not believe counts that go down, or that no answer can have', () => {
  expect(tokens([3, 2], 4)).toBe(2);
  expect(tokens([1, 2 ** 32], 4)).toBe(2);
  expect(tokens([1, 2], 2 ** 33)).toBe(2 ** 32);
});

it.each([
  ['says that they were, an event for each token', 4, true, [1, 2, 5, 6], 1],
  ['counts as many, by chance', 4, false, [5, 6], 2],
  ['says that they were not', 2, true, [5, 6], 1],
  ['does not say, and each token has an event', null, true, [1, 2, 5, 6], 1],
  ['does not say', null, false, [5, 6], 1],
])(
  'counts empty texts before all others as tokens when the server %s',
  (_, output, eventPerToken, times, each) => {
    const log = createChunkLog();
    log.addLeading(1);
    log.addLeading(2);
    log.add(5, -1);
    log.add(6, -1);
    const chunks = log.close(output, eventPerToken);
    expect([...arrivalsNs(chunks)]).toEqual(times);
    expect(chunks.tokens).toBe(each);
  },
);

it('takes an answer of nothing but empty texts for tokens where each token has an event', () => {
  const log = createChunkLog();
  log.addLeading(1);
  log.addLeading(3);
  expect([...arrivalsNs(log.close(2, true))]).toEqual([1, 3]);
});
