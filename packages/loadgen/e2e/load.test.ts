/** The load thread against an engine whose ledger is the truth. The thread is the built one: a worker loads JavaScript. */
import { workloadSchema } from '@llem/core';
import {
  simulatedDialect,
  simulatedModel,
  startSimulatedEngine,
  type EngineOptionsInput,
  type SimulatedEngine,
} from '@llem/testkit';
import { afterEach, expect, it } from 'vitest';
import { outputTokensOf, startLoad, type LoadThread } from '../dist/index.js';

const started: { engines: SimulatedEngine[]; loads: LoadThread[] } = { engines: [], loads: [] };
afterEach(async () => {
  await Promise.all(started.loads.splice(0).map((load) => load.terminate()));
  await Promise.all(started.engines.splice(0).map((engine) => engine.close()));
});

async function load(
  options: EngineOptionsInput,
  concurrency: number,
  promptTokenIds = simulatedModel.promptTokenIds,
) {
  const engine = await startSimulatedEngine(options);
  started.engines.push(engine);
  const thread = startLoad({
    endpoint: { baseUrl: engine.baseUrl },
    dialect: simulatedDialect,
    workload: workloadSchema.parse({ concurrency, input_tokens: 16, output_tokens: 20 }),
    model: { ...simulatedModel, promptTokenIds },
    dataset: {
      kind: 'dataset',
      id: 'synthetic',
      moduleUrl: new URL('../dist/dataset/synthetic.js', import.meta.url).href,
      options: {},
    },
    context: { cacheDir: '' },
    seed: 7,
  });
  started.loads.push(thread);
  return { engine, thread };
}

/** Settles when the condition holds; fails when the load does. */
async function until(thread: LoadThread, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await Promise.race([thread.failed, new Promise((resolve) => setImmediate(resolve))]);
  }
}

it('sees every token that the engine sent, when it was sent, and marks the window at token events', async () => {
  const { engine, thread } = await load({ slots: 6, ttftMs: 5, itlMs: 2 }, 4);
  await until(thread, () => thread.counters().completed >= 12);
  const openedNs = await thread.mark('open');
  await until(thread, () => thread.counters().completed >= 40);
  const closedNs = await thread.mark('close');
  const trace = await thread.finish();

  expect(engine.ledger.peakRunning).toBe(4);
  const at = (ns: number) => trace.originNs + BigInt(Math.round(ns));
  expect([at(trace.openNs), at(trace.closeNs)]).toEqual([openedNs, closedNs]);
  const arrivals = trace.requests.flatMap((request) => [...request.chunkNs]);
  expect(arrivals).toContain(trace.openNs);
  expect(arrivals).toContain(trace.closeNs);

  const inside = trace.requests.filter(
    (request) => request.sentNs > trace.openNs && request.sentNs <= trace.closeNs,
  );
  expect(inside.length).toBeGreaterThanOrEqual(20);
  for (const request of inside) {
    expect(request).toMatchObject({
      status: 'completed',
      outputTokensAsked: 20,
      inputTokens: 16,
      finishReason: 'length',
    });
    expect(outputTokensOf(request)).toBe(20);
    expect(request.chunkNs).toHaveLength(20);
  }
  const completed = trace.requests.filter((request) => request.status === 'completed');
  for (const request of completed) expect(request.chunkNs).toHaveLength(request.outputTokensAsked);
  // What the engine had just sent whole when the load was ended may count as cancelled with us; nothing else differs.
  const sentWhole = engine.ledger.entries.filter((entry) => entry.outcome === 'completed').length;
  expect(completed.length).toBeLessThanOrEqual(sentWhole);
  expect(completed.length).toBeGreaterThanOrEqual(sentWhole - 4);
  const earliest = engine.ledger.entries.flatMap((entry) => entry.tokenNs.slice(0, 1)).sort()[0] ?? 0n;
  expect(Number(at(Math.min(...arrivals)) - earliest)).toBeGreaterThan(0);
});

it('cancels what was sent after the window, and leaves no request running', async () => {
  const { engine, thread } = await load({ slots: 8, ttftMs: 1, itlMs: 5 }, 8);
  await until(thread, () => thread.counters().completed >= 8);
  await thread.mark('open');
  await until(thread, () => thread.counters().completed >= 24);
  await thread.mark('close');
  const trace = await thread.finish();
  const late = trace.requests.filter((request) => request.sentNs > trace.closeNs);
  expect(late.every((request) => request.status === 'cancelled' || request.status === 'completed')).toBe(
    true,
  );
  await until(thread, () => engine.ledger.entries.every((entry) => entry.outcome !== 'running')).catch(
    () => undefined,
  );
  expect(trace.requests.some((request) => request.status === 'failed')).toBe(false);
});

it('counts failures in a row, keeps the last, and goes on when the engine recovers', async () => {
  const { thread } = await load({ slots: 4, ttftMs: 1, itlMs: 1, faults: { 'answer-500': 3 } }, 2);
  await until(thread, () => thread.counters().failed >= 2 && thread.counters().completed >= 4);
  expect(thread.counters().lastFailure).toMatch(/^http-500: HTTP 500/);
  expect(thread.counters().failedInARow).toBeLessThan(3);
});

it('names the model whose vocabulary it does not know', async () => {
  const { thread } = await load({}, 1, null);
  await expect(thread.failed).rejects.toMatchObject({
    code: 'LLEM_E_LOAD',
    failureClass: 'unknown-vocabulary',
  });
});

it('hands over what there is when it is aborted, in whatever state', async () => {
  const { thread } = await load({ slots: 2, ttftMs: 1, itlMs: 50 }, 2);
  await until(thread, () => thread.counters().chunks >= 4);
  const openedNs = await thread.mark('open');
  const trace = await thread.abort();
  expect(trace?.requests.map((request) => request.status)).toEqual(
    expect.arrayContaining(['cancelled', 'cancelled']),
  );
  expect(trace).toMatchObject({ closeNs: 0, threadUtilization: null });
  expect((trace?.originNs ?? 0n) + BigInt(trace?.openNs ?? 0)).toBe(openedNs);
});
