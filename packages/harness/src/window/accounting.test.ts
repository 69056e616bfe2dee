import { packChunks, type RequestTrace } from '@llem/loadgen';
import { describe, expect, it } from 'vitest';
import { workloadSchema } from '@llem/core';
import { accountWindow, type WindowAccount } from './accounting.js';
import { trace } from './trace.fixture.js';

const S = 1e9;
const asked = workloadSchema.parse({});
const openLoop = workloadSchema.parse({ arrival: { process: 'constant', rate: 1 } });

function request(sentS: number, tokenS: readonly number[], more: Partial<RequestTrace> = {}): RequestTrace {
  return {
    index: 0,
    slot: 0,
    conversation: 0,
    turn: 0,
    intendedNs: sentS * S,
    roomNs: more.intendedNs ?? sentS * S,
    sentNs: sentS * S,
    endedNs: (tokenS.at(-1) ?? sentS) * S,
    status: 'completed',
    errorClass: null,
    errorMessage: null,
    inputTokensSent: 10,
    outputTokensAsked: tokenS.length,
    inputTokens: 10,
    inputTokensCached: 0,
    outputTokens: tokenS.length,
    finishReason: 'length',
    chunks: packChunks(tokenS.map((second) => Math.round(second * S))),
    ...more,
  };
}

describe('accounting over (open, close]', () => {
  it('counts output tokens by arrival, the opening event out and the closing event in', async () => {
    const account = await accountWindow(trace([request(0, [1, 2, 3, 4, 5, 6])], 2, 5), asked, true);
    expect(account.tokens.output).toBe(3);
    expect(account.throughput.outputTokensPerS).toBe(1);
  });

  it('counts input tokens at the first token and requests at their end, whatever side they were sent on', async () => {
    const before = request(0, [1, 4]);
    const across = request(1, [3, 9]);
    const account = await accountWindow(trace([before, across], 2, 5), asked, true);
    expect(account.tokens.input).toBe(10);
    expect(account.requests.completedInside).toBe(1);
  });

  it('takes latencies from requests sent inside, followed to their end beyond the window', async () => {
    const account = await accountWindow(
      trace([request(0, [1, 2, 3]), request(4, [4.5, 5.5, 7.5])], 2, 5),
      asked,
      true,
    );
    expect(account.latency.ttftMs).toMatchObject({ count: 1, mean: 500 });
    expect(account.latency.e2eMs?.mean).toBe(3500);
    expect(account.latency.itlMs).toMatchObject({ count: 2, mean: 1500, min: 1000, max: 2000 });
    expect(account.latency.tpotMs?.mean).toBe(1500);
  });

  it('leaves TPOT out for a single token and gives null, not zero, where nothing was sent', async () => {
    expect((await accountWindow(trace([request(3, [3.5])], 2, 5), asked, true)).latency.tpotMs).toBeNull();
    expect((await accountWindow(trace([request(3, [3.5])], 2, 5), asked, true)).latency.ttftMs?.count).toBe(
      1,
    );
    expect((await accountWindow(trace([], 2, 5), asked, true)).latency.ttftMs).toBeNull();
  });

  it('spreads tokens of chunks that bear several', async () => {
    const bursts = request(0, [1, 3, 4, 9], {
      outputTokens: 8,
      outputTokensAsked: 8,
      chunks: packChunks([1 * S, 3 * S, 4 * S, 9 * S], 2),
    });
    expect((await accountWindow(trace([bursts], 2, 5), asked, true)).tokens.output).toBe(4);
  });

  it('counts a failure that happened inside, by class, and a short answer as a wrong length', async () => {
    const failed = request(1, [], { status: 'failed', errorClass: 'http-500', endedNs: 3 * S });
    const short = request(3, [3.1, 3.2], { outputTokensAsked: 5 });
    const account = await accountWindow(trace([failed, short], 2, 5), asked, true);
    expect(account.requests).toMatchObject({ failed: 1, errors: { 'http-500': 1 }, completed: 1 });
    expect(account.tokens.wrongLength).toBe(1);
  });

  it('says when cached tokens are unknown instead of 0', async () => {
    expect(
      (await accountWindow(trace([request(1, [3], { inputTokensCached: null })], 2, 5), asked, true)).tokens
        .inputCached,
    ).toBeNull();
    expect(
      (await accountWindow(trace([request(1, [3], { inputTokensCached: 4 })], 2, 5), asked, true)).tokens
        .inputCached,
    ).toBe(4);
  });

  it('weighs how many requests ran by the time they ran', async () => {
    expect(
      (await accountWindow(trace([request(0, [9]), request(2, [3.5])], 2, 5), asked, true)).throughput
        .meanInFlight,
    ).toBeCloseTo(1.5);
  });

  it('holds events against the count of the engine where each token has its own, else only a count below the events', async () => {
    const told = async (outputTokens: number, eventPerToken: boolean) =>
      (
        await accountWindow(
          trace([request(3, [3.1, 3.2, 3.3, 3.4], { outputTokens })], 2, 5),
          asked,
          eventPerToken,
        )
      ).tokens.mismatch;
    expect(await told(5, true)).toBeCloseTo(-0.2);
    expect(await told(5, false)).toBeNull();
    expect(await told(2, false)).toBeCloseTo(1);
    expect(await told(4, true)).toBe(0);
  });
});

