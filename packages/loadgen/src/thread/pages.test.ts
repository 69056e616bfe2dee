import { expect, it } from 'vitest';
import { arrivalsNs, packChunks, type Chunks } from '../chunks.js';
import type { RequestTrace } from '../trace.js';
import { createTracePages, inOrderOfSending, memoryOf, unpackPage, type TracePages } from './pages.js';

const traceOf = (sentNs: number, chunks: Chunks): RequestTrace => ({
  index: 0,
  slot: 0,
  conversation: 0,
  turn: 0,
  intendedNs: sentNs,
  roomNs: sentNs,
  sentNs,
  endedNs: sentNs,
  status: 'completed',
  errorClass: null,
  errorMessage: null,
  inputTokensSent: null,
  outputTokensAsked: 1,
  inputTokens: null,
  inputTokensCached: null,
  outputTokens: null,
  finishReason: null,
  chunks,
});
/** So many chunks, a second apart. */
const chunksFrom = (sentNs: number, count: number, tokens?: Chunks['tokens']) =>
  packChunks(
    Array.from({ length: count }, (_, chunk) => sentNs + (chunk + 1) * 1e9),
    tokens,
  );

/** The requests of every page as another thread gets them. */
function* handedOver(pages: TracePages) {
  for (let page = pages.take(); page; page = pages.take())
    yield unpackPage(structuredClone(page, { transfer: memoryOf(page) }));
}

it('hands over every request of several threads with its chunks, in the order of sending, numbered anew', () => {
  const threads = [createTracePages(100, 1_000), createTracePages(100, 1_000)];
  const sizes = [0, 1, 30, 90, 250, 100, 101, 7];
  for (const [place, count] of sizes.entries()) {
    for (const [thread, pages] of threads.entries()) {
      const sentNs = 10 * (sizes.length - place) + thread;
      pages.add(traceOf(sentNs, chunksFrom(sentNs, count)));
    }
  }
  const pages = threads.flatMap((thread) => [...handedOver(thread)]);
  expect(pages.length).toBeGreaterThan(4);
  const requests = inOrderOfSending(pages.flat());
  expect(requests.map(({ index }) => index)).toEqual(Array.from({ length: 16 }, (_, index) => index));
  const sent = requests.map(({ sentNs }) => sentNs);
  expect(sent).toEqual([...sent].sort((one, other) => one - other));
  expect(requests.map(({ chunks }) => chunks.count)).toEqual(
    sizes.toReversed().flatMap((count) => [count, count]),
  );
  for (const { sentNs, chunks } of requests)
    expect(arrivalsNs(chunks)).toEqual(arrivalsNs(chunksFrom(sentNs, chunks.count)));
});

it('hands over the tokens of each chunk', () => {
  const pages = createTracePages(6, 10);
  pages.add(traceOf(1, chunksFrom(1, 3, Uint32Array.of(4, 0, 6))));
  pages.add(traceOf(2, chunksFrom(2, 3, 2.5)));
  const requests = inOrderOfSending([...handedOver(pages)].flat());
  expect(requests.map(({ chunks }) => chunks.tokens)).toEqual([Uint32Array.of(4, 0, 6), 2.5]);
});

it('hands over everything else that a trace has, and nothing where there is nothing', () => {
  const pages = createTracePages();
  const full: RequestTrace = {
    ...traceOf(5, chunksFrom(5, 2)),
    slot: 3,
    conversation: 4,
    turn: 1,
    intendedNs: 2 ** 52 + 1,
    roomNs: 2 ** 52 + 2,
    sentNs: 2 ** 52 + 3,
    endedNs: 2 ** 52 + 4,
    inputTokensSent: 7,
    outputTokensAsked: 8,
    inputTokens: 0,
    inputTokensCached: 10,
    outputTokens: 11,
    finishReason: 'length',
  };
  const failed: RequestTrace = {
    ...traceOf(6, packChunks([])),
    slot: null,
    status: 'failed',
    errorClass: 'reset',
    errorMessage: '',
  };
  const cancelled: RequestTrace = { ...traceOf(7, packChunks([9])), status: 'cancelled' };
  for (const trace of [full, failed, cancelled]) pages.add(trace);
  expect([...handedOver(pages)]).toEqual([
    [full, failed, cancelled].map((trace, index) => ({ ...trace, index })),
  ]);
});

it('bounds a page by its requests too, and has none of nothing', () => {
  const pages = createTracePages(100, 2);
  expect(pages.take()).toBeNull();
  for (let sentNs = 0; sentNs < 5; sentNs += 1) pages.add(traceOf(sentNs, packChunks([])));
  expect([...handedOver(pages)].map(({ length }) => length).sort()).toEqual([1, 2, 2]);
  expect(pages.take()).toBeNull();
});

it('keeps a copy, so that the memory of a request can be used again', () => {
  const pages = createTracePages();
  const chunks = chunksFrom(0, 3);
  pages.add(traceOf(0, chunks));
  chunks.gaps.fill(0);
  const [page = []] = handedOver(pages);
  expect(page.map((trace) => [...arrivalsNs(trace.chunks)])).toEqual([[1e9, 2e9, 3e9]]);
});
