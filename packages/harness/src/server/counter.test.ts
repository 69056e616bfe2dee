import { arrivalsNs, packChunks, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import { expect, it } from 'vitest';
import { compareCounter } from './counter.js';
import type { Scrape } from './scrape.js';

const S = 1e9;
const originNs = 700n * BigInt(S);

/** 20 tokens of one request, one each half second, the first half a second after the send. */
const request = (sentS: number): RequestTrace => ({
  index: 0,
  slot: 0,
  conversation: 0,
  turn: 0,
  intendedNs: sentS * S,
  roomNs: sentS * S,
  sentNs: sentS * S,
  endedNs: (sentS + 10) * S,
  status: 'completed',
  errorClass: null,
  errorMessage: null,
  inputTokensSent: 1,
  outputTokensAsked: 20,
  inputTokens: 1,
  inputTokensCached: 0,
  outputTokens: 20,
  finishReason: 'length',
  chunks: packChunks(Array.from({ length: 20 }, (_, index) => (sentS + 0.5 + index / 2) * S)),
});
/** Ten requests a second in flight, out of step: 20 tokens a second. */
const requests = Array.from({ length: 60 }, (_, index) => request(index));
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
const scrape = (atS: number, outputTokens?: number, roundTripNs = 0): Scrape => ({
  atNs: originNs + BigInt(Math.round(atS * S)),
  roundTripNs,
  values: outputTokens === undefined ? { running: 1 } : { outputTokens },
});
/** Every two seconds, of a counter that begins at 1,000. */
const counting = (countAt: (atS: number) => number) =>
  Array.from({ length: 24 }, (_, index) => 0.7 + 2 * index).map((atS) => scrape(atS, 1_000 + countAt(atS)));

const arrived = (atS: number) =>
  requests.reduce((sum, { chunks }) => sum + arrivalsNs(chunks).filter((ns) => ns <= atS * S).length, 0);
const ended = (atS: number) => 20 * requests.filter(({ endedNs }) => endedNs <= atS * S).length;

it('agrees with a counter of tokens, and with one that counts whole answers at their end', () => {
  // From 10.7 s to 38.7 s.
  const counter = compareCounter(counting(arrived), trace());
  expect(counter).toEqual({ durationS: 28, server: 560, client: 560, mismatch: 0 });
  expect(compareCounter(counting(ended), trace())).toEqual(counter);
});

it('takes an engine that counts answers when they have ended at its word, though others are half way', () => {
  // Ten at a time, all in step: from 10.7 s to 28.7 s 20 tokens of each ended, and 35 of each arrived.
  const inStep = Array.from({ length: 40 }, (_, index) => request(10 * Math.floor(index / 10)));
  const endedBy = (atS: number) => 20 * inStep.filter(({ endedNs }) => endedNs <= atS * S).length;
  const counter = compareCounter(counting(endedBy), trace({ requests: inStep, closeNs: 29 * S }));
  expect(counter).toEqual({ durationS: 18, server: 200, client: 200, mismatch: 0 });
});

it('says how far a counter is off, either way, beyond what the edges leave open', () => {
  expect(
    compareCounter(
      counting((atS) => 1.1 * arrived(atS)),
      trace(),
    )?.mismatch,
  ).toBeCloseTo(-56 / 616);
  expect(
    compareCounter(
      counting((atS) => 0.9 * arrived(atS)),
      trace(),
    )?.mismatch,
  ).toBeCloseTo(56 / 504);
});

it('takes nothing for a difference that a slow answer of the server explains', () => {
  const late = (roundTripNs: number) =>
    counting(arrived).map((one, index) => ({
      ...one,
      values: { outputTokens: (one.values.outputTokens ?? 0) + (index === 19 ? 12 : 0) },
      roundTripNs,
    }));
  expect(compareCounter(late(0), trace())?.mismatch).toBeLessThan(-0.01);
  expect(compareCounter(late(2 * S), trace())?.mismatch).toBe(0);
});

it.each<[string, readonly Scrape[], Partial<LoadTrace>]>([
  ['nothing was told', [], {}],
  ['the engine does not count tokens', [scrape(11), scrape(39)], {}],
  ['it was told once', [scrape(11, 5)], {}],
  ['it was told too close together', [scrape(15, 5), scrape(24.9, 300)], {}],
  ['it was told outside of the window alone', [scrape(9.9, 5), scrape(40.1, 600)], {}],
  ['it stands still', [scrape(11, 5), scrape(39, 5)], {}],
  ['it began anew', [scrape(11, 500), scrape(20, 5), scrape(39, 900)], {}],
  ['there was no window', counting(arrived), { openNs: 0, closeNs: 0 }],
])('is null where %s', (_, scrapes, more) => {
  expect(compareCounter(scrapes, trace(more))).toBeNull();
});