describe('an open loop', () => {
  it('counts what became due inside as offered, sent or not, the edges as everywhere', async () => {
    const late = request(6, [7], { intendedNs: 4 * S });
    const atOpen = request(2, [3]);
    const account = await accountWindow(trace([late, atOpen], 2, 5, [2, 3, 5, 5.1]), asked, true);
    expect(account.throughput.offeredPerS).toBeCloseTo(3 / 3);
    expect(account.requests).toMatchObject({ sent: 0, unsent: 2 });
  });

  it('tells latencies from the actual and from the intended send', async () => {
    const { latency } = await accountWindow(
      trace([request(4, [4.5, 6], { intendedNs: 3 * S })], 2, 5),
      asked,
      true,
    );
    expect(latency.ttftMs?.mean).toBe(500);
    expect(latency.scheduleDelayMs).toMatchObject({ count: 1, mean: 1_000 });
    expect(latency.fromIntended.ttftMs?.mean).toBe(1_500);
    expect(latency.fromIntended.e2eMs?.mean).toBe(3_000);
  });

  it('averages the backlog exactly over each part, those that were never sent and those that outlast the window included', async () => {
    const whole = request(0, [9]);
    const across = request(3.2, [4.05], { intendedNs: 2.45 * S });
    const { throughput } = await accountWindow(trace([whole, across], 2, 5, [4.7]), asked, true);
    const expected = [1, 1.5, 2, 2, 2, 2, 11 / 6, 1, 1, 2];
    expect(throughput.backlogByPart).toHaveLength(10);
    for (const [part, mean] of throughput.backlogByPart.entries())
      expect(mean).toBeCloseTo(expected[part] ?? NaN);
    expect(throughput.meanInFlight).toBeCloseTo((3 + 0.85) / 3);
  });

  it('leaves what waited for room in flight out of how late requests were sent', async () => {
    const lateP99 = async (roomS: number) =>
      (
        await accountWindow(
          trace([request(4, [4.5], { intendedNs: 3 * S, roomNs: roomS * S })], 2, 5),
          asked,
          true,
        )
      ).sentLateP99Ms;
    expect(await lateP99(3)).toBe(1_000);
    expect(await lateP99(3.75)).toBe(250);
    expect(await lateP99(4)).toBe(0);
    expect((await accountWindow(trace([], 2, 5), asked, true)).sentLateP99Ms).toBeNull();
  });

  it('leaves what was never sent for want of room out of it, and out of it alone', async () => {
    const account = await accountWindow(trace([request(4, [4.5])], 2, 5, [2.5, 3]), openLoop, true);
    expect(account.sentLateP99Ms).toBe(0);
    expect(account.throughput.offeredPerS).toBe(1);
  });
});

describe('conversations', () => {
  const turn = (conversation: number, place: number, sentS: number, endS: number, more = {}) =>
    request(sentS, [endS], { conversation, turn: place, ...more });

  it('count where their last turn was completed inside, with their time from the first', async () => {
    const { requests, conversationP50S } = await accountWindow(
      trace(
        [
          turn(1, 0, 0, 1),
          turn(1, 1, 1, 3),
          // Still going on at the close, and later cut off.
          turn(2, 0, 2.5, 3),
          turn(2, 1, 3, 9, { status: 'cancelled' }),
          turn(3, 0, 2.5, 4, { status: 'failed' }),
          turn(4, 0, 4, 5),
          turn(5, 0, 1, 2),
        ],
        2,
        5,
      ),
      asked,
      true,
    );
    expect(requests.completedInside).toBe(3);
    expect(requests.conversationsInside).toBe(2);
    expect(conversationP50S).toBe(1);
  });

  it('have no time where none was completed inside', async () => {
    const account = await accountWindow(trace([turn(1, 0, 0, 1)], 2, 5), asked, true);
    expect(account.requests.conversationsInside).toBe(0);
    expect(account.conversationP50S).toBeNull();
  });
});

