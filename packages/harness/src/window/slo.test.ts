import { sloSchema } from '@llem/core';
import { packChunks, type RequestTrace } from '@llem/loadgen';
import { describe, expect, it } from 'vitest';
import { request } from './trace.fixture.js';
import { decidedAfterS, sloOutcome } from './slo.js';

/** Due at 0, cut off after so many ms, with chunks at these ms; eleven tokens were asked for. */
function cutOff(endedMs: number, chunkMs: readonly number[], more: Partial<RequestTrace> = {}): RequestTrace {
  return {
    ...request(0, endedMs / 1_000),
    status: 'cancelled',
    outputTokensAsked: 11,
    outputTokens: null,
    chunks: packChunks(chunkMs.map((ms) => ms * 1e6)),
    ...more,
  };
}
const outcome = (of: RequestTrace, limits: object) => sloOutcome(of, sloSchema.parse(limits));

describe('a request that was cut off', () => {
  it('has missed a first token whose limit had passed, before it came or without it', () => {
    expect(outcome(cutOff(501, []), { ttft_ms: 500 })).toBe('missed');
    expect(outcome(cutOff(900, [501, 600]), { ttft_ms: 500 })).toBe('missed');
    expect(outcome(cutOff(499, []), { ttft_ms: 500 })).toBe('undecided');
  });

  it('has held where a first token in time is all that is asked', () => {
    expect(outcome(cutOff(900, [400]), { ttft_ms: 500 })).toBe('held');
    expect(outcome(cutOff(900, [400]), { ttft_ms: 500, e2e_ms: 2_000 })).toBe('undecided');
    expect(outcome(cutOff(900, [400]), { ttft_ms: 500, tpot_ms: 200 })).toBe('undecided');
  });

  it('has missed an end whose limit had passed', () => {
    expect(outcome(cutOff(2_001, [100, 200]), { e2e_ms: 2_000 })).toBe('missed');
    expect(outcome(cutOff(1_999, [100, 200]), { e2e_ms: 2_000 })).toBe('undecided');
  });

  it('has missed a mean gap that all the tokens asked for could no longer bring below the limit', () => {
    for (const limits of [{ itl_ms: 50 }, { tpot_ms: 50 }]) {
      expect(outcome(cutOff(601, [100, 110]), limits)).toBe('missed');
      expect(outcome(cutOff(599, [100, 110]), limits)).toBe('undecided');
      expect(outcome(cutOff(9_000, []), limits)).toBe('undecided');
      expect(outcome(cutOff(9_000, [100], { outputTokensAsked: 1 }), limits)).toBe('undecided');
    }
  });

  it('is judged from its intended send', () => {
    expect(outcome(cutOff(400, [], { intendedNs: -200e6 }), { ttft_ms: 500 })).toBe('missed');
  });
});

it('calls a failed request failed, whatever came of it in time', () => {
  expect(outcome(cutOff(900, [100], { status: 'failed' }), { ttft_ms: 500 })).toBe('failed');
});

it('knows when every request has held or missed: by its end, or by its first token and all gaps', () => {
  const after = (limits: object) => decidedAfterS(sloSchema.parse(limits), 101, 9);
  expect(after({ ttft_ms: 500 })).toBe(0.5);
  expect(after({ ttft_ms: 500, itl_ms: 50, e2e_ms: 3_000 })).toBe(3);
  expect(after({ ttft_ms: 500, itl_ms: 50, tpot_ms: 40 })).toBe(4.5);
  expect(after({ tpot_ms: 40 })).toBe(13);
});
