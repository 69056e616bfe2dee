/**
 * What a measurement says against what the engine knows to have sent and when, for every way of cutting answers into
 * pieces. Long, and to be run on a machine that does nothing else: its limits are times.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { workloadSchema } from '@llem/core';
import {
  ledgerLatencies,
  simulatedChatDialect,
  simulatedDialect,
  simulatedModel,
  SIMULATED_LLAMA_SERVER,
  type EngineOptionsInput,
  type LedgerRead,
} from '@llem/testkit';
import { startLoad, tokensOf, type LoadThread } from '@llem/loadgen';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accountWindow } from '../src/window/accounting.js';
import { distribution } from '../src/window/distribution.js';

/** An engine in a process of its own: what is measured must not wait for what measures. */
interface EngineProcess {
  readonly baseUrl: string;
  ledger(): Promise<{
    originNs: bigint;
    entries: readonly (LedgerRead & { readonly sentNs: Float64Array })[];
  }>;
  close(): Promise<void>;
}

const nanoseconds = z.string().transform(BigInt);
const ledgerSchema = z.object({
  originNs: nanoseconds,
  entries: z.array(
    z.object({
      receivedNs: nanoseconds,
      startedNs: nanoseconds.nullable(),
      outcome: z.enum(['running', 'completed', 'cancelled', 'cut', 'refused']),
      tokenNs: z.array(nanoseconds),
      eventTokens: z.array(z.number()).nullable(),
      eventText: z.array(z.number()).nullable(),
    }),
  ),
});

