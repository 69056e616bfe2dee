/** However an engine cuts its answers into pieces, every token is counted and none is seen before it was sent. */
import type { EngineOptionsInput } from '@llem/testkit';
import { afterEach, expect, it } from 'vitest';
import { arrivalsNs, tokensOf } from '../dist/index.js';
import { endAll, engineWith, loadOn, until } from './load.fixture.js';

afterEach(endAll);

const TEXTS = [' a', 'é', '€ "quoted" {', '😀', '\\n}'];

const CHUNKINGS: Readonly<Record<string, EngineOptionsInput & { readonly chat?: boolean }>> = {
  'a token an event': {},
  'three tokens an event': { chunking: { tokensPerEvent: 3 } },
  'a changing number of tokens an event': { chunking: { tokensPerEvent: [1, 4, 2] } },
  'bursts of events': { chunking: { eventsPerWrite: 5, httpChunk: 'event' } },
  'random cuts': { chunking: { cut: 'random', texts: TEXTS } },
  'a byte a write': { chunking: { cut: 1, texts: TEXTS } },
  'tiny HTTP chunks': { chunking: { httpChunk: 7, texts: TEXTS } },
  CRLF: { chunking: { lineEnd: 'crlf' } },
  'CR alone': { chunking: { lineEnd: 'cr' } },
  'comments, names and ids': { chunking: { commentEvery: 2, eventName: true, eventId: true, space: false } },
  'pings while it waits': { chunking: { pingMs: 1 } },
  'extensions and trailers': { chunking: { chunkExtension: true, trailers: true } },
  'a content-length': { chunking: { framing: 'content-length' } },
  'until the connection closes': { chunking: { framing: 'close' } },
  'JSON over several lines': { chunking: { pretty: true } },
  'keys in any order, escapes': { chunking: { shuffleKeys: true, escapeUnicode: true, texts: TEXTS } },
  'an empty first chunk': { chunking: { firstChunk: 'at-start' } },
  'tokens without text': { chunking: { emptyTextEvery: 3 } },
  'the end with the last token': { chunking: { finishReason: 'last-token' } },
  'no [DONE]': { chunking: { done: false } },
  'usage with the end': { usage: 'last-choice' },
  'continuous usage': { usage: 'continuous', chunking: { tokensPerEvent: [1, 4, 2] } },
  'usage: null until the last': { usage: 'null-until-last' },
  'no usage': { usage: 'none' },
  'a chat with its role first': { chat: true, chunking: { firstChunk: 'with-first-token' } },
  'a chat that reasons first': { chat: true, chunking: { reasoningTokens: 5 } },
};

it.each(Object.entries(CHUNKINGS))(
  'counts and times every token: %s',
  async (name, { chat = false, ...options }) => {
    const engine = await engineWith({ slots: 3, ttftMs: 3, itlMs: 1, ...options });
    const thread = loadOn(engine.baseUrl, {
      chat,
      dataset: { text: chat },
      workload: { concurrency: 3, output_tokens: 23, api: chat ? 'chat' : 'completions' },
    });
    await until(thread, () => thread.counters().completed >= 9);
    await thread.pause();
    const trace = await thread.abort();
    const requests = trace?.requests ?? [];
    expect(requests.length).toBe(engine.ledger.entries.length);
    for (const request of requests) {
      expect(request).toMatchObject({ status: 'completed', errorMessage: null });
      const { chunks, outputTokensAsked } = request;
      if (name !== 'no usage') expect(request.outputTokens).toBe(outputTokensAsked);
      expect(tokensOf(chunks)).toBeCloseTo(outputTokensAsked, 9);
    }
    const tokens = engine.ledger.entries.reduce((sum, entry) => sum + entry.sentNs.length, 0);
    expect(requests.reduce((sum, request) => sum + request.outputTokensAsked, 0)).toBe(tokens);
    // No token is seen before it was sent: the nth arrival of all is not before the nth that was sent.
    const shiftNs = Number((trace?.originNs ?? 0n) - engine.ledger.originNs);
    const seen = requests
      .flatMap(({ chunks }) => [...arrivalsNs(chunks)].map((ns) => shiftNs + ns))
      .sort((a, b) => a - b);
    const sent = engine.ledger.entries.flatMap(({ sentNs }) => [...sentNs]).sort((a, b) => a - b);
    if (seen.length < sent.length) expect(options.chunking?.tokensPerEvent).toBeDefined();
    else seen.forEach((at, index) => expect(at).toBeGreaterThanOrEqual(sent[index] ?? 0));
  },
);
