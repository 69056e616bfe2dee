/** The simulated engine: what it sends, when, and what it does wrong. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { parseArguments } from './dialects/llamacpp.js';
import type { EngineOptionsInput } from './options.js';
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

const post = (engine: SimulatedEngine, body: object, path = '/v1/completions', signal?: AbortSignal) =>
  fetch(`${engine.baseUrl}${path}`, { method: 'POST', body: JSON.stringify(body), signal: signal ?? null });
const get = async (engine: SimulatedEngine, path: string) => (await fetch(`${engine.baseUrl}${path}`)).text();

const exact = (max_tokens: number) => ({
  prompt: [5, 6, 7],
  max_tokens,
  min_tokens: max_tokens,
  ignore_eos: true,
  stream: true,
  stream_options: { include_usage: true },
});

const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
});
const choiceSchema = z.object({
  text: z.string().optional(),
  delta: z.object({ content: z.string().optional() }).optional(),
  message: z.object({ content: z.string() }).optional(),
  finish_reason: z.string().nullable(),
});
const answerSchema = z.object({ choices: z.array(choiceSchema), usage: usageSchema.optional() });

/** Events of a stream, without the last, which must be the end. */
async function read(response: Response) {
  const events = (await response.text()).split('\n\n').filter((event) => event !== '');
  expect(events.pop()).toBe('data: [DONE]');
  const parsed = events.map((event) => answerSchema.parse(JSON.parse(event.replace(/^data: /, ''))));
  const choices = parsed.flatMap(({ choices }) => choices);
  return {
    texts: choices.map(({ text, delta }) => text ?? delta?.content ?? '').filter((text) => text !== ''),
    finish: choices.at(-1)?.finish_reason,
    usage: parsed.find(({ usage }) => usage !== undefined)?.usage,
  };
}

