import { packChunks, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import { expect, it } from 'vitest';
import { requestsOfOthers } from './others.js';
import type { Scrape } from './scrape.js';

const S = 1e9;
const originNs = 700n * BigInt(S);

const request = (sentS: number, endedS: number): RequestTrace => ({
  index: 0,
  slot: 0,
  conversation: 0,
  turn: 0,
  intendedNs: sentS * S,
  roomNs: sentS * S,
  sentNs: sentS * S,
  endedNs: endedS * S,
  status: 'completed',
  errorClass: null,
  errorMessage: null,
  inputTokensSent: 1,
  outputTokensAsked: 1,
  inputTokens: 1,
  inputTokensCached: 0,
  outputTokens: 1,
  finishReason: 'length',
  chunks: packChunks([]),
});
/** Four slots of requests of ten seconds, one after the other. */
const requests = Array.from({ length: 4 }, (_, slot) =>
  Array.from({ length: 6 }, (__, turn) => request(10 * turn + slot, 10 * turn + slot + 9.99)),
).flat();
const trace = (more: Partial<LoadTrace> = {}): LoadTrace => ({
  originNs,
  openNs: 10 * S,
  closeNs: 40 * S,
  requests,
  unsentNs: new Float64Array(),
  threadUtilization: null,
  threads: 1,
  arrivalClock: 'kernel',
  ...more,
});
const scrape = (atS: number, running?: number, waiting?: number): Scrape => ({
  atNs: originNs + BigInt(Math.round(atS * S)),
  roundTripNs: 2e6,
  values: {
    ...(running === undefined ? { outputTokens: 5 } : { running }),
    ...(waiting === undefined ? {} : { waiting }),
  },
});
const every2s = (running: (atS: number) => number, waiting?: number) =>
  Array.from({ length: 24 }, (_, index) => 0.7 + 2 * index).map((atS) => scrape(atS, running(atS), waiting));

it('sees none where the server has what it was sent, running or waiting', () => {
  expect(
    requestsOfOthers(
      every2s(() => 4),
      trace(),
    ),
  ).toEqual({ readings: 15, over: 0, most: 0 });
  expect(
    requestsOfOthers(
      every2s(() => 1, 3),
      trace(),
    ),
  ).toMatchObject({ over: 0 });
});

it('sees what is more than that, inside the window', () => {
  const found = requestsOfOthers(
    every2s((atS) => (atS > 20 && atS < 26 ? 6 : 4)),
    trace(),
  );
  expect(found).toEqual({ readings: 15, over: 3, most: 2 });
  expect(
    requestsOfOthers(
      every2s((atS) => (atS < 10 || atS > 40 ? 9 : 4)),
      trace(),
    ),
  ).toMatchObject({ over: 0 });
  expect(
    requestsOfOthers(
      every2s(() => 4, 1),
      trace(),
    ),
  ).toMatchObject({ over: 15, most: 1 });
});

it('takes nothing for another that was ours a few seconds ago, as some servers tell it', () => {
  const fifth = trace({ requests: [...requests, request(18, 20)] });
  const between = (from: number, to: number) => every2s((atS) => (atS > from && atS < to ? 5 : 4));
  expect(requestsOfOthers(between(20, 24), fifth)).toMatchObject({ over: 0 });
  expect(requestsOfOthers(between(26, 30), fifth)).toMatchObject({ over: 2 });
});

it('takes nothing for another that has just ended here while the next one was sent', () => {
  const atEnd = requests.map((one) => (one.sentNs === 10 * S ? { ...one, endedNs: 20.68 * S } : one));
  expect(requestsOfOthers([scrape(20.7, 5)], trace({ requests: atEnd }))).toMatchObject({ over: 0 });
  expect(requestsOfOthers([scrape(20.7, 5)], trace())).toMatchObject({ over: 1 });
});

it('tells nothing where the server does not', () => {
  expect(requestsOfOthers([], trace())).toBeNull();
  expect(requestsOfOthers([scrape(20)], trace())).toBeNull();
});
