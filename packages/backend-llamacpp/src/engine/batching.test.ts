/** Continuous batching, step by step, over a context that only writes down what it is given. */
import { expect, test } from 'vitest';
import type { AddonContext } from './addon.js';
import { makeBatching, type FinishReason, type Generation } from './batching.js';
import { makeMetrics } from './metrics.js';
import type { LoadedModel } from './model.js';

const END = 99;

interface Entry {
  readonly sequence: number;
  readonly position: number;
  readonly tokens: readonly number[];
}

/** A context whose every drawn token is its position, but for those named in `ends`, which draw the end of text. */
function recorder(ends: ReadonlySet<number> = new Set()) {
  const steps: Entry[][] = [];
  const logits: number[] = [];
  let failure: Error | null = null;
  const context: AddonContext = {
    init: () => Promise.resolve(true),
    getContextSize: () => 4096,
    getThreads: () => 1,
    initBatch: () => {
      steps.push([]);
      logits.length = 0;
    },
    addToBatch(sequence, position, tokens, wanted) {
      steps.at(-1)?.push({ sequence, position, tokens: [...tokens] });
      return wanted.map((at) => logits.push(position + at) - 1);
    },
    decodeBatch: () => (failure ? Promise.reject(failure) : new Promise((resolve) => setImmediate(resolve))),
    sampleToken: (at) => {
      const position = logits[at] ?? -1;
      return Promise.resolve(ends.has(position) ? END : position);
    },
    disposeSequence: () => undefined,
  };
  const model: LoadedModel = {
    context,
    threads: 1,
    sequenceContext: 1024,
    vocabularySize: 100,
    description: '',
    tokenBytes: () => new Uint8Array(0),
    endsGeneration: (token) => token === END,
    tokenize: () => new Uint32Array(0),
    renderChat: () => '',
    makeSampler: () => ({ applyConfig: () => undefined, dispose: () => undefined }),
  };
  return { model, steps, failWith: (error: Error) => (failure = error) };
}

/** A request and a promise of its end. */
function request(length: number, maxTokens: number, more: Partial<Generation> = {}) {
  const tokens: number[] = [];
  let settle: (reason: FinishReason) => void = () => undefined;
  const ended = new Promise<FinishReason>((resolve) => (settle = resolve));
  const generation: Generation = {
    prompt: new Uint32Array(length).fill(7),
    maxTokens,
    minTokens: 0,
    ignoreEos: false,
    sampling: { temperature: 0 },
    onToken(token, finish) {
      tokens.push(token);
      if (finish) settle(finish);
    },
    ...more,
  };
  return { generation, tokens, ended };
}

test('reads a prompt in pieces while the answers of others go on', async () => {
  const { model, steps } = recorder();
  const batching = makeBatching(model, makeMetrics(), { sequences: 2, batchSize: 8 });
  const short = request(2, 6);
  const long = request(20, 1);
  batching.submit(short.generation);
  batching.submit(long.generation);
  const run = batching.run();
  expect(await Promise.all([short.ended, long.ended])).toEqual(['length', 'length']);
  batching.stop();
  await run;
  expect(short.tokens).toHaveLength(6);
  expect(steps.every((step) => step.reduce((sum, { tokens }) => sum + tokens.length, 0) <= 8)).toBe(true);
  // The answer has one token in every step in which the long prompt is read.
  expect(steps.slice(0, 3).map((step) => step.map(({ tokens }) => tokens.length))).toEqual([
    [2, 6],
    [1, 7],
    [1, 7],
  ]);
});

test('gives llama.cpp ascending sequences and positions without gaps', async () => {
  const { model, steps } = recorder();
  const batching = makeBatching(model, makeMetrics(), { sequences: 3, batchSize: 16 });
  const requests = [5, 1, 9, 3, 12].map((length, i) => request(length, 1 + i));
  for (const { generation } of requests) batching.submit(generation);
  const run = batching.run();
  await Promise.all(requests.map(({ ended }) => ended));
  batching.stop();
  await run;
  const next = new Map<number, number>();
  for (const step of steps) {
    expect(step.map(({ sequence }) => sequence)).toEqual(
      [...new Set(step.map(({ sequence }) => sequence))].sort((a, b) => a - b),
    );
    for (const { sequence, position, tokens } of step) {
      if (position > 0) expect(position).toBe(next.get(sequence));
      next.set(sequence, position + tokens.length);
    }
  }
});

test('serves who waits in the order of their coming', async () => {
  const { model } = recorder();
  const batching = makeBatching(model, makeMetrics(), { sequences: 1, batchSize: 16 });
  const order: number[] = [];
  const requests = [0, 1, 2, 3].map((i) => {
    const made = request(2, 2);
    void made.ended.then(() => order.push(i));
    return made;
  });
  for (const { generation } of requests) batching.submit(generation);
  const run = batching.run();
  await Promise.all(requests.map(({ ended }) => ended));
  batching.stop();
  await run;
  expect(order).toEqual([0, 1, 2, 3]);
});

test.each([
  ['ends an answer', {}, 'stop', 3],
  ['is passed over with ignore_eos', { ignoreEos: true }, 'length', 6],
  ['is passed over before min_tokens', { minTokens: 4 }, 'length', 6],
  ['ends an answer at min_tokens', { minTokens: 3 }, 'stop', 3],
])('the end of text %s', async (_, more, finish, count) => {
  // A prompt of 2 draws at positions 1, 2, 3: the third token is the end.
  const { model } = recorder(new Set([3]));
  const batching = makeBatching(model, makeMetrics(), { sequences: 1, batchSize: 16 });
  const made = request(2, 6, more);
  batching.submit(made.generation);
  const run = batching.run();
  expect(await made.ended).toBe(finish);
  batching.stop();
  await run;
  expect(made.tokens).toHaveLength(count);
});

test('tells nothing more to a request that was given up', async () => {
  const { model } = recorder();
  const metrics = makeMetrics();
  const batching = makeBatching(model, metrics, { sequences: 1, batchSize: 16 });
  let told = 0;
  const gone: Generation = request(2, 1000, {
    onToken() {
      told++;
      batching.cancel(gone);
    },
  }).generation;
  const next = request(2, 1);
  batching.submit(gone);
  batching.submit(next.generation);
  const run = batching.run();
  await next.ended;
  batching.cancel(next.generation);
  batching.stop();
  await run;
  expect(told).toBeLessThanOrEqual(2);
  expect(metrics.finished).toEqual({ length: 1, stop: 0, cancelled: 1 });
});

test('fails as a whole when llama.cpp fails', async () => {
  const { model, failWith } = recorder();
  const batching = makeBatching(model, makeMetrics(), { sequences: 1, batchSize: 16 });
  failWith(new Error('no KV slot'));
  batching.submit(request(2, 1).generation);
  await expect(batching.run()).rejects.toThrow('no KV slot');
});
