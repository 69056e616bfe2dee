import { sloSchema, type LoadProbe } from '@llem/core';
import { packChunks } from '@llem/loadgen';
import { describe, expect, it } from 'vitest';
import type { SloOutcome } from '../window/slo.js';
import { request, trace } from '../window/trace.fixture.js';
import { windowOf } from './simulated-search.fixture.js';
import { judgeProbe, observe, windowLength, type ProbeWindow } from './probe.js';

const slo = sloSchema.parse({ ttft_ms: 500, attainment: 0.9 });

const KINDS: readonly SloOutcome[] = ['held', 'missed', 'failed', 'undecided'];

/** A window of so many requests of each kind, evenly mixed. */
function saw(counts: Partial<Record<SloOutcome, number>>, more: Partial<ProbeWindow> = {}): ProbeWindow {
  const outcomes = KINDS.flatMap((outcome) => {
    const count = counts[outcome] ?? 0;
    return Array.from({ length: count }, (_, index) => ({ outcome, at: (index + 0.5) / count }));
  })
    .sort((one, other) => one.at - other.at)
    .map(({ outcome }) => outcome);
  return {
    durationS: 30,
    outcomes,
    errors: counts.failed ? { timeout: counts.failed } : {},
    completedInside: 60,
    ttftMs: [100, 200],
    gaps: { count: 10, sumMs: 200 },
    overloaded: false,
    broken: false,
    ...more,
  };
}
const judged = (...windows: ProbeWindow[]): Pick<LoadProbe, 'held' | 'decided' | 'reason'> => {
  const { held, decided, reason } = judgeProbe(8, windows, slo);
  return { held, decided, reason };
};
const HELD = { held: true, decided: true, reason: null };
const MISSED = { held: false, decided: true, reason: 'slo' };

describe('a load', () => {
  it('holds or misses once the interval of its attainment lies on one side of what is asked', () => {
    expect(judged(saw({ held: 99, missed: 1 }))).toEqual(HELD);
    expect(judged(saw({ held: 70, missed: 30 }))).toEqual(MISSED);
  });

  it('is not decided by few requests, nor by a share close to what is asked; it then follows the share', () => {
    expect(judged(saw({ held: 10 }))).toEqual({ ...HELD, decided: false });
    expect(judged(saw({ held: 92, missed: 8 }))).toEqual({ ...HELD, decided: false });
    expect(judged(saw({ held: 88, missed: 12 }))).toEqual({ ...MISSED, decided: false });
  });

  it('is judged over all of its windows', () => {
    const window = saw({ held: 20 });
    expect(judged(window).decided).toBe(false);
    expect(judged(window, window)).toEqual(HELD);
  });

  it('does not count what was cut off before anything was known, and says how many those were', () => {
    const probe = judgeProbe(8, [saw({ held: 99, missed: 1, undecided: 50 })], slo);
    expect(probe).toMatchObject({ held: true, attainment: 0.99, requests: 150, undecided: 50 });
    expect(judgeProbe(8, [saw({ undecided: 9 })], slo)).toMatchObject({
      held: false,
      decided: false,
      attainment: null,
      attainmentInterval: null,
    });
  });
});

describe('a queue that grew', () => {
  const good = saw({ held: 99, missed: 1 });
  const grew = saw({ held: 99, missed: 1 }, { overloaded: true });

  it('in one window may be chance, and is overload where most of two windows or more say so', () => {
    const overloaded = { held: false, decided: true, reason: 'overloaded' };
    expect(judged(grew)).toEqual({ ...overloaded, decided: false });
    expect(judged(grew, grew)).toEqual(overloaded);
    expect(judged(grew, good)).toEqual({ ...HELD, decided: false });
    expect(judged(good, grew, good)).toEqual(HELD);
    expect(judged(grew, good, grew)).toEqual(overloaded);
  });

  it('is the reason where the SLO was missed for it, and is not said where it was missed alone', () => {
    expect(judged(saw({ held: 10, missed: 90 }, { overloaded: true })).reason).toBe('overloaded');
    expect(judged(saw({ held: 10, missed: 90 })).reason).toBe('slo');
  });
});

describe('requests that failed', () => {
  it('are the reason where the load would have held without them, or nothing was answered', () => {
    expect(judged(saw({ held: 60, failed: 40 }))).toEqual({ ...MISSED, reason: 'failures' });
    expect(judged(saw({ failed: 40 })).reason).toBe('failures');
    expect(judged(saw({ held: 20, missed: 60, failed: 20 })).reason).toBe('slo');
  });

  it('are told by class, over all windows', () => {
    const other = saw({ held: 9, failed: 1 }, { errors: { reset: 1 } });
    expect(judgeProbe(8, [saw({ held: 8, failed: 2 }), other, other], slo)).toMatchObject({
      failed: 4,
      errors: { timeout: 2, reset: 2 },
      windows: 3,
    });
  });

  it('end a load at once where the engine gave nothing else', () => {
    const answered = { ...request(0.1, 0.2), chunks: packChunks([0.2e9]) };
    const refused = { ...request(0.3, 0.4), status: 'failed', errorClass: 'http-500' } as const;
    const window = observe(trace([answered, refused, refused], 0, 0), slo, 5, true);
    expect(window).toMatchObject({ outcomes: ['held', 'failed', 'failed'], errors: { 'http-500': 2 } });
    expect(judgeProbe(5, [window], slo)).toMatchObject({
      held: false,
      decided: true,
      reason: 'failures',
      requests: 3,
    });
  });
});

describe('a window', () => {
  it('is seen as it was held: outcomes in the order of sending, first tokens and gaps of what was sent inside', () => {
    const queue = {
      arrivals: 'even',
      services: 'even',
      servers: 2,
      serviceS: 1,
      load: 0.5,
      openS: 5,
      windowS: 20,
    } as const;
    const window = observe(windowOf(queue, 1), slo, 1, false);
    expect(window).toMatchObject({ durationS: 20, overloaded: false, broken: false });
    expect(window.outcomes).toEqual(Array(20).fill('held'));
    expect(window.ttftMs).toEqual(Array(20).fill(0));
    expect(window.gaps.sumMs / window.gaps.count).toBeCloseTo(1_000);
    expect(judgeProbe(1, [window, window], slo)).toMatchObject({
      durationS: 40,
      requestsPerS: 1,
      ttftP99Ms: 0,
      itlMeanMs: 1_000,
    });
  });

  it('of a closed loop is never overloaded, and one of an open loop is where its queue grew', () => {
    const queue = {
      arrivals: 'even',
      services: 'even',
      servers: 8,
      serviceS: 0.5,
      load: 1.5,
      openS: 5,
      windowS: 20,
    } as const;
    expect(observe(windowOf(queue, 1), slo, 24, false).overloaded).toBe(true);
    expect(observe(windowOf(queue, 1), slo, null, false).overloaded).toBe(false);
  });

  it('is as long as all before it together', () => {
    expect([1, 2, 3, 4].map(windowLength)).toEqual([1, 1, 2, 4]);
  });
});
