import type { LlemEvent } from '@llem/core';
import type { LoadCounters } from '@llem/loadgen';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProgress, type ProgressSources } from './progress.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const counting = (chunks: () => number): NonNullable<ProgressSources['load']> => ({
  counters: (): LoadCounters => ({
    inFlight: 1,
    sent: 1,
    completed: 0,
    failed: 0,
    failedInARow: 0,
    chunks: chunks(),
    firstChunks: 1,
    begun: 1,
    over: 0,
    lastChunkNs: 0n,
    lastFailure: '',
  }),
  offeredPerS: null,
});

it('tells the tokens a second of the load that is on, and never counts one load against another', () => {
  const told: (number | null)[] = [];
  const emit = (event: LlemEvent) => {
    if (event.type === 'progress') told.push(event.outputTokensPerS);
  };
  const sources: ProgressSources = { load: null, sampler: null };
  const progress = createProgress('r', [], sources, emit);
  const startMs = Date.now();
  const at = (perS: number, fromMs: number) => counting(() => (perS * (Date.now() - fromMs)) / 1_000);
  vi.advanceTimersByTime(500);
  sources.load = at(1_000, startMs);
  vi.advanceTimersByTime(2_000);
  expect(told.at(-1)).toBeCloseTo(1_000);
  // The next load begins at no tokens, before anybody has looked between the two.
  sources.load = at(10, Date.now());
  vi.advanceTimersByTime(500);
  expect(told.at(-1)).toBeNull();
  vi.advanceTimersByTime(500);
  expect(told.at(-1)).toBeCloseTo(10);
  progress.stop();
});
