/** When tokens leave: as scripted, without drift, and as fast as the slots allow. */
import { afterEach, describe, expect, it } from 'vitest';
import { createDueHeap } from './heap.js';
import { ledgerLatencies } from './latencies.js';
import { engineOptionsSchema, type EngineOptionsInput } from './options.js';
import { exchange, requestFor } from './raw.fixture.js';
import { startSimulatedEngine, type SimulatedEngine } from './server.js';
import { createTiming } from './timing.js';

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const timesMs = (options: EngineOptionsInput, tokens: number, index = 0, prefilled = 0) => {
  const timing = createTiming(engineOptionsSchema.parse(options), index, prefilled);
  return Array.from({ length: tokens }, (_, token) => timing.dueNs(token + 1) / 1e6);
};

describe('the times of tokens', () => {
  it('are equal gaps after the first', () => {
    expect(timesMs({ ttftMs: 10, itlMs: 2 }, 4)).toEqual([10, 12, 14, 16]);
    expect(timesMs({ ttftMs: 10, itlMs: 0.1 }, 10_001).at(-1)).toBe(1_010);
  });

  it('are later by the prompt that is not in the cache', () => {
    expect(timesMs({ ttftMs: 10, itlMs: 2, prefillMsPerToken: 0.5 }, 2, 0, 100)).toEqual([60, 62]);
  });

  it('follow a schedule of their own, request by request, and by the gap beyond its end', () => {
    const options = { itlMs: 2, schedulesMs: [[1, 1, 9], [5]] };
    expect(timesMs(options, 5, 0)).toEqual([1, 1, 9, 11, 13]);
    expect(timesMs(options, 3, 1)).toEqual([5, 7, 9]);
    expect(timesMs(options, 3, 2)).toEqual([1, 1, 9]);
  });

  it('vary around their mean by as much as was asked, the same for the same seed', () => {
    const options = { ttftMs: 10, itlMs: 2, jitter: { itl: 0.5, ttft: 0.1 }, seed: 3 };
    const times = timesMs(options, 2_001);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(1.9);
    // 2000 uniform gaps of sd 0.577 ms: five standard errors.
    expect(Math.abs(gaps.reduce((sum, gap) => sum + gap, 0) / 2_000 - 2)).toBeLessThan(0.065);
    expect(Math.abs((times[0] ?? 0) - 10)).toBeLessThanOrEqual(1);
    expect(timesMs(options, 5)).toEqual(times.slice(0, 5));
    expect(timesMs({ ...options, seed: 4 }, 5)).not.toEqual(times.slice(0, 5));
    expect(timesMs(options, 5, 1)).not.toEqual(times.slice(0, 5));
  });

  it('pause where a request is set aside', () => {
    const options = { ttftMs: 0, itlMs: 1, preemption: { everyTokens: 2, pauseMs: 10 } };
    expect(timesMs(options, 6)).toEqual([0, 1, 12, 13, 24, 25]);
  });

  it('ascend in a schedule', () => {
    expect(engineOptionsSchema.safeParse({ schedulesMs: [[2, 1]] }).success).toBe(false);
  });
});

it('takes what is due first, whatever the order in which it came', () => {
  const heap = createDueHeap<string>();
  for (const at of [5, 3, 9, 1, 7, 3, 8, 0]) heap.push(at, `at ${at}`);
  expect([heap.size(), heap.nextNs()]).toEqual([8, 0]);
  const taken = Array.from({ length: 8 }, () => heap.pop());
  expect(taken).toEqual([0, 1, 3, 3, 5, 7, 8, 9].map((at) => `at ${at}`));
  expect([heap.pop(), heap.nextNs()]).toEqual([undefined, Infinity]);
});

async function ask(options: EngineOptionsInput, requests: number, tokens: number) {
  const engine = await startSimulatedEngine(options);
  engines.push(engine);
  const body = { prompt: [1, 2, 3], max_tokens: tokens, ignore_eos: true, stream: true };
  await Promise.all(Array.from({ length: requests }, () => exchange(engine.port, [requestFor(body)])));
  return engine;
}

