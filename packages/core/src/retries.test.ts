import { expect, test } from 'vitest';
import { retryAfter, TRANSIENT_FAILURES } from './retries.js';
import { executionSchema } from './settings.js';

const retries = { max: 2, classes: ['port-in-use', 'start-exit'] };

test('a run is tried again after a named failure, as often as is allowed', () => {
  expect(retryAfter(['port-in-use'], retries)).toBe(1);
  expect(retryAfter(['port-in-use', 'start-exit'], retries)).toBe(2);
  expect(retryAfter(['port-in-use', 'start-exit', 'port-in-use'], retries)).toBeNull();
  expect(retryAfter(['port-in-use'], { ...retries, max: 0 })).toBeNull();
});

test('failures of other classes take none of its retries', () => {
  expect(retryAfter(['engine-hung', 'engine-hung', 'port-in-use'], retries)).toBe(1);
});

test('a run is not tried again after another failure, nor after none', () => {
  expect(retryAfter(['port-in-use', 'engine-hung'], retries)).toBeNull();
  expect(retryAfter([null], retries)).toBeNull();
  expect(retryAfter([], retries)).toBeNull();
});

test('by default a service that failed to start is tried once more, and no deadline', () => {
  const { retries: byDefault } = executionSchema.parse({});
  expect(byDefault).toEqual({ max: 1, classes: [...TRANSIENT_FAILURES] });
  expect(retryAfter(['start-failed'], byDefault)).toBe(1);
  for (const lasting of ['start-timeout', 'run-timeout', 'bad-arguments', 'out-of-memory', 'engine-exit'])
    expect(retryAfter([lasting], byDefault), lasting).toBeNull();
});
