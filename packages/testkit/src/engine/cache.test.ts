/** The prefix cache: what hits, what is forgotten, and what it saves. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPrefixCache } from './cache.js';
import type { EngineOptionsInput } from './options.js';
import { startSimulatedEngine, type SimulatedEngine } from './server.js';

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const cacheOf = (blockTokens: number, capacityBlocks: number | null = null) =>
  createPrefixCache({ cache: { blockTokens, capacityBlocks } });

describe('a prompt', () => {
  it('hits with the whole blocks that it begins with, and never with its last token', () => {
    const cache = cacheOf(4);
    const hits = [
      range(0, 10),
      range(0, 10),
      range(0, 8),
      [...range(0, 4), 99, ...range(5, 10)],
      range(1, 10),
    ];
    expect(hits.map((prompt) => cache?.take(prompt))).toEqual([0, 8, 4, 4, 0]);
  });

  it('hits nothing where a block in the middle is another, though the later ones are the same', () => {
    const cache = cacheOf(1);
    cache?.take([1, 2, 3, 4]);
    expect(cache?.take([1, 9, 3, 4])).toBe(1);
  });

  it.each([[[]], [[1]], [[1, 2]]])('as short as %j hits nothing in blocks of 2', (prompt) => {
    const cache = cacheOf(2);
    cache?.take(prompt);
    expect(cache?.take(prompt)).toBe(0);
  });

  it('is forgotten when others have filled the cache, the least recently used first', () => {
    const cache = cacheOf(1, 4);
    cache?.take([1, 2]);
    cache?.take([3, 4]);
    cache?.take([1, 2]);
    cache?.take([5, 6]);
    expect(cache?.blocks()).toBe(4);
    expect([cache?.take([1, 2]), cache?.take([3, 4])]).toEqual([1, 0]);
  });
});

async function start(options: EngineOptionsInput) {
  const engine = await startSimulatedEngine({ ttftMs: 0, itlMs: 0, cache: { blockTokens: 4 }, ...options });
  engines.push(engine);
  const post = (path: string, body: object = {}) =>
    fetch(`${engine.baseUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const ask = async (prompt: unknown) => {
    const answer: unknown = await (await post('/v1/completions', { prompt, max_tokens: 1 })).json();
    const { usage } = z
      .object({ usage: z.object({ prompt_tokens_details: z.object({ cached_tokens: z.number() }) }) })
      .parse(answer);
    return usage.prompt_tokens_details.cached_tokens;
  };
  const reset = async () => (await post('/reset_prefix_cache')).status;
  return { engine, ask, reset, post };
}

describe('an engine with a cache', () => {
  it('tells of hits in usage, ledger and metrics, for ids and for text', async () => {
    const { engine, ask } = await start({});
    expect([await ask(range(0, 9)), await ask(range(0, 9)), await ask('a'.repeat(40))]).toEqual([0, 8, 0]);
    expect(await ask('a'.repeat(40))).toBe(8);
    expect(engine.ledger.entries.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 8, 0, 8]);
    const metrics = await (await fetch(`${engine.baseUrl}/metrics`)).text();
    expect(metrics).toContain('\nllamacpp:prompt_tokens_cached_total 16\n');
    expect(metrics).toContain('\nllamacpp:prompt_tokens_total 38\n');
  });

  it('saves the time of what it need not prefill', async () => {
    const { engine, ask } = await start({ prefillMsPerToken: 10 });
    await ask(range(0, 9));
    await ask(range(0, 9));
    const [cold = 0, warm = 0] = engine.ledger.entries.map(({ sentNs, startedNs }) => {
      const first = engine.ledger.originNs + BigInt(Math.floor(sentNs[0] ?? 0));
      return Number(first - (startedNs ?? 0n)) / 1e6;
    });
    expect(cold).toBeGreaterThanOrEqual(89.99);
    expect(warm).toBeGreaterThanOrEqual(9.99);
    expect(warm).toBeLessThan(80);
  });

  it('is emptied when it is asked to and does nothing else', async () => {
    const { ask, reset } = await start({});
    await ask(range(0, 9));
    expect(await reset()).toBe(200);
    expect(await ask(range(0, 9))).toBe(0);
  });

  it('is not emptied while a request runs', async () => {
    const { engine, ask, reset, post } = await start({ schedulesMs: [[0], [0, 60_000]] });
    await ask(range(0, 9));
    const response = await post('/v1/completions', { prompt: [1], max_tokens: 2, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    expect(await reset()).toBe(400);
    await reader?.cancel();
    while (engine.ledger.entries.at(-1)?.outcome === 'running')
      await new Promise((done) => setImmediate(done));
    expect(await reset()).toBe(200);
  });

  it('may refuse, or say that it did and not do it', async () => {
    const refuses = await start({ faults: { 'reset-refused': true } });
    expect(await refuses.reset()).toBe(400);
    const lies = await start({ faults: { 'reset-lies': true } });
    await lies.ask(range(0, 9));
    expect([await lies.reset(), await lies.ask(range(0, 9))]).toEqual([200, 8]);
  });

  it('is one of the options: without it nothing hits, and there is nothing to reset', async () => {
    const { ask, reset } = await start({ cache: null });
    expect([await ask(range(0, 9)), await ask(range(0, 9)), await reset()]).toEqual([0, 0, 404]);
  });
});