describe('an engine', () => {
  it('starts who waits as the one before is due to end, so that its rate is slots / (ttft + (n - 1) itl)', async () => {
    const { ledger } = await ask({ slots: 2, ttftMs: 50, itlMs: 1.5 }, 12, 4);
    const onScale = (ns: bigint | null) => Number((ns ?? 0n) - ledger.originNs) / 1e6;
    const times = ledger.entries
      .map(({ startedNs, receivedNs }) => ({ start: onScale(startedNs), received: onScale(receivedNs) }))
      .sort((a, b) => a.start - b.start);
    // Each slot serves six, 50 + 3 * 1.5 = 54.5 ms each, one right after the other; but for those that came too late.
    const late = times.slice(2).flatMap(({ start, received }, index) => {
      const freeMs = (times[index]?.start ?? 0) + 54.5;
      return received < freeMs - 20 ? [start - freeMs] : [];
    });
    expect(late.length).toBeGreaterThan(3);
    for (const ms of late) expect(ms).toBeCloseTo(0, 4);
  });

  it.each([{ precise: true }, { precise: false }])('sends no token early (%j)', async (options) => {
    const { ledger } = await ask({ ...options, ttftMs: 3, itlMs: 0.7 }, 3, 20);
    for (const { sentNs, startedNs } of ledger.entries) {
      const start = Number((startedNs ?? 0n) - ledger.originNs);
      // Rounded to 1 ns.
      sentNs.forEach((ns, token) => expect(ns - start).toBeGreaterThanOrEqual((3 + 0.7 * token) * 1e6 - 1));
    }
  });

  it('counts what was set aside', async () => {
    const engine = await ask({ ttftMs: 0, itlMs: 0, preemption: { everyTokens: 2, pauseMs: 1 } }, 2, 6);
    const metrics = await (await fetch(`${engine.baseUrl}/metrics`)).text();
    expect(metrics).toContain('\nllamacpp:preemptions_total 4\n');
  });
});

describe('the latencies of a ledger', () => {
  const entry = {
    receivedNs: 1_000_000n,
    startedNs: 2_000_000n,
    outcome: 'completed' as const,
    sentNs: Float64Array.of(5e6, 5e6, 7e6, 11e6),
    eventTokens: null,
    eventText: null,
  };
  const of = (entries: Parameters<typeof ledgerLatencies>[0]['entries'], options = {}) =>
    ledgerLatencies({ originNs: 0n, entries }, options);

  it('are those of events that have text', () => {
    expect(of([entry])).toEqual({
      ttftMs: Float64Array.of(4),
      itlMs: Float64Array.of(0, 2, 4),
      tpotMs: Float64Array.of(2),
      e2eMs: Float64Array.of(10),
      requests: 1,
      outputTokens: 4,
      outputTokensPerS: 400,
    });
    const empty = { ...entry, eventTokens: Uint32Array.of(2, 1, 1), eventText: Uint8Array.of(0, 1, 1) };
    expect(of([empty], { since: 'started' })).toMatchObject({
      ttftMs: Float64Array.of(5),
      itlMs: Float64Array.of(4),
      tpotMs: Float64Array.of(2),
      e2eMs: Float64Array.of(9),
    });
  });

  it('are of requests received in the window, the tokens of those sent in it', () => {
    const window = { openNs: 1_000_000n, closeNs: 7_000_000n };
    expect(of([entry], window)).toMatchObject({ requests: 0, outputTokens: 3, outputTokensPerS: 500 });
  });

  it('leave out what was not completed, and are not there for what has no gaps', () => {
    const { requests, outputTokens } = of([{ ...entry, outcome: 'cut' }]);
    expect([requests, outputTokens]).toEqual([0, 4]);
    const one = of([
      { ...entry, sentNs: Float64Array.of(5e6) },
      { ...entry, sentNs: new Float64Array() },
    ]);
    expect([one.ttftMs.length, one.itlMs.length, one.tpotMs.length, one.requests]).toEqual([1, 0, 0, 2]);
    expect(of([]).outputTokensPerS).toBeNull();
  });
});
