import type { Prompt } from '@llem/core';
import { expect, it } from 'vitest';
import { startClosedLoop } from './closed-loop.js';
import type { CompletionClient, CompletionRequest } from './http/completion.js';
import type { RequestTrace } from './trace.js';

function* prompts(count = Infinity): Generator<Prompt, void, undefined> {
  for (let i = 0; i < count; i += 1) yield { content: [i], inputTokens: 1, outputTokens: 100 };
}

const traceOf = (request: CompletionRequest, status: RequestTrace['status']): RequestTrace => ({
  index: request.index,
  slot: request.slot,
  sentNs: 0,
  endedNs: 1,
  status,
  errorClass: null,
  errorMessage: null,
  inputTokensSent: 1,
  outputTokensAsked: request.prompt.outputTokens,
  inputTokens: null,
  inputTokensCached: null,
  outputTokens: null,
  finishReason: null,
  chunkNs: new Float64Array(),
  chunkTokens: null,
});

/** A client whose answers come one macrotask later, and that keeps what it was asked. */
function recorder(status: RequestTrace['status'] = 'completed') {
  const asked: CompletionRequest[] = [];
  let inFlight = 0;
  let most = 0;
  const client: CompletionClient = {
    complete: (request) => {
      asked.push(request);
      inFlight += 1;
      most = Math.max(most, inFlight);
      return new Promise((resolve) =>
        setImmediate(() => {
          inFlight -= 1;
          resolve(traceOf(request, status));
        }),
      );
    },
    close: () => undefined,
  };
  return { client, asked, mostInFlight: () => most };
}

function run(slots: number, seed: number, total: number, recording: ReturnType<typeof recorder>) {
  let ended = 0;
  const loop = startClosedLoop({
    slots,
    seed,
    client: recording.client,
    prompts: prompts(),
    now: () => 0,
    onSent: () => undefined,
    onToken: () => undefined,
    onEnded: () => {
      ended += 1;
      if (ended === total) loop.stop();
    },
  });
  return loop.stopped;
}

it('keeps exactly as many requests in flight as it has slots', async () => {
  const recording = recorder();
  await run(7, 1, 100, recording);
  expect(recording.mostInFlight()).toBe(7);
  expect(recording.asked.length).toBeGreaterThanOrEqual(100);
  expect(new Set(recording.asked.map((request) => request.index)).size).toBe(recording.asked.length);
});

it('draws the first length of every slot from 1 to the full length and asks for the full length afterwards', async () => {
  const recording = recorder();
  await run(64, 3, 640, recording);
  const first = recording.asked.slice(0, 64).map((request) => request.prompt.outputTokens);
  expect(Math.min(...first)).toBeLessThan(20);
  expect(Math.max(...first)).toBeGreaterThan(80);
  expect(first.every((length) => length >= 1 && length <= 100)).toBe(true);
  expect(recording.asked.slice(64).every((request) => request.prompt.outputTokens === 100)).toBe(true);
});

it('draws the same first lengths for the same seed', async () => {
  const [a, b, c] = [recorder(), recorder(), recorder()];
  await Promise.all([run(16, 5, 16, a), run(16, 5, 16, b), run(16, 6, 16, c)]);
  const lengths = (recording: typeof a) =>
    recording.asked.slice(0, 16).map((request) => request.prompt.outputTokens);
  expect(lengths(a)).toEqual(lengths(b));
  expect(lengths(a)).not.toEqual(lengths(c));
});

it('pauses after a failure instead of hammering a broken engine, and stops at once all the same', async () => {
  const recording = recorder('failed');
  await run(4, 1, 4, recording);
  expect(recording.asked).toHaveLength(4);
});

it('says when the data set has run out', async () => {
  const { client } = recorder();
  const loop = startClosedLoop({
    slots: 2,
    seed: 1,
    client,
    prompts: prompts(3),
    now: () => 0,
    onSent: () => undefined,
    onToken: () => undefined,
    onEnded: () => undefined,
  });
  await expect(loop.stopped).rejects.toThrow(/no more prompts/);
});
