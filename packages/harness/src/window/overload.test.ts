import type { LoadTrace } from '@llem/loadgen';
import { describe, expect, it } from 'vitest';
import { growthOf, overloadOf } from './overload.js';
import { simulateQueue, type Queue } from './queue.fixture.js';
import { request, trace } from './trace.fixture.js';

const S = 1e9;

/** The window of a queue of known load. */
function simulate(queue: Queue, seed: number): LoadTrace {
  const { served, openS, closeS } = simulateQueue(queue, seed);
  return trace(
    served.map(({ dueS, endS }) => request(dueS, endS)),
    openS,
    closeS,
  );
}

/** How many of 40 windows are called overloaded. */
function calls(queue: Queue): number {
  const ratePerS = (queue.load * queue.servers) / queue.serviceS;
  return Array.from({ length: 40 }, (_, seed) => overloadOf(simulate(queue, seed), ratePerS)).filter(
    ({ overloaded }) => overloaded,
  ).length;
}

const large = { servers: 32, serviceS: 0.5, windowS: 30 };
const small = { servers: 8, serviceS: 2, windowS: 30 };

describe('queues of known load', () => {
  it.each(['even', 'random'] as const)(
    'are rarely called overloaded below 1, with %s arrivals',
    (arrivals) => {
      for (const services of ['even', 'random'] as const) {
        for (const load of [0.7, 0.9, 0.95]) {
          for (const size of [large, small])
            expect(calls({ ...size, arrivals, services, load })).toBeLessThanOrEqual(3);
        }
      }
    },
  );

  it('are always called so at 1.5, and nearly so at 1.1 where there are requests enough', () => {
    for (const arrivals of ['even', 'random'] as const) {
      for (const services of ['even', 'random'] as const) {
        expect(calls({ ...large, arrivals, services, load: 1.5 })).toBe(40);
        expect(calls({ ...large, arrivals, services, load: 1.1 })).toBeGreaterThanOrEqual(34);
      }
    }
  });

  it('are called so at 1.05 as far as chance allows', () => {
    expect(calls({ ...large, arrivals: 'even', services: 'even', load: 1.05 })).toBe(40);
    expect(calls({ ...large, arrivals: 'random', services: 'even', load: 1.05 })).toBeGreaterThanOrEqual(30);
  });
});

it('counts what was never sent for want of room', () => {
  // 10 a second are due, 5 a second are sent and answered at once.
  const sent = Array.from({ length: 200 }, (_, index) => request(index / 10, index / 5 + 0.01)).map(
    (one, index) => ({
      ...one,
      sentNs: (index / 5) * S,
    }),
  );
  const unsent = Array.from({ length: 200 }, (_, index) => 20 + index / 10);
  const { overloaded, growth } = overloadOf(trace(sent, 10, 40, unsent), 10);
  expect(overloaded).toBe(true);
  expect(growth.share).toBeCloseTo(0.5, 1);
});

it('knows a load that is far too much, of which next to nothing is ever answered or sent', () => {
  // 100 a second are due, 5 a second are answered, from long before the window on.
  const sent = Array.from({ length: 250 }, (_, index) => request(index / 100, index / 5 + 0.01));
  const unsent = Array.from({ length: 4_750 }, (_, index) => (index + 250) / 100);
  expect(overloadOf(trace(sent, 10, 40, unsent), 100).overloaded).toBe(true);
});

it('takes what was cut off for unanswered, however soon after the window that was', () => {
  // 20 a second are due, 10 a second are answered, and what is left is cut off half a second after the window.
  const requests = Array.from({ length: 800 }, (_, index) => request(index / 20, index / 10 + 0.01)).map(
    (one) => (one.endedNs > 40.5 * S ? { ...one, endedNs: 40.5 * S, status: 'cancelled' as const } : one),
  );
  expect(overloadOf(trace(requests, 10, 40), 20).overloaded).toBe(true);
});

it('counts conversations against their rate, not their turns', () => {
  // Two turns each: 10 conversations a second are due, 7 a second end, with 14 turns.
  const turns = Array.from({ length: 400 }, (_, index) => {
    const first = request(index / 10, index / 7);
    const second = { ...request(index / 7, index / 7 + 0.05), conversation: first.conversation };
    return [first, second];
  }).flat();
  expect(overloadOf(trace(turns, 10, 40), 10).overloaded).toBe(true);
});

it('knows no overload where nothing came, nor one of a queue that shrinks', () => {
  expect(overloadOf(trace([], 10, 40), 1)).toMatchObject({
    overloaded: false,
    growth: { requests: 0, share: 0 },
  });
  const shrinking = Array.from({ length: 100 }, (_, index) => request(index / 10, 5 + index / 4));
  expect(overloadOf(trace(shrinking, 10, 40), 10).overloaded).toBe(false);
});

it('holds answers against the rate asked for, and where it is unknown the backlog against its own noise', () => {
  const due = [0, 12, 19, 31, 40];
  const ended = [0, 8, 16, 24, 32];
  expect(growthOf(due, ended)).toMatchObject({ requests: 8, share: 0.2 });
  expect(growthOf(due, ended, 40).deviations).toBeCloseTo(8);
  expect(growthOf(due, ended).deviations).toBeLessThan(4);
  expect(growthOf([], [])).toEqual({ requests: 0, share: 0, deviations: 0 });
});