describe('a completion', () => {
  it.each([1, 2, 300, 2_000])(
    'streams exactly %d tokens, an event each, with the usage at the end',
    async (n) => {
      const engine = await start();
      const { texts, finish, usage } = await read(await post(engine, exact(n)));
      expect(texts).toHaveLength(n);
      expect(finish).toBe('length');
      expect(usage).toEqual({ prompt_tokens: 3, completion_tokens: n, total_tokens: n + 3 });
    },
  );

  it('streams chat in its own form', async () => {
    const engine = await start();
    const messages = [{ role: 'user', content: '12345678' }];
    const body = { ...exact(4), prompt: undefined, messages };
    const { texts, usage } = await read(await post(engine, body, '/v1/chat/completions'));
    expect(texts).toHaveLength(4);
    expect(usage?.prompt_tokens).toBe(2);
  });

  it('comes whole when no stream is asked for', async () => {
    const engine = await start();
    const text = async (path: string, body: object) =>
      (await post(engine, { ...body, stream: false }, path)).json();
    const plain = answerSchema.parse(await text('/v1/completions', exact(3)));
    expect(plain).toMatchObject({ choices: [{ text: ' a a a' }], usage: { completion_tokens: 3 } });
    const chat = answerSchema.parse(await text('/v1/chat/completions', { messages: [], max_tokens: 2 }));
    expect(chat).toMatchObject({ choices: [{ message: { content: ' a a' } }] });
  });

  it('says nothing of usage unless asked', async () => {
    const engine = await start();
    const { usage } = await read(await post(engine, { ...exact(2), stream_options: undefined }));
    expect(usage).toBeUndefined();
  });

  it('ends at its end of text, but not under min_tokens, and not at all with ignore_eos', async () => {
    const engine = await start({ eosAfterTokens: 5 });
    const lengths = [{}, { min_tokens: 7 }, { ignore_eos: true }].map(async (extra) => {
      const body = { prompt: 'hello', max_tokens: 10, stream: true, ...extra };
      const { texts, finish } = await read(await post(engine, body));
      return [texts.length, finish];
    });
    expect(await Promise.all(lengths)).toEqual([
      [5, 'stop'],
      [7, 'stop'],
      [10, 'length'],
    ]);
  });

  it.each(['', '[]', '{"max_tokens":-1}', '{"prompt":5}'])('that is %j is refused', async (body) => {
    const engine = await start();
    const response = await fetch(`${engine.baseUrl}/v1/completions`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });

  it('that exceeds the context is refused', async () => {
    const engine = await start({ contextPerSlot: 8 });
    expect((await post(engine, exact(5))).status).toBe(200);
    expect((await post(engine, exact(6))).status).toBe(400);
  });
});

describe('the ledger', () => {
  it('has the time of every token, in order, none before it was due', async () => {
    const engine = await start({ ttftMs: 20, itlMs: 5 });
    await read(await post(engine, exact(6)));
    const [entry] = engine.ledger.entries;
    const times = entry?.tokenNs.map((ns) => Number(ns - (entry.startedNs ?? 0n)) / 1e6) ?? [];
    expect(times).toHaveLength(6);
    times.forEach((ms, index) => expect(ms).toBeGreaterThan(20 + 5 * index - 0.5));
    expect(entry?.outcome).toBe('completed');
  });

  it('shows that no more requests run than there are slots, and that all get their turn', async () => {
    const engine = await start({ slots: 3, ttftMs: 1, itlMs: 0.5 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => read(await post(engine, exact(8)))),
    );
    expect(answers.every(({ texts }) => texts.length === 8)).toBe(true);
    expect(engine.ledger.peakRunning).toBe(3);
    expect(engine.ledger.tokens).toBe(80);
  });

  it('notes a client that went away, and its slot is free again', async () => {
    const engine = await start({ slots: 1, itlMs: 10 });
    const controller = new AbortController();
    const response = await post(engine, exact(1_000_000), undefined, controller.signal);
    controller.abort();
    await expect(response.text()).rejects.toThrow();
    await read(await post(engine, exact(2)));
    expect(engine.ledger.entries.map(({ outcome }) => outcome)).toEqual(['cancelled', 'completed']);
  });

  it('can be asked for over HTTP', async () => {
    const engine = await start();
    await read(await post(engine, exact(2)));
    const ledger = z
      .object({ tokens: z.number(), entries: z.array(z.object({ tokenNs: z.array(z.string()) })) })
      .parse(JSON.parse(await get(engine, '/ledger')));
    expect(ledger.tokens).toBe(2);
    expect(ledger.entries[0]?.tokenNs).toEqual(engine.ledger.entries[0]?.tokenNs.map(String));
  });
});

describe('its other pages', () => {
  it('say that it is well, what it serves, and how much it has done', async () => {
    const engine = await start({ model: 'm', slots: 4 });
    await read(await post(engine, exact(5)));
    expect(await get(engine, '/health')).toBe('{"status":"ok"}');
    expect(JSON.parse(await get(engine, '/v1/models'))).toMatchObject({ data: [{ id: 'm' }] });
    expect(JSON.parse(await get(engine, '/props'))).toMatchObject({ total_slots: 4 });
    expect(await get(engine, '/metrics')).toContain('llamacpp:tokens_predicted_total 5\n');
    expect((await fetch(`${engine.baseUrl}/nowhere`)).status).toBe(404);
  });
});

describe('a fault', () => {
  it('hang-at-start: it is never ready', async () => {
    const engine = await start({ faults: { 'hang-at-start': true } });
    expect((await fetch(`${engine.baseUrl}/health`)).status).toBe(503);
    expect((await post(engine, exact(1))).status).toBe(503);
  });

  it('slow-start: it is ready after a while', async () => {
    const engine = await start({ faults: { 'slow-start': 150 } });
    expect((await fetch(`${engine.baseUrl}/health`)).status).toBe(503);
    await vi.waitFor(async () => expect((await fetch(`${engine.baseUrl}/health`)).status).toBe(200), {
      timeout: 10_000,
    });
  });

  it('answer-500: every nth request', async () => {
    const engine = await start({ faults: { 'answer-500': 2 } });
    const codes: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const response = await post(engine, exact(1));
      await response.text();
      codes.push(response.status);
    }
    expect(codes).toEqual([200, 500, 200, 500]);
  });

  it('cut-stream: the connection ends after some tokens', async () => {
    const engine = await start({ itlMs: 1, faults: { 'cut-stream': 3 } });
    await expect(read(await post(engine, exact(10)))).rejects.toThrow();
    expect(engine.ledger.entries[0]).toMatchObject({ outcome: 'cut' });
    expect(engine.ledger.tokens).toBe(3);
  });

  it('short-output: answers end early', async () => {
    const engine = await start({ faults: { 'short-output': 2 } });
    const { texts, finish } = await read(await post(engine, exact(10)));
    expect([texts.length, finish]).toEqual([8, 'stop']);
  });

  it('wrong-usage: the tokens it reports are not those it sent', async () => {
    const engine = await start({ faults: { 'wrong-usage': -1 } });
    const { texts, usage } = await read(await post(engine, exact(10)));
    expect([texts.length, usage?.completion_tokens]).toEqual([10, 9]);
  });

  it('exit-after-tokens: it ends, and every connection with it', async () => {
    const engine = await start({ itlMs: 1, faults: { 'exit-after-tokens': 7 } });
    const answers = await Promise.allSettled(
      [1, 2, 3].map(async () => read(await post(engine, exact(1_000)))),
    );
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await engine.ended).toBe(1);
    expect(engine.ledger.tokens).toBe(7);
  });

  it('hang-after-tokens: nothing more comes, and it still says that it is well', async () => {
    const engine = await start({ itlMs: 1, faults: { 'hang-after-tokens': 4 } });
    const controller = new AbortController();
    const response = await post(engine, exact(1_000), undefined, controller.signal);
    await vi.waitFor(() => expect(engine.ledger.tokens).toBe(4), { timeout: 10_000 });
    expect(await get(engine, '/health')).toBe('{"status":"ok"}');
    expect(engine.ledger.tokens).toBe(4);
    controller.abort();
    await expect(response.text()).rejects.toThrow();
  });

  it('exit-at-start: it does not start', async () => {
    await expect(start({ faults: { 'exit-at-start': 3 } })).rejects.toThrow('failed to load model');
  });

  it('that nobody knows is refused', async () => {
    const unknown: object = { faults: { 'explode-at-noon': true } };
    await expect(start(unknown)).rejects.toThrow('explode-at-noon');
  });
});

it('does not start on a port that is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(start({ port })).rejects.toThrow('EADDRINUSE');
  other.close();
});

describe('the command line', () => {
  it('is that of llama-server, where only some flags mean something', () => {
    const line =
      '-m a.gguf --host 127.0.0.1 --port 9 -np 4 -c 4096 -b 2048 -ub 512 -fa on -ctk q8_0 --metrics --fit off -t 1';
    expect(parseArguments(line.split(' '))).toEqual({
      model: 'a.gguf',
      host: '127.0.0.1',
      port: 9,
      slots: 4,
      contextPerSlot: 1_024,
    });
  });

  it('knows long names, values after "=", and what leaves the choice to the server', () => {
    expect(
      parseArguments(['--model=a', '--port=8', '--parallel=-1', '--ctx-size', '0', '--flash-attn']),
    ).toEqual({
      model: 'a',
      port: 8,
    });
    expect(parseArguments([])).toEqual({});
  });
});
