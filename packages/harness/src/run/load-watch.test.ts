import type { LoadCounters } from '@llem/loadgen';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createGuard, type Guard } from './guard.js';
import { watchLoad, type LoadWatch } from './load-watch.js';

let guard: Guard;
let watch: LoadWatch;
const now: { -readonly [K in keyof LoadCounters]: LoadCounters[K] } = {
  inFlight: 0,
  sent: 0,
  completed: 0,
  failed: 0,
  failedInARow: 0,
  chunks: 0,
  firstChunks: 0,
  begun: 0,
  over: 0,
  lastChunkNs: 0n,
  lastFailure: 'http-500: no',
};
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'hrtime'] });
  guard = createGuard(new AbortController().signal, 10_000);
  Object.assign(now, { inFlight: 0, failed: 0, failedInARow: 0, lastChunkNs: process.hrtime.bigint() });
  watch = watchLoad({ counters: () => now, stallTimeoutS: 5, isClosedLoop: false, guard });
});
afterEach(() => {
  watch.stop();
  guard.close();
  vi.useRealTimers();
});

it('ends a run whose engine is silent with requests in flight', async () => {
  now.inFlight = 3;
  await vi.advanceTimersByTimeAsync(4_900);
  expect(guard.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(guard.signal.reason).toMatchObject({ failureClass: 'engine-hung' });
});

it('does not count the pauses of a slow schedule as silence', async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  now.inFlight = 1;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(guard.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(guard.signal.aborted).toBe(true);
});

it('ends a run of nothing but errors only where that was asked for, and tells of them anyway', async () => {
  now.failedInARow = 20;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(guard.signal.aborted).toBe(false);
  expect(watch.failing()).toMatchObject({ failureClass: 'requests-failing' });
  watch.endOnFailures();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(guard.signal.reason).toMatchObject({ failureClass: 'requests-failing' });
});

it('ends a closed loop that no prompt comes for, and no sooner', async () => {
  watch.stop();
  watch = watchLoad({ counters: () => now, stallTimeoutS: 5, isClosedLoop: true, guard });
  await vi.advanceTimersByTimeAsync(4_000);
  now.inFlight = 1;
  now.lastChunkNs = process.hrtime.bigint();
  await vi.advanceTimersByTimeAsync(1_000);
  now.inFlight = 0;
  await vi.advanceTimersByTimeAsync(4_500);
  expect(guard.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(guard.signal.reason).toMatchObject({ failureClass: 'dataset-silent' });
});

it('does not blame the data set where slots hold back because their requests fail', async () => {
  watch.stop();
  watch = watchLoad({ counters: () => now, stallTimeoutS: 1, isClosedLoop: true, guard });
  for (let request = 0; request < 10; request += 1) {
    now.failed += 1;
    await vi.advanceTimersByTimeAsync(1_100);
  }
  expect(guard.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(guard.signal.reason).toMatchObject({ failureClass: 'dataset-silent' });
});
