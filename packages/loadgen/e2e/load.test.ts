/** Load threads against an engine whose ledger is the truth. */
import { afterEach, expect, it } from 'vitest';
import { arrivalsNs, outputTokensOf } from '../dist/index.js';
import { endAll, engineWith, loadOn, until, type LoadInput } from './load.fixture.js';

afterEach(endAll);

type EngineInput = Parameters<typeof engineWith>[0];

async function load(options: EngineInput, concurrency: number, input: LoadInput = {}) {
  const engine = await engineWith(options);
  const thread = loadOn(engine.baseUrl, { workload: { concurrency }, ...input });
  return { engine, thread };
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
  const arrivals = trace.requests.flatMap((request) => [...arrivalsNs(request.chunks)]);
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
    expect(request.chunks.count).toBe(20);
  }
  const completed = trace.requests.filter((request) => request.status === 'completed');
  for (const request of completed) expect(request.chunks.count).toBe(request.outputTokensAsked);
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

it('tells what a data set throws, with its remedy', async () => {
  const { thread } = await load({}, 2, { dataset: { count: 5 } });
  await expect(thread.failed).rejects.toMatchObject({
    code: 'LLEM_E_LOAD',
    failureClass: 'dataset-exhausted',
    message: 'The data set ran out after 5 prompts.',
  });
});

it.each([2, 5])('is one load with %i threads: exact totals, one clock, one window', async (threads) => {
  const { engine, thread } = await load({ slots: 8, ttftMs: 4, itlMs: 2 }, 7, { more: { threads } });
  await until(thread, () => thread.counters().completed >= 14);
  const openedNs = await thread.mark('open');
  await until(thread, () => thread.counters().completed >= 60);
  const closedNs = await thread.mark('close');
  const trace = await thread.finish();

  expect(trace.threads).toBe(threads);
  expect(engine.ledger.peakRunning).toBe(7);
  expect(trace.requests.map(({ index }) => index)).toEqual(trace.requests.map((_, index) => index));
  expect(new Set(trace.requests.map(({ slot }) => slot))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  expect(new Set(trace.requests.map(({ conversation }) => conversation)).size).toBe(trace.requests.length);
  const at = (ns: number) => trace.originNs + BigInt(Math.round(ns));
  expect([at(trace.openNs), at(trace.closeNs)]).toEqual([openedNs, closedNs]);
  const inside = (ns: number) => ns > trace.openNs && ns <= trace.closeNs;
  for (const request of trace.requests.filter(({ sentNs }) => inside(sentNs))) {
    expect(request).toMatchObject({ status: 'completed', outputTokens: 20 });
  }
  const ours = trace.requests.filter(({ status }) => status === 'completed').length;
  const theirs = engine.ledger.entries.filter(({ outcome }) => outcome === 'completed').length;
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(7);
});

it('pauses until nothing runs, and resumes', async () => {
  const { engine, thread } = await load({ slots: 4, ttftMs: 2, itlMs: 1 }, 4, { more: { threads: 2 } });
  await until(thread, () => thread.counters().completed >= 8);
  await thread.pause();
  expect(thread.counters().inFlight).toBe(0);
  expect(engine.ledger.entries.every(({ outcome }) => outcome === 'completed')).toBe(true);
  const sent = thread.counters().sent;
  thread.resume();
  await until(thread, () => thread.counters().sent >= sent + 8);
  await thread.abort();
});

it('sends at the times of the schedule, whatever the engine does, and says so', async () => {
  const engine = await engineWith({ slots: 1, ttftMs: 40, itlMs: 0 });
  const workload = { arrival: { process: 'constant', rate: 100 }, output_tokens: 1 };
  const thread = loadOn(engine.baseUrl, { workload, more: { threads: 2 } });
  await until(thread, () => thread.counters().sent >= 60);
  const trace = await thread.abort();
  const intended = (trace?.requests.map(({ intendedNs }) => intendedNs) ?? []).sort((a, b) => a - b);
  const first = intended[0] ?? 0;
  // One slot of 40 ms takes 25 a second; 100 are sent all the same. Towards the end those of a thread that was late are missing: it was ended.
  intended.slice(0, 40).forEach((at, index) => expect(at - first).toBeCloseTo(index * 1e7, 0));
  for (const { intendedNs, sentNs } of trace?.requests ?? [])
    expect(sentNs).toBeGreaterThanOrEqual(intendedNs);
});

it('holds a conversation with the answers that came', async () => {
  const { engine, thread } = await load({ slots: 2, chunking: { firstChunk: 'at-start' } }, 2, {
    chat: true,
    dataset: { text: true, turns: 3 },
    workload: { concurrency: 2, api: 'chat' },
  });
  await until(thread, () => thread.counters().completed >= 12);
  const trace = await thread.abort();
  const conversation = trace?.requests.filter((request) => request.conversation === 2) ?? [];
  expect(conversation.map(({ turn }) => turn)).toEqual([0, 1, 2]);
  expect(conversation.every(({ chunks }) => chunks.count === 20)).toBe(true);
  const lengths = conversation.map(({ inputTokens }) => inputTokens ?? 0);
  // Each turn holds the one before, its answer of 20 tokens " a", and more.
  expect(lengths[1]).toBeGreaterThan((lengths[0] ?? 0) + 5);
  expect(lengths[2]).toBeGreaterThan((lengths[1] ?? 0) + 5);
  expect(engine.ledger.entries.every(({ path }) => path === '/v1/chat/completions')).toBe(true);
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

it('hands over everything when it is aborted while it is being finished', async () => {
  const { thread } = await load({ slots: 2, ttftMs: 1, itlMs: 50 }, 2, { more: { threads: 2 } });
  await until(thread, () => thread.counters().chunks >= 4);
  await thread.mark('open');
  await until(thread, () => thread.counters().completed >= 2);
  await thread.mark('close');
  const finished = thread.finish();
  const trace = await thread.abort();
  expect(trace?.requests.length).toBeGreaterThanOrEqual(4);
  expect(await finished).toEqual(trace);
});

it.each([{ concurrency: 4 }, { arrival: { process: 'constant', rate: 100 } }])(
  'hands over everything where the data set has fallen silent: %o',
  async (workload) => {
    const { thread } = await load({ slots: 8, ttftMs: 1, itlMs: 2 }, 4, {
      workload,
      dataset: { stallAfter: 200 },
      more: { threads: 2 },
    });
    await until(thread, () => thread.counters().completed >= 20);
    await thread.mark('open');
    await until(thread, () => thread.counters().completed >= 60);
    await thread.mark('close');
    await until(thread, () => thread.counters().inFlight === 0 && thread.counters().completed >= 200);
    const trace = await thread.finish();
    expect(trace.requests.map(({ status }) => status)).toEqual(Array(200).fill('completed'));
  },
);
