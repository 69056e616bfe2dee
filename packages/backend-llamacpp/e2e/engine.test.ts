/** The embedded engine as a process of its own, over HTTP. */
import { once } from 'node:events';
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  backendWith,
  cacheDir,
  complete,
  dataset,
  experimentWith,
  launchEngine,
  metricsOf,
  post,
  promptOf,
  startEngine,
  stopEngine,
  type EngineProcess,
} from './engine-process.js';

const never = new AbortController().signal;
const exact = { temperature: 0, ignore_eos: true };

describe('a running engine', () => {
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine({ sequences: 3, context: 512, batch_size: 64, threads: 1 });
  });
  afterAll(async () => {
    expect(await stopEngine(engine)).toEqual({ code: 0, signal: null });
  });

  test.each([1, 3, 7])('gives every request exactly its tokens with %i in flight', async (concurrency) => {
    const lengths = Array.from({ length: concurrency * 2 }, (_, i) => 1 + ((i * 13) % 40));
    const answers = await Promise.all(
      lengths.map((max_tokens, i) =>
        complete(engine, {
          ...exact,
          prompt: promptOf(5 + i * 11, 256 + i),
          max_tokens,
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
    );
    expect(answers.map((answer) => answer.tokenEvents)).toEqual(lengths);
    expect(answers.map((answer) => answer.usage?.completion_tokens)).toEqual(lengths);
    expect(answers.map((answer) => answer.usage?.prompt_tokens)).toEqual(lengths.map((_, i) => 5 + i * 11));
    expect(new Set(answers.map((answer) => answer.finishReason))).toEqual(new Set(['length']));
  });

  test('streams the same text and count as it gives in one piece, broken characters included', async () => {
    const request = { ...exact, prompt: promptOf(20), max_tokens: 200 };
    const whole = await complete(engine, request);
    const streamed = await complete(engine, {
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(streamed.text).toBe(whole.text);
    expect(streamed.usage).toEqual(whole.usage);
    expect(streamed.tokenEvents).toBe(200);
  });

  test('draws the same text again with the same seed and another with another', async () => {
    const request = { prompt: promptOf(8), max_tokens: 24, temperature: 1, ignore_eos: true };
    const [first, again, other] = [
      await complete(engine, { ...request, seed: 1 }),
      await complete(engine, { ...request, seed: 1 }),
      await complete(engine, { ...request, seed: 2 }),
    ];
    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  test('counts in /metrics what it has read and generated', async () => {
    const before = await metricsOf(engine);
    await Promise.all(
      [7, 9, 11, 13].map((length) =>
        complete(engine, { ...exact, prompt: promptOf(length), max_tokens: length + 1 }),
      ),
    );
    const after = await metricsOf(engine);
    const grown = (name: string) => (after.get(name) ?? NaN) - (before.get(name) ?? NaN);
    expect(grown('llamacpp:prompt_tokens_total')).toBe(40);
    expect(grown('llamacpp:tokens_predicted_total')).toBe(44);
    expect(grown('llem_engine:requests_total{end="length"}')).toBe(4);
    expect(grown('llamacpp:prompt_seconds_total')).toBeGreaterThan(0);
    expect(after.get('llamacpp:requests_deferred')).toBe(0);
  });

  test('answers a conversation through the template of the model', async () => {
    const response = await post(
      engine,
      { messages: [{ role: 'user', content: 'energy' }], max_tokens: 5, ignore_eos: true },
      '/v1/chat/completions',
    );
    const answer = z
      .object({
        choices: z.array(z.object({ message: z.object({ role: z.string(), content: z.string() }) })),
        usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }),
      })
      .parse(await response.json());
    expect(answer.choices[0]?.message.role).toBe('assistant');
    // <|start|> u s e r \n e n e r g y <|end|> \n <|start|> a s s i s t a n t \n
    expect(answer.usage).toMatchObject({ prompt_tokens: 25, completion_tokens: 5 });
  });

  test('streams an answer of a chat as the dialect reads it, an event for every token', async () => {
    const experiment = experimentWith({ api: 'chat' });
    const backend = backendWith();
    const artifacts = await backend.prepare(experiment, never);
    const { path, body, stream } = backend.dialect(experiment, artifacts, dataset);
    const asked = {
      ...body,
      messages: [{ role: 'user', content: 'energy' }],
      max_tokens: 7,
      min_tokens: 7,
      seed: 1,
    };
    const events = (await (await post(engine, asked, path)).text())
      .split('\n\n')
      .filter((event) => event !== '' && event !== `data: ${stream.done}`)
      .map((event): unknown => JSON.parse(event.slice('data: '.length)));
    const at = (event: unknown, keys: readonly (string | number)[]) =>
      keys.reduce<unknown>(
        (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
        event,
      );
    const told = (keys: readonly (string | number)[]) =>
      events.map((event) => at(event, keys)).filter((value) => value !== undefined && value !== null);
    // The last one holds the end and no token.
    expect(stream.text.flatMap(told)).toHaveLength(7 + 1);
    expect(told(stream.finishReason)).toEqual(['length']);
    expect(told(stream.usage.output)).toEqual([7]);
    expect(told(stream.usage.input)).toEqual([25]);
    expect(told(stream.usage.cachedInput)).toEqual([0]);
  });

  test('tells every quantity that the backend says it tells', async () => {
    const names = Object.values(backendWith().serverMetrics?.names ?? {}).flat();
    const told = await metricsOf(engine);
    expect(names).toHaveLength(4);
    expect(names.filter((name) => !told.has(name))).toEqual([]);
  });

  test('lists its model and says what it is', async () => {
    const models: unknown = await (await fetch(`${engine.baseUrl}/v1/models`)).json();
    expect(models).toMatchObject({ data: [{ id: 'llem/tiny-1m' }] });
    const facts = await backendWith().describe({ baseUrl: engine.baseUrl }, never);
    expect(facts.version).toMatch(/llama\.cpp .+ 3\.21\.1/);
    expect(facts.details).toMatchObject({
      total_slots: 3,
      context_per_sequence: 512,
      engine: { kind: 'embedded', threads: 1, batchSize: 64 },
    });
  });

  test.each([
    ['no JSON', '{', 'not JSON'],
    ['no object', '[]', 'JSON object'],
    ['no prompt', {}, 'missing'],
    ['an empty prompt', { prompt: [] }, 'empty'],
    ['a prompt of another kind', { prompt: { a: 1 } }, 'string or an array'],
    ['a token beyond the vocabulary', { prompt: [1024] }, '0 to 1023'],
    ['a negative token', { prompt: [-1] }, '0 to 1023'],
    ['a token that is a fraction', { prompt: [1.5] }, '0 to 1023'],
    ['several prompts', { prompt: ['a', 'b'] }, 'one prompt'],
    ['a prompt that fills the context', { prompt: promptOf(512) }, '512 tokens'],
    ['an answer that does not fit', { prompt: promptOf(500), max_tokens: 13 }, 'exceed'],
    ['no tokens asked for', { prompt: [300], max_tokens: 0 }, 'max_tokens'],
    ['two answers', { prompt: [300], n: 2 }, '"n" is not supported'],
    ['a stop text', { prompt: [300], stop: ['x'] }, '"stop" is not supported'],
  ])('refuses %s with 400 and says why', async (_, body, message) => {
    const response = await post(engine, body);
    expect(response.status).toBe(400);
    const { error } = z.object({ error: z.object({ message: z.string() }) }).parse(await response.json());
    expect(error.message).toContain(message);
  });

  test('refuses a body that is too large, an unknown path and a wrong method', async () => {
    expect((await post(engine, ' '.repeat(17 * 1024 * 1024))).status).toBe(413);
    expect((await post(engine, {}, '/v1/embeddings')).status).toBe(404);
    expect((await fetch(`${engine.baseUrl}/v1/completions`)).status).toBe(405);
  });

  test('takes a prompt and an answer that fill a sequence to its last token', async () => {
    const answer = await complete(engine, { ...exact, prompt: promptOf(500), max_tokens: 12 });
    expect(answer.usage?.completion_tokens).toBe(12);
  });
});

describe('an engine with one sequence', () => {
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine({ sequences: 1, context: 8192, threads: 1 });
  });
  afterAll(() => stopEngine(engine));

  test('gives the sequence of a client that has gone to the next one, queued or running', async () => {
    const running = new AbortController();
    const long = await post(
      engine,
      { ...exact, prompt: promptOf(8), max_tokens: 8000, stream: true },
      '/v1/completions',
      running.signal,
    );
    await long.body?.getReader().read();
    const queued = new AbortController();
    const waiting = post(
      engine,
      { ...exact, prompt: promptOf(8), max_tokens: 8000 },
      '/v1/completions',
      queued.signal,
    ).catch(() => 'gone');
    while ((await metricsOf(engine)).get('llamacpp:requests_deferred') !== 1) continue;
    const next = complete(engine, { ...exact, prompt: promptOf(8), max_tokens: 4 });
    queued.abort();
    running.abort();
    expect(await waiting).toBe('gone');
    expect((await next).usage?.completion_tokens).toBe(4);
    const metrics = await metricsOf(engine);
    expect(metrics.get('llem_engine:requests_total{end="cancelled"}')).toBe(2);
    expect(metrics.get('llamacpp:requests_processing')).toBe(0);
    // It was given up, not generated to its end for nobody.
    expect(metrics.get('llamacpp:tokens_predicted_total')).toBeLessThan(8000);
  });

  test('ends at once and with 0 when told to stop in the middle of an answer', async () => {
    const other = await startEngine({ sequences: 1, context: 8192, threads: 1 });
    const response = await post(other, { ...exact, prompt: promptOf(8), max_tokens: 8000, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    other.child.kill('SIGTERM');
    expect(await other.exited).toEqual({ code: 0, signal: null });
    await expect(
      (async () => {
        while (!(await reader?.read())?.done);
      })(),
    ).rejects.toThrow();
  });
});

test('a model without a template gets a line for every message', async () => {
  const experiment = experimentWith();
  const backend = backendWith();
  const artifacts = await backend.prepare(experiment, never);
  const bytes = await readFile(artifacts.modelRef);
  bytes.write('tokenizer.chat_templatX', bytes.indexOf('tokenizer.chat_template'), 'latin1');
  const path = join(cacheDir, 'no-template.gguf');
  await writeFile(path, bytes);
  const engine = await startEngine({ threads: 1 }, { ...experiment, model: path });
  const response = await post(
    engine,
    { messages: [{ role: 'user', content: 'energy' }], max_tokens: 1 },
    '/v1/chat/completions',
  );
  await stopEngine(engine);
  // u s e r : | energy | \n | a s s i s t a n t :
  expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 5 + 1 + 1 + 10 } });
});

describe('an engine that cannot start', () => {
  const experiment = experimentWith();
  const backend = backendWith();

  test('says that its port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = z.object({ port: z.number() }).parse(holder.address());
    const engine = await launchEngine({}, experiment, { port });
    const exit = await engine.exited;
    holder.close();
    expect(exit.code).toBe(1);
    const found = backend.diagnose(exit, engine.log());
    expect(found?.class).toBe('port-in-use');
    expect(found?.message).toContain(String(port));
  });

  test.each([
    ['cut off', async (path: string) => truncate(path, 500_000), 'bad-model'],
    ['no GGUF', async (path: string) => writeFile(path, 'not a model'), 'bad-model'],
    [
      'of an unknown architecture',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes.write('lambo', bytes.indexOf('llama'), 'latin1');
        await writeFile(path, bytes);
      },
      'unsupported-model',
    ],
  ])('says that its model is %s', async (name, damage, failureClass) => {
    const artifacts = await backend.prepare(experiment, never);
    const path = join(cacheDir, `${name}.gguf`);
    await copyFile(artifacts.modelRef, path);
    await damage(path);
    const engine = await launchEngine({}, experiment, { artifacts: { ...artifacts, modelRef: path } });
    const exit = await engine.exited;
    expect(exit.code).toBe(1);
    expect(backend.diagnose(exit, engine.log())?.class).toBe(failureClass);
  });

  test('runs with every KV type that the options offer', async () => {
    for (const type of ['f32', 'bf16', 'q8_0', 'q4_0', 'iq4_nl', 'q5_1', 'q5_0', 'q4_1']) {
      const engine = await startEngine({
        kv_type_k: type,
        kv_type_v: type,
        flash_attention: 'on',
        threads: 1,
      });
      const answer = await complete(engine, { ...exact, prompt: promptOf(4), max_tokens: 3 });
      expect(answer.usage?.completion_tokens).toBe(3);
      await stopEngine(engine);
    }
  });

  test('passes its check of this machine', async () => {
    const [check] = backend.checks('process');
    expect(await check?.run(never)).toMatchObject({ status: 'ok' });
    const [missing] = backendWith({ executable: 'no-such-llama-server' }).checks('process');
    expect(await missing?.run(never)).toMatchObject({ status: 'failed' });
  });
});
