import type { LoadTrace, RequestTrace } from '@llem/loadgen';
import { describe, expect, it } from 'vitest';
import { accountWindow } from './accounting.js';

const S = 1e9;

function request(sentS: number, tokenS: readonly number[], more: Partial<RequestTrace> = {}): RequestTrace {
  return {
    index: 0,
    slot: 0,
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
    chunkNs: Float64Array.from(tokenS, (second) => second * S),
    chunkTokens: null,
    ...more,
  };
}
const trace = (requests: readonly RequestTrace[], openS: number, closeS: number): LoadTrace => ({
  originNs: 0n,
  openNs: openS * S,
  closeNs: closeS * S,
  requests,
  threadUtilization: 0.1,
});

describe('accounting over (open, close]', () => {
  it('counts output tokens by arrival, the opening event out and the closing event in', () => {
    const account = accountWindow(trace([request(0, [1, 2, 3, 4, 5, 6])], 2, 5), true);
    expect(account.tokens.output).toBe(3);
    expect(account.throughput.outputTokensPerS).toBe(1);
  });

  it('counts input tokens at the first token and requests at their end, whatever side they were sent on', () => {
    const before = request(0, [1, 4]);
    const across = request(1, [3, 9]);
    const account = accountWindow(trace([before, across], 2, 5), true);
    expect(account.tokens.input).toBe(10);
    expect(account.requests.completedInside).toBe(1);
  });

  it('takes latencies from requests sent inside, followed to their end beyond the window', () => {
    const account = accountWindow(trace([request(0, [1, 2, 3]), request(4, [4.5, 5.5, 7.5])], 2, 5), true);
    expect(account.latency.ttftMs).toMatchObject({ count: 1, mean: 500 });
    expect(account.latency.e2eMs?.mean).toBe(3500);
    expect(account.latency.itlMs).toMatchObject({ count: 2, mean: 1500, min: 1000, max: 2000 });
    expect(account.latency.tpotMs?.mean).toBe(1500);
  });

  it('leaves TPOT out for a single token and gives null, not zero, where nothing was sent', () => {
    expect(accountWindow(trace([request(3, [3.5])], 2, 5), true).latency.tpotMs).toBeNull();
    expect(accountWindow(trace([request(3, [3.5])], 2, 5), true).latency.ttftMs?.count).toBe(1);
    expect(accountWindow(trace([], 2, 5), true).latency.ttftMs).toBeNull();
  });

  it('spreads tokens of chunks that bear several', () => {
    const bursts = request(0, [1, 3, 4, 9], {
      outputTokens: 8,
      outputTokensAsked: 8,
      chunkTokens: new Float64Array(4).fill(2),
    });
    expect(accountWindow(trace([bursts], 2, 5), true).tokens.output).toBe(4);
  });

  it('counts a failure that happened inside, by class, and a short answer as a wrong length', () => {
    const failed = request(1, [], { status: 'failed', errorClass: 'http-500', endedNs: 3 * S });
    const short = request(3, [3.1, 3.2], { outputTokensAsked: 5 });
    const account = accountWindow(trace([failed, short], 2, 5), true);
    expect(account.requests).toMatchObject({ failed: 1, errors: { 'http-500': 1 }, completed: 1 });
    expect(account.tokens.wrongLength).toBe(1);
  });

  it('says when cached tokens are unknown instead of 0', () => {
    expect(
      accountWindow(trace([request(1, [3], { inputTokensCached: null })], 2, 5), true).tokens.inputCached,
    ).toBeNull();
    expect(
      accountWindow(trace([request(1, [3], { inputTokensCached: 4 })], 2, 5), true).tokens.inputCached,
    ).toBe(4);
  });

  it('weighs how many requests ran by the time they ran', () => {
    expect(
      accountWindow(trace([request(0, [9]), request(2, [3.5])], 2, 5), true).throughput.meanInFlight,
    ).toBeCloseTo(1.5);
  });

  it('holds events against the count of the engine where each token has its own, else only a count below the events', () => {
    const told = (outputTokens: number, eventPerToken: boolean) =>
      accountWindow(trace([request(3, [3.1, 3.2, 3.3, 3.4], { outputTokens })], 2, 5), eventPerToken).tokens
        .mismatch;
    expect(told(5, true)).toBeCloseTo(-0.2);
    expect(told(5, false)).toBeNull();
    expect(told(2, false)).toBeCloseTo(1);
    expect(told(4, true)).toBe(0);
  });
});