async function startEngine(options: EngineOptionsInput): Promise<EngineProcess> {
  const child = spawn(process.execPath, [SIMULATED_LLAMA_SERVER, '--port', '0'], {
    env: { ...process.env, LLEM_SIMULATED_ENGINE: JSON.stringify(options) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      const address = /listening on (http\S+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`the engine ended with ${String(code)}: ${said}`)));
  });
  return {
    baseUrl,
    async ledger() {
      const { originNs, entries } = ledgerSchema.parse(await (await fetch(`${baseUrl}/ledger`)).json());
      return {
        originNs,
        entries: entries.map(({ tokenNs, eventTokens, eventText, ...rest }) => ({
          ...rest,
          sentNs: Float64Array.from(tokenNs, (ns) => Number(ns - originNs)),
          eventTokens: eventTokens && Uint32Array.from(eventTokens),
          eventText: eventText && Uint8Array.from(eventText),
        })),
      };
    },
    async close() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

const started: { engines: EngineProcess[]; loads: LoadThread[] } = { engines: [], loads: [] };
afterEach(async () => {
  await Promise.all(started.loads.splice(0).map((load) => load.terminate()));
  await Promise.all(started.engines.splice(0).map((engine) => engine.close()));
});

const WINDOW_MS = 3_000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(options: EngineOptionsInput, workloadInput: object) {
  const engine = await startEngine(options);
  started.engines.push(engine);
  const workload = workloadSchema.parse({ input_tokens: 16, output_tokens: 48, ...workloadInput });
  const spoken = workload.api === 'chat' ? simulatedChatDialect : simulatedDialect;
  // An engine that puts several tokens into an event does not promise an event for each.
  const eventPerToken = spoken.stream.eventPerToken && options.chunking?.tokensPerEvent === undefined;
  const dialect = { ...spoken, stream: { ...spoken.stream, eventPerToken } };
  const load = startLoad({
    endpoint: { baseUrl: engine.baseUrl },
    dialect,
    workload,
    model: simulatedModel,
    dataset: {
      kind: 'dataset',
      id: 'prompts',
      moduleUrl: new URL('./prompts.mjs', import.meta.url).href,
      options: { text: workload.api === 'chat' },
    },
    context: { cacheDir: '' },
    seed: 11,
    threads: 1,
    silenceS: 30,
  });
  started.loads.push(load);
  while (load.counters().completed < 16) await Promise.race([wait(10), load.failed]);
  const openNs = await load.mark('open');
  await wait(WINDOW_MS);
  const closeNs = await load.mark('close');
  const trace = await load.finish();
  const account = await accountWindow(trace, workload, eventPerToken);
  const { originNs, entries } = await engine.ledger();
  // Requests arrive in the order in which they are sent, over a loopback that has no other.
  const byArrival = [...entries].sort((one, other) => Number(one.receivedNs - other.receivedNs));
  const sentNs = trace.requests.map(({ sentNs: ns }) => trace.originNs + BigInt(Math.round(ns)));
  const truth = ledgerLatencies(
    { originNs, entries: byArrival.map((entry, index) => ({ ...entry, receivedNs: sentNs[index] ?? 0n })) },
    { openNs, closeNs },
  );
  const transitMs = byArrival.map(
    ({ receivedNs }, index) => Number(receivedNs - (sentNs[index] ?? 0n)) / 1e6,
  );
  return { entries, trace, account, truth, transitMs: distribution(Float64Array.from(transitMs)) };
}

const TEXTS = [' a', 'é', '€ "quoted" {', '😀', '\n}'];
const CHUNKINGS: Readonly<Record<string, EngineOptionsInput & { readonly api?: 'chat' }>> = {
  'a token an event': {},
  'three tokens an event': { chunking: { tokensPerEvent: 3 } },
  'a changing number of tokens an event': { chunking: { tokensPerEvent: [1, 4, 2] } },
  'bursts of events': { chunking: { eventsPerWrite: 4, httpChunk: 'event' } },
  'random cuts': { chunking: { cut: 'random', texts: TEXTS } },
  CRLF: { chunking: { lineEnd: 'crlf' } },
  'comments, names and ids': { chunking: { commentEvery: 2, eventName: true, eventId: true } },
  'pings while it waits': { chunking: { pingMs: 5 } },
  'an empty first chunk': { chunking: { firstChunk: 'at-start' } },
  'the end with the last token': { chunking: { finishReason: 'last-token' } },
  'until the connection closes': { chunking: { framing: 'close' } },
  'JSON over several lines': { chunking: { pretty: true, shuffleKeys: true } },
  'usage with the end': { usage: 'last-choice' },
  'continuous usage': { usage: 'continuous', chunking: { tokensPerEvent: [1, 4, 2] } },
  'no usage': { usage: 'none' },
  'a chat that reasons first': {
    api: 'chat',
    chunking: { firstChunk: 'with-first-token', reasoningTokens: 5 },
  },
};

/** Within 1 ms or 1 %. */
function expectClose(name: string, ours: number | undefined, theirs: number | undefined, withinMs = 1): void {
  const [a, b] = [ours ?? NaN, theirs ?? NaN];
  const error = Math.abs(a - b);
  expect(error <= withinMs || error <= 0.01 * b, `${name}: ${a} measured, ${b} sent`).toBe(true);
}

describe.each(Object.entries(CHUNKINGS))('%s', (_, { api = 'completions', ...options }) => {
  it('is measured as it was sent', async () => {
    const { entries, trace, account, truth, transitMs } = await measure(
      { slots: 8, ttftMs: 25, itlMs: 7, jitter: { itl: 0.3, ttft: 0.3 }, ...options },
      { concurrency: 6, api },
    );
    // Counts are exact: of every request that completed, and of the requests that the window counts.
    for (const request of trace.requests) {
      if (request.status !== 'completed') continue;
      expect(tokensOf(request.chunks)).toBeCloseTo(request.outputTokensAsked, 9);
    }
    expect(account.requests).toMatchObject({ failed: 0, cancelled: 0 });
    expect(account.tokens.mismatch ?? 0).toBe(0);
    const completedThere = entries.filter(({ outcome }) => outcome === 'completed').length;
    const completedHere = trace.requests.filter(({ status }) => status === 'completed').length;
    expect(Math.abs(completedThere - completedHere)).toBeLessThanOrEqual(6);

    // A request is sent when we say so: it is there at once, and never before.
    // One that the end of the load cut off while its connection was opened never got there; it is among the last that were sent.
    const cutOff = trace.requests.filter(
      ({ status, chunks }) => status === 'cancelled' && chunks.count === 0,
    );
    expect(entries.length).toBeLessThanOrEqual(trace.requests.length);
    expect(entries.length).toBeGreaterThanOrEqual(trace.requests.length - cutOff.length);
    expect(transitMs?.min).toBeGreaterThan(0);
    expectClose('send', transitMs?.p50, 0);

    const { latency, throughput } = account;
    const pairs = [
      ['TTFT', latency.ttftMs, truth.ttftMs],
      ['ITL', latency.itlMs, truth.itlMs],
      ['TPOT', latency.tpotMs, truth.tpotMs],
      ['E2E', latency.e2eMs, truth.e2eMs],
    ] as const;
    for (const [figure, ours, values] of pairs) {
      const theirs = distribution(values);
      expectClose(`${figure} p50`, ours?.p50, theirs?.p50);
      expectClose(`${figure} mean`, ours?.mean, theirs?.mean);
      expectClose(`${figure} p99`, ours?.p99, theirs?.p99, 5);
    }
    expectClose('throughput', throughput.outputTokensPerS, truth.outputTokensPerS ?? NaN, 0);
  });
});

describe('Poisson arrivals, as the engine receives them', () => {
  const RATE = 100;
  const INTERVAL_S = 0.1;

  it.each([1, 4, 16])('have an index of dispersion of 1 with %i connections and threads', async (threads) => {
    const engine = await startEngine({ slots: 64, ttftMs: 0, itlMs: 0 });
    started.engines.push(engine);
    const load = startLoad({
      endpoint: { baseUrl: engine.baseUrl },
      dialect: simulatedDialect,
      workload: workloadSchema.parse({
        arrival: { process: 'poisson', rate: RATE, max_in_flight: threads },
        input_tokens: 1,
        output_tokens: 1,
      }),
      model: simulatedModel,
      dataset: {
        kind: 'dataset',
        id: 'prompts',
        moduleUrl: new URL('./prompts.mjs', import.meta.url).href,
        options: {},
      },
      context: { cacheDir: '' },
      seed: 5,
      threads,
      silenceS: 30,
    });
    started.loads.push(load);
    while (load.counters().sent < 2_500) await Promise.race([wait(20), load.failed]);
    await load.abort();
    const { entries, originNs } = await engine.ledger();
    const atS = entries.map(({ receivedNs }) => Number(receivedNs - originNs) / 1e9).sort((a, b) => a - b);
    const first = atS[0] ?? 0;
    const intervals = Math.floor(((atS.at(-1) ?? 0) - first) / INTERVAL_S);
    const counts = new Float64Array(intervals);
    for (const at of atS) {
      const interval = Math.floor((at - first) / INTERVAL_S);
      if (interval < intervals) counts[interval] = (counts[interval] ?? 0) + 1;
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / intervals;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (intervals - 1);
    // The 95 % interval of the index of Poisson counts: 1 +- 1.96 sqrt(2 / (n - 1)); three of these seeds lie inside.
    const index = variance / mean;
    console.log(
      `${threads} connections and threads: index of dispersion ${index.toFixed(3)} over ${intervals} intervals`,
    );
    expect(Math.abs(index - 1)).toBeLessThan(3 * Math.sqrt(2 / (intervals - 1)));
  });
});
