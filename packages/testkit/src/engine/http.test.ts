/** HTTP as the engine speaks it: requests in any pieces, tokens, https, and what it tells of itself. */
import { request } from 'node:https';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { selfSignedPair } from '../certificate.js';
import { simulatedMetricMap } from './client.js';
import type { EngineOptionsInput } from './options.js';
import { exchange, requestFor } from './raw.fixture.js';
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
const get = async ({ baseUrl }: SimulatedEngine, path: string) => await fetch(`${baseUrl}${path}`);
const body = { prompt: [1], max_tokens: 2, stream: true };

describe('a request', () => {
  it('is read from single bytes', async () => {
    const { port } = await start();
    expect(await exchange(port, Array.from(requestFor(body)))).toContain('data: [DONE]');
  });

  it('may come in chunks, with extensions and trailers', async () => {
    const { port, ledger } = await start();
    const json = JSON.stringify(body);
    const head = 'POST /v1/completions HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
    const half = json.slice(0, 9);
    const pieces = [
      head,
      `9;a=b\r\n${half}\r\n`,
      `${(json.length - 9).toString(16)}\r\n`,
      json.slice(9),
      '\r\n0\r\na: b\r\n\r\n',
    ];
    expect(await exchange(port, pieces)).toContain('data: [DONE]');
    expect(ledger.entries).toHaveLength(1);
  });

  it('waits for 100 Continue where it says so', async () => {
    const { port } = await start();
    const answer = await exchange(port, [requestFor(body, undefined, 'expect: 100-continue\r\n')]);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('may follow another on its connection, which the ledger tells', async () => {
    const { port, ledger } = await start();
    const first = requestFor(body).replace('connection: close\r\n', '');
    const answer = await exchange(port, [`${first}${requestFor(body)}`]);
    expect(answer.split('data: [DONE]')).toHaveLength(3);
    expect(ledger.entries.map(({ connection }) => connection)).toEqual([0, 0]);
  });

  it('with a body of megabytes is read whole', async () => {
    const { port, ledger } = await start();
    const prompt = Array<number>(300_000).fill(12_345);
    await exchange(port, [requestFor({ ...body, prompt })]);
    expect(ledger.entries[0]).toMatchObject({ inputTokens: 300_000, outcome: 'completed' });
  });

  it.each([
    ['nonsense\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nno colon\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\ncontent-length: 999999999999\r\n\r\n', 413],
    ['POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 400],
    [`GET / HTTP/1.1\r\na: ${'a'.repeat(70_000)}`, 431],
  ])('that is %j is refused', async (text, status) => {
    const { port } = await start();
    expect(await exchange(port, [text])).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

it('asks for its token under /v1, and for none elsewhere', async () => {
  const { port, ledger, baseUrl } = await start({ token: 'secret' });
  const statuses = await Promise.all(
    ['', 'authorization: Bearer wrong\r\n', 'authorization: Bearer secret\r\n'].map(async (header) =>
      (await exchange(port, [requestFor(body, undefined, header)])).slice(9, 12),
    ),
  );
  expect(statuses).toEqual(['401', '401', '200']);
  expect(ledger.entries).toHaveLength(1);
  expect((await fetch(`${baseUrl}/health`)).status).toBe(200);
});

it('speaks https with a given certificate', async () => {
  const pair = selfSignedPair();
  const { baseUrl } = await start({ tls: pair });
  const sent = request(`${baseUrl}/v1/completions`, { method: 'POST', ca: pair.cert, agent: false });
  sent.end(JSON.stringify(body));
  const [response] = z.tuple([z.custom<NodeJS.ReadableStream>()]).parse(await once(sent, 'response'));
  let text = '';
  for await (const part of response) text += String(part);
  expect(text).toContain('data: [DONE]');
  const other = request(baseUrl, { ca: selfSignedPair().cert, agent: false });
  await expect(once(other.end(), 'response')).rejects.toThrow();
});

describe('metrics', () => {
  it('have every name of the map', async () => {
    const engine = await start({ kvTokens: 100, schedulesMs: [[0, 0, 60_000]] });
    const running = exchange(engine.port, [requestFor({ ...body, max_tokens: 5 })]);
    while (engine.ledger.tokens < 2) await new Promise((done) => setImmediate(done));
    const text = await (await get(engine, simulatedMetricMap.path)).text();
    const values = Object.fromEntries(
      Object.entries(simulatedMetricMap.names).map(([quantity, name]) => [
        quantity,
        new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1],
      ]),
    );
    expect(values).toEqual({
      running: '1',
      waiting: '0',
      kvUse: '0.03',
      preemptions: '0',
      cachedTokens: '0',
      inputTokens: '1',
      outputTokens: '2',
    });
    await engine.close();
    await running;
  });

  it('may be missing, slow or garbage', async () => {
    expect((await get(await start({ faults: { 'metrics-404': true } }), '/metrics')).status).toBe(404);
    const before = performance.now();
    await get(await start({ faults: { 'metrics-slow': 100 } }), '/metrics');
    expect(performance.now() - before).toBeGreaterThan(99);
    const garbage = await get(await start({ faults: { 'metrics-garbage': true } }), '/metrics');
    expect(await garbage.text()).not.toMatch(/^llamacpp:\w+ \d+$/m);
  });
});

describe('the ledger', () => {
  it('of many tokens is told whole, as fast as it is read', async () => {
    const engine = await start();
    const many = { ...body, max_tokens: 100_000, ignore_eos: true };
    await Promise.all([1, 2, 3].map(() => exchange(engine.port, [requestFor(many)])));
    const ledger = z
      .object({ entries: z.array(z.object({ tokenNs: z.array(z.string()) })) })
      .parse(await (await get(engine, '/ledger')).json());
    expect(ledger.entries.map(({ tokenNs }) => tokenNs.length)).toEqual([100_000, 100_000, 100_000]);
    const gone = new AbortController();
    await fetch(`${engine.baseUrl}/ledger`, { signal: gone.signal });
    gone.abort();
    expect((await get(engine, '/health')).status).toBe(200);
  });

  it('tells how often each path was asked, but for its own', async () => {
    const engine = await start();
    await Promise.all(['/health', '/health', '/props', '/ledger'].map((path) => get(engine, path)));
    await exchange(engine.port, [requestFor(body)]);
    const asked = { 'GET /health': 2, 'GET /props': 1, 'POST /v1/completions': 1 };
    expect(engine.ledger.asked).toEqual(asked);
    expect(await (await get(engine, '/ledger')).json()).toMatchObject({ asked, tokens: 2 });
  });

  it('can be cleared, and numbers go on', async () => {
    const engine = await start();
    await exchange(engine.port, [requestFor(body)]);
    await fetch(`${engine.baseUrl}/ledger/clear`, { method: 'POST' });
    expect(engine.ledger).toMatchObject({ entries: [], tokens: 0, peakRunning: 0, asked: {} });
    await exchange(engine.port, [requestFor(body)]);
    expect(engine.ledger.entries.map(({ index }) => index)).toEqual([1]);
  });
});

it('holds back what nobody reads, and goes on when it is read again', async () => {
  const engine = await start({ chunking: { eventsPerWrite: 64 } });
  const tokens = 200_000;
  const response = await fetch(`${engine.baseUrl}/v1/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...body, max_tokens: tokens, ignore_eos: true }),
  });
  let before = -1;
  while (engine.ledger.tokens !== before) {
    before = engine.ledger.tokens;
    await new Promise((done) => setTimeout(done, 50));
  }
  expect(before).toBeLessThan(tokens);
  expect((await response.text()).split('data: {"id"')).toHaveLength(tokens + 2);
  expect(engine.ledger.entries[0]).toMatchObject({ outcome: 'completed' });
});
