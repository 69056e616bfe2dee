import type { LoadCounters } from '@llem/loadgen';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startFlow, type FlowOf } from './flow.js';
import { createGuard, type Guard } from './guard.js';

let guard: Guard;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
  guard = createGuard(new AbortController().signal, 10_000);
});
afterEach(() => {
  guard.close();
  vi.useRealTimers();
});

/**
 * Counters of a load that begins now: so many conversations sent a second, and so many answered, each after a while at
 * least; `turns` requests to each.
 */
function load(
  sentPerS: number,
  answeredPerS: number,
  serviceS: number,
  maxInFlight = Infinity,
  turns = 1,
): () => LoadCounters {
  const startNs = process.hrtime.bigint();
  return () => {
    const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
    const due = Math.floor(sentPerS * seconds);
    const after = Math.max(0, seconds - serviceS);
    const completed = Math.floor(Math.min(sentPerS * after, answeredPerS * after));
    const sent = Math.min(due, completed + maxInFlight);
    return {
      inFlight: sent - completed,
      sent: turns * sent,
      completed: turns * completed,
      failed: 0,
      failedInARow: 0,
      chunks: 0,
      firstChunks: 0,
      begun: sent,
      over: completed,
      lastChunkNs: 0n,
      lastFailure: '',
    };
  };
}

async function after(seconds: number, of: FlowOf) {
  const flow = startFlow(of, guard);
  const done = flow.until(process.hrtime.bigint() + BigInt(seconds * 1e9));
  await vi.advanceTimersByTimeAsync(seconds * 1_000 + 1);
  await done;
  return flow;
}

const open = (maxInFlight = 4_096) => ({ maxInFlight, ratePerS: 20 });

it('tells the time of a request from how many are in flight and how many end', async () => {
  const flow = await after(60, { counters: load(20, 40, 2), open: open() });
  expect(flow.elapsedS()).toBeCloseTo(60, 1);
  expect(flow.completed()).toBe(1_160);
  expect(flow.inFlight()).toBeCloseTo(40 - 40 / 60, 0);
  expect(flow.endToEndS()).toBeCloseTo(2, 0);
  expect(flow.growing()).toBe(false);
});

it('knows nothing of requests before the first has ended', async () => {
  const flow = await after(5, { counters: load(20, 40, 10), open: open() });
  expect(flow.endToEndS()).toBeNull();
  expect(flow.growing()).toBe(false);
});

it('sees an open loop grow that is answered more slowly than it asks, and no closed one', async () => {
  expect((await after(20, { counters: load(20, 15, 1), open: open() })).growing()).toBe(true);
  expect((await after(20, { counters: load(20, 15, 1), open: null })).growing()).toBe(false);
});

it('sees one grow that has filled its room in flight', async () => {
  expect((await after(30, { counters: load(20, 15, 1, 40), open: open(40) })).growing()).toBe(true);
});

it('does not take the first requests, which have not had the time to end, for a backlog', async () => {
  for (const seconds of [3, 6, 10, 20])
    expect((await after(seconds, { counters: load(20, 40, 5), open: open() })).growing()).toBe(false);
});

it('counts conversations where they have several turns: how many end, how long they take, whether they pile up', async () => {
  const flow = await after(60, { counters: load(20, 40, 2, Infinity, 8), open: open() });
  expect(flow.completed()).toBe(8 * 1_160);
  expect(flow.conversations()).toBe(1_160);
  expect(flow.underWay()).toBeCloseTo(40 - 40 / 60, 0);
  expect(flow.conversationS()).toBeCloseTo(2, 0);
  expect(flow.endToEndS()).toBeCloseTo(2 / 8, 1);
  expect(flow.growing()).toBe(false);
  const piling = await after(20, { counters: load(20, 15, 1, Infinity, 8), open: open() });
  expect(piling.growing()).toBe(true);
});

it('does not take conversations for a backlog of which the long ones have not had the time to end', async () => {
  // They take anything from no time at all to 40 s.
  const startNs = process.hrtime.bigint();
  const none = load(0, 0, 1)();
  const counters = () => {
    const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
    const spread = (longestS: number) => {
      // Evenly from 0 to the longest: so many of those begun until now have ended.
      const within = Math.min(seconds, longestS);
      return 20 * (seconds - within + within ** 2 / (2 * longestS));
    };
    const over = Math.floor(spread(40));
    return {
      ...none,
      begun: Math.floor(20 * seconds),
      over,
      inFlight: Math.floor(20 * seconds) - over,
      completed: over,
    };
  };
  const flow = startFlow({ counters, open: open() }, guard);
  for (const atS of [4, 8, 15, 30, 45, 80]) {
    const done = flow.until(startNs + BigInt(atS * 1e9));
    await vi.advanceTimersByTimeAsync(atS * 1_000);
    await done;
    expect(flow.growing()).toBe(false);
  }
});

it('stops looking as soon as it may', async () => {
  const flow = startFlow({ counters: load(20, 40, 1), open: open() }, guard);
  const done = flow.until(process.hrtime.bigint() + 60_000_000_000n, () => flow.completed() >= 1);
  await vi.advanceTimersByTimeAsync(2_000);
  await done;
  expect(flow.completed()).toBeLessThan(25);
});