describe('a closed loop whose data set is slow', () => {
  it('tells how long its slots waited for a prompt: in the schedule delay, and in how late requests were sent', async () => {
    const account = await accountWindow(trace([request(4, [4.5], { intendedNs: 3 * S })], 2, 5), asked, true);
    expect(account.latency.scheduleDelayMs?.max).toBe(1_000);
    expect(account.latency.fromIntended.ttftMs?.max).toBe(1_500);
    expect(account.sentLateP99Ms).toBe(1_000);
  });

  it('does not forget the slots that never got one', async () => {
    const waiting = trace([request(2.5, [4.5])], 2, 5, [1, 4.5, 6]);
    expect((await accountWindow(waiting, asked, true)).sentLateP99Ms).toBe(4_000);
    expect((await accountWindow(trace([], 2, 5, [3]), asked, true)).sentLateP99Ms).toBe(2_000);
    expect((await accountWindow(trace([], 2, 5, [6]), asked, true)).sentLateP99Ms).toBeNull();
  });
});

describe('goodput', () => {
  const slo = { ttft_ms: 500, itl_ms: 200, tpot_ms: 150, e2e_ms: 2_000 };
  const attainment = async (
    requests: readonly RequestTrace[],
    limits: object = slo,
  ): Promise<WindowAccount['throughput']> =>
    (await accountWindow(trace(requests, 2, 5), workloadSchema.parse({ slo: limits }), true)).throughput;
  const good = request(3, [3.5, 3.6, 3.7]);

  it('counts requests sent inside that hold every limit, failed ones among those that do not, undecided ones among neither', async () => {
    const failed = request(3, [3.1], { status: 'failed', errorClass: 'reset' });
    const late = request(3, [3.6], { status: 'cancelled' });
    const cancelled = request(3, [3.1], { status: 'cancelled' });
    const before = request(1, [1.1, 1.2]);
    expect(await attainment([good, failed, late, cancelled, before])).toMatchObject({ sloAttainment: 1 / 3 });
    expect((await attainment([good])).goodputPerS).toBeCloseTo(1 / 3);
  });

  it.each<[string, RequestTrace]>([
    ['its first token is late from the intended send', { ...good, intendedNs: 2.9 * S }],
    ['its chunks are too far apart on average', request(3, [3.5, 3.95], { outputTokens: 4 })],
    ['its tokens take too long', request(3, [3.1, 3.29], { outputTokens: 2 })],
    ['its end is late', request(3, [3.4, ...Array.from({ length: 17 }, (_, i) => 3.5 + 0.1 * i)])],
    ['it has no token', request(3, [])],
  ])('does not count a request when %s', async (_, missed) => {
    expect((await attainment([missed])).sloAttainment).toBe(0);
  });

  it('takes a limit for held that a request of one token cannot miss, and each limit alone', async () => {
    expect((await attainment([request(3, [3.5])])).sloAttainment).toBe(1);
    expect((await attainment([request(3, [3.9])], { itl_ms: 1 })).sloAttainment).toBe(1);
    expect((await attainment([request(3, [3.9])], { e2e_ms: 899 })).sloAttainment).toBe(0);
  });

  it('is null without an SLO, and its share is where nothing was sent', async () => {
    expect((await accountWindow(trace([good], 2, 5), asked, true)).throughput).toMatchObject({
      goodputPerS: null,
      sloAttainment: null,
    });
    expect(await attainment([])).toMatchObject({ goodputPerS: 0, sloAttainment: null });
  });
});

it('takes an end at the length asked for as truncated only where the model may end by itself', async () => {
  const requests = [
    request(3, [3.1], { finishReason: 'length' }),
    request(3, [3.1], { finishReason: 'stop', outputTokensAsked: 9 }),
  ];
  const of = async (ignore_eos: boolean) =>
    (await accountWindow(trace(requests, 2, 5), workloadSchema.parse({ ignore_eos }), true)).tokens;
  expect(await of(false)).toMatchObject({ truncated: 1, wrongLength: 0 });
  expect(await of(true)).toMatchObject({ truncated: 0, wrongLength: 1 });
});

it('gives zeros and nulls, not NaN, for a window that has no length', async () => {
  const account = await accountWindow(trace([request(3, [3.1])], 0, 0), asked, true);
  expect(JSON.stringify(account)).toBe(
    JSON.stringify(account, (_, value: unknown) => (Number.isNaN(value) ? 'NaN' : value)),
  );
  expect(account.throughput).toMatchObject({ requestsPerS: 0, meanInFlight: 0, offeredPerS: 0 });
});
