import { workloadSchema } from '@llem/core';
import { expect, it } from 'vitest';
import { atLoad, loadThreads, rateOf, slotsOf } from './load-level.js';

const slo = { ttft_ms: 100 };
const searched = (more: object) => workloadSchema.parse({ search: { slo, from: 1, to: 9 }, ...more });

it('puts the load of a search where a study would have said it', () => {
  const closed = atLoad(searched({}), 6);
  expect(closed).toMatchObject({ concurrency: 6, arrival: null, search: null, slo });
  expect([slotsOf(closed), rateOf(closed)]).toEqual([6, null]);
  const open = atLoad(searched({ arrival: { process: 'gamma', burstiness: 2 } }), 6.5);
  expect(open).toMatchObject({ concurrency: null, arrival: { process: 'gamma', burstiness: 2, rate: 6.5 } });
  expect([slotsOf(open), rateOf(open)]).toEqual([null, 6.5]);
});

it('takes a thread for each 1,024 in flight, and leaves half of the processors alone', () => {
  const closed = (concurrency: number) => workloadSchema.parse({ concurrency });
  expect(loadThreads('auto', closed(8), 64)).toBe(1);
  expect(loadThreads('auto', closed(1_025), 64)).toBe(2);
  expect(loadThreads('auto', closed(65_536), 64)).toBe(32);
  expect(loadThreads('auto', closed(65_536), 1)).toBe(1);
  expect(loadThreads(4, closed(1_024), 2)).toBe(4);
});

it('takes no more threads than there may be requests in flight', () => {
  const arrival = (more: object) =>
    workloadSchema.parse({ arrival: { process: 'poisson', rate: 9, ...more } });
  expect(loadThreads(4, workloadSchema.parse({ concurrency: 2 }), 64)).toBe(2);
  expect(loadThreads(4, arrival({ max_in_flight: 2 }), 64)).toBe(2);
  expect(loadThreads(4, arrival({}), 64)).toBe(4);
});
