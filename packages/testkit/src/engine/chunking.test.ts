/** In what pieces answers leave: whatever the pieces, the same tokens, and the ledger knows them. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EngineOptionsInput } from './options.js';
import { eventsOf, exchange, requestFor } from './raw.fixture.js';
import { startSimulatedEngine, type SimulatedEngine } from './server.js';

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function start(options: EngineOptionsInput = {}): Promise<SimulatedEngine> {
  const engine = await startSimulatedEngine({ ttftMs: 0, itlMs: 0, ...options });
  engines.push(engine);
  return engine;
}

const asked = (max_tokens: number) => ({
  max_tokens,
  ignore_eos: true,
  stream: true,
  stream_options: { include_usage: true },
});
const completion = (tokens: number) => ({ prompt: [5, 6, 7], ...asked(tokens) });
const chat = (tokens: number) => ({ messages: [{ role: 'user', content: '12345678' }], ...asked(tokens) });

const usageSchema = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish();
const eventSchema = z.object({
  choices: z.array(
    z.object({
      text: z.string().optional(),
      delta: z
        .object({
          role: z.string().optional(),
          content: z.string().optional(),
          reasoning_content: z.string().optional(),
        })
        .optional(),
      finish_reason: z.string().nullable(),
    }),
  ),
  usage: usageSchema,
});

async function ask(engine: SimulatedEngine, body: object, path = '/v1/completions') {
  const response = await fetch(`${engine.baseUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  const data = eventsOf(text);
  const events = data.filter((one) => one !== '[DONE]').map((one) => eventSchema.parse(JSON.parse(one)));
  const choices = events.flatMap((event) => event.choices);
  return {
    body: text,
    data,
    events,
    texts: choices.map((one) => one.text ?? one.delta?.content ?? one.delta?.reasoning_content ?? ''),
    usages: events.map(({ usage }) => usage?.completion_tokens ?? (usage === null ? null : undefined)),
    done: data.at(-1) === '[DONE]',
  };
}

const texts = [' a', 'é', '𝄞', '"', '{}', '\n', 'data: x\r\n\r\n', '\\', '\u2028'];
const variants: [string, EngineOptionsInput][] = [
  ['several tokens an event', { chunking: { tokensPerEvent: 3 } }],
  ['events of changing size', { chunking: { tokensPerEvent: [1, 4, 2] } }],
  ['bursts', { chunking: { eventsPerWrite: 8 } }],
  ['bursts of changing events', { chunking: { eventsPerWrite: 3, tokensPerEvent: [5, 1] } }],
  ['an HTTP chunk for each event', { chunking: { eventsPerWrite: 5, httpChunk: 'event' } }],
  ['HTTP chunks of seven bytes', { chunking: { httpChunk: 7, eventsPerWrite: 2 } }],
  ['a length told beforehand', { chunking: { framing: 'content-length', tokensPerEvent: [2, 3] } }],
  ['an end that is the connection’s', { chunking: { framing: 'close' } }],
  ['extensions and trailers', { chunking: { chunkExtension: true, trailers: true } }],
  ['one byte a write', { chunking: { cut: 1 } }],
  ['cuts at random', { chunking: { cut: 'random', eventsPerWrite: 3, chunkExtension: true } }],
  ['CRLF', { chunking: { lineEnd: 'crlf', cut: 1 } }],
  ['CR', { chunking: { lineEnd: 'cr' } }],
  ['no space after data:', { chunking: { space: false } }],
  ['names, ids and comments', { chunking: { eventName: true, eventId: true, commentEvery: 2 } }],
  ['JSON over several lines', { chunking: { pretty: true } }],
  ['keys in another order', { chunking: { shuffleKeys: true } }],
  ['escapes', { chunking: { escapeUnicode: true } }],
  ['empty texts', { chunking: { emptyTextEvery: 4 } }],
  ['an empty event at the start', { chunking: { firstChunk: 'at-start' } }],
  ['an empty event before the first token', { chunking: { firstChunk: 'with-first-token' } }],
  ['the reason in the last token', { chunking: { finishReason: 'last-token' } }],
  ['no [DONE]', { chunking: { done: false } }],
  ['gzip that nobody asked for', { faults: { gzip: true } }],
  ['usage in the last choice', { usage: 'last-choice' }],
  ['continuous usage', { usage: 'continuous', chunking: { tokensPerEvent: 4 } }],
  ['null usage until the last', { usage: 'null-until-last' }],
  ['no usage', { usage: 'none' }],
];

describe.each(['/v1/completions', '/v1/chat/completions'])('an answer of %s', (path) => {
  it.each(variants)('with %s has all its tokens, and the ledger has them', async (_, options) => {
    const N = 37;
    const engine = await start({ ...options, chunking: { texts, ...options.chunking } });
    const body = path.includes('chat') ? chat(N) : completion(N);
    const answer = await ask(engine, body, path);
    const [entry] = engine.ledger.entries;
    const eventTokens = [...(entry?.eventTokens ?? Array<number>(N).fill(1))];
    const eventText = [...(entry?.eventText ?? eventTokens.map(() => 1))];
    let token = 0;
    const expected = eventTokens.map((tokens, event) => {
      const parts = Array.from({ length: tokens }, () => texts[token++ % texts.length] ?? '');
      return eventText[event] === 1 ? parts.join('') : '';
    });
    expect(answer.texts.filter((text) => text !== '')).toEqual(expected.filter((text) => text !== ''));
    expect(token).toBe(N);
    expect(engine.ledger.tokens).toBe(N);
    expect(entry?.sentNs).toHaveLength(N);
    expect(entry?.outcome).toBe('completed');
    expect([...(entry?.sentNs ?? [])]).toEqual([...(entry?.sentNs ?? [])].sort((a, b) => a - b));
    expect(answer.done).toBe(options.chunking?.done !== false);
    const last = answer.usages.findLast((usage) => typeof usage === 'number');
    expect(last).toBe(options.usage === 'none' ? undefined : N);
  });
});

describe('the bytes', () => {
  const bytesOf = async (options: EngineOptionsInput, tokens = 2) => {
    const engine = await start(options);
    const bytes = await exchange(engine.port, [requestFor(completion(tokens))]);
    expect(bytes.length).toBe(engine.ledger.entries[0]?.bytes);
    return bytes.slice(bytes.indexOf('\r\n\r\n') + 4);
  };

  it('are one HTTP chunk for each token, and one for the end', async () => {
    const chunks = (await bytesOf({})).split('\r\n');
    expect(chunks).toHaveLength(2 * 4 + 1);
    expect(chunks.filter((_, index) => index % 2 === 0).slice(0, 4)).toEqual(
      chunks.filter((_, index) => index % 2 === 1).map((part) => part.length.toString(16)),
    );
    expect(chunks.slice(-3)).toEqual(['0', '', '']);
  });

  it('have extensions in the lines of sizes, and trailers after the last', async () => {
    const body = await bytesOf({ chunking: { chunkExtension: true, trailers: true } });
    expect(body).toMatch(/^[0-9a-f]+;ext="a;b"\r\ndata: \{/);
    expect(body.endsWith('\r\n0;last\r\nx-trailer: yes\r\n\r\n')).toBe(true);
  });

  it('are HTTP chunks of seven bytes where they are asked for', async () => {
    const sizes = [...(await bytesOf({ chunking: { httpChunk: 7 } })).matchAll(/(?:^|\r\n)([0-9a-f])\r\n/g)];
    expect(sizes.filter(([, size]) => size === '7').length).toBeGreaterThan(20);
  });

  it('put name and id into each event, a comment before every second, and no space where none is wanted', async () => {
    const chunking = {
      framing: 'close',
      space: false,
      eventName: true,
      eventId: true,
      commentEvery: 2,
      lineEnd: 'crlf',
    } as const;
    const body = await bytesOf({ chunking });
    expect(body).toMatch(/^event: message\r\nid: 1\r\ndata:\{"id"/);
    expect(body).toContain('\r\n\r\n: ping\r\n\r\nevent: message\r\nid: 2\r\ndata:{');
    expect(body.endsWith('id: 5\r\ndata:[DONE]\r\n\r\n')).toBe(true);
  });

  it('are plain ASCII with escapes, and several data lines where JSON is pretty', async () => {
    const body = await bytesOf({ chunking: { texts: ['é𝄞'], escapeUnicode: true, pretty: true } });
    expect(body).toContain('\ndata:       "text": "\\u00e9\\ud834\\udd1e",\n');
  });

  it('are the same for the same seed, and others for another', async () => {
    const chunking = { framing: 'close', shuffleKeys: true } as const;
    const plain = async (seed: number) => (await bytesOf({ seed, chunking })).replace(/"created":\d+/g, '');
    const first = await plain(1);
    expect(await plain(1)).toBe(first);
    expect(await plain(2)).not.toBe(first);
  });
});

describe('usage', () => {
  it('grows from event to event where it is continuous, and where a request asks for that', async () => {
    const engine = await start({ chunking: { tokensPerEvent: 2 } });
    const stream_options = { include_usage: true, continuous_usage_stats: true };
    const { usages } = await ask(engine, { ...completion(5), stream_options });
    expect(usages).toEqual([2, 4, 5, 5, 5]);
  });

  it('is null in all events but its own', async () => {
    const { usages, events } = await ask(await start({ usage: 'null-until-last' }), completion(2));
    expect(usages).toEqual([null, null, null, 2]);
    expect(events.at(-1)?.choices).toEqual([]);
  });

  it('stands in the event with the reason of the end, which may be that of the last token', async () => {
    const engine = await start({ usage: 'last-choice', chunking: { finishReason: 'last-token' } });
    const { usages, events } = await ask(engine, completion(3));
    expect(usages).toEqual([undefined, undefined, 3]);
    expect(events.at(-1)?.choices[0]).toMatchObject({ text: ' a', finish_reason: 'length' });
  });
});

describe('a chat', () => {
  it('tells its role in an event without a token, and reasons before it answers', async () => {
    const engine = await start({ chunking: { firstChunk: 'at-start', reasoningTokens: 2 } });
    const { events } = await ask(engine, chat(3), '/v1/chat/completions');
    expect(events.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: ' a' },
      { reasoning_content: ' a' },
      { content: ' a' },
      {},
      undefined,
    ]);
    expect(engine.ledger.tokens).toBe(3);
  });
});

it('pings while a request waits for its slot and its first token', async () => {
  const engine = await start({ slots: 1, ttftMs: 60_000, chunking: { pingMs: 1 } });
  const requests = [0, 1].map(() =>
    exchange(engine.port, [requestFor(completion(1))], ': ping\n\n\r\n8\r\n: ping'),
  );
  expect((await Promise.all(requests)).map((bytes) => bytes.includes('data:'))).toEqual([false, false]);
});

it('cuts what it sends into single bytes, each a write, and stamps a token with the last byte of its event', async () => {
  const engine = await start({ chunking: { cut: 1, eventsPerWrite: 3 } });
  await exchange(engine.port, [requestFor(completion(3))]);
  const [first = 0, second = 0, third = 0] = engine.ledger.entries[0]?.sentNs ?? [];
  expect(first).toBeLessThan(second);
  expect(second).toBeLessThan(third);
});

it.each([
  { chunking: { framing: 'content-length', pingMs: 5 } },
  { chunking: { framing: 'content-length' }, faults: { gzip: true } },
  { chunking: { tokensPerEvent: 0 } },
  { chunking: { tokensPerEvent: [] } },
  { chunking: { chops: 3 } },
])('refuses %j', async (options) => {
  const unknown: object = options;
  await expect(start(unknown)).rejects.toThrow();
});
