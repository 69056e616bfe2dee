/**
 * What happened inside the window (open, close]. Output tokens count by their arrival, input tokens at the request's
 * first token, J/request by requests that ended inside; latencies are those of requests sent inside.
 */
import type { Measurement, Stats } from '@llem/core';
import { outputTokensOf, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import { distribution } from './distribution.js';

/** The window is cut into this many equal parts to see whether it was steady. */
export const WINDOW_PARTS = 10;

export interface WindowAccount {
  readonly durationS: number;
  readonly requests: Measurement['requests'];
  readonly tokens: Measurement['tokens'];
  readonly latency: Measurement['latency'];
  readonly throughput: Measurement['throughput'];
  /** First send to last token of the whole load, warm-up included. */
  readonly wholeRun: { startNs: number; endNs: number; outputTokens: number; inputTokens: number };
}

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;

/** Accounts for a finished load. `eventPerToken` is the dialect's promise. Pure. */
export function accountWindow(trace: LoadTrace, eventPerToken: boolean): WindowAccount {
  const { openNs, closeNs, requests } = trace;
  const durationS = (closeNs - openNs) / NS_PER_S;
  const inside = (ns: number) => ns > openNs && ns <= closeNs;

  const partTokens = new Float64Array(WINDOW_PARTS);
  let output = 0;
  let input = 0;
  let cached: number | null = 0;
  let completedInside = 0;
  let inFlightNs = 0;
  for (const request of requests) {
    forEachChunk(request, (atNs, tokens) => {
      if (!inside(atNs)) return;
      output += tokens;
      const part = Math.min(
        WINDOW_PARTS - 1,
        Math.floor(((atNs - openNs) / (closeNs - openNs)) * WINDOW_PARTS),
      );
      partTokens[part] = (partTokens[part] ?? 0) + tokens;
    });
    const first = request.chunkNs[0];
    if (first !== undefined && inside(first)) {
      input += inputTokensOf(request);
      cached =
        cached === null || request.inputTokensCached === null ? null : cached + request.inputTokensCached;
    }
    if (request.status === 'completed' && inside(request.endedNs)) completedInside += 1;
    inFlightNs += Math.max(0, Math.min(request.endedNs, closeNs) - Math.max(request.sentNs, openNs));
  }

  const sentInside = requests.filter((request) => inside(request.sentNs));
  const whole = sentInside.filter((request) => request.status === 'completed');
  const errors: Record<string, number> = {};
  // A request that failed inside the window counts against it, whenever it was sent.
  const failed = requests.filter(
    (request) => request.status === 'failed' && (inside(request.sentNs) || inside(request.endedNs)),
  );
  for (const { errorClass } of failed)
    errors[errorClass ?? 'unknown'] = (errors[errorClass ?? 'unknown'] ?? 0) + 1;

  return {
    durationS,
    requests: {
      sent: sentInside.length,
      completed: whole.length,
      failed: failed.length,
      cancelled: sentInside.filter((request) => request.status === 'cancelled').length,
      errors,
      completedInside,
    },
    tokens: {
      input: Math.round(input),
      inputCached: cached,
      output: Math.round(output),
      ...compareCounts(whole, eventPerToken),
      wrongLength: whole.filter((request) => outputTokensOf(request) !== request.outputTokensAsked).length,
    },
    latency: latencies(whole),
    throughput: {
      outputTokensPerS: output / durationS,
      totalTokensPerS: (output + input) / durationS,
      requestsPerS: completedInside / durationS,
      outputTokensPerSByPart: [...partTokens].map((tokens) => tokens / (durationS / WINDOW_PARTS)),
      meanInFlight: inFlightNs / (closeNs - openNs),
    },
    wholeRun: wholeRun(requests),
  };
}

function forEachChunk(request: RequestTrace, visit: (atNs: number, tokens: number) => void): void {
  for (const [index, atNs] of request.chunkNs.entries()) visit(atNs, request.chunkTokens?.[index] ?? 1);
}

function inputTokensOf(request: RequestTrace): number {
  return request.inputTokens ?? request.inputTokensSent ?? 0;
}

/**
 * The server's count of tokens against ours, over whole requests. Where an event may bear several tokens we cannot count
 * them, but never are there fewer tokens than events.
 */
function compareCounts(
  whole: readonly RequestTrace[],
  eventPerToken: boolean,
): Pick<Measurement['tokens'], 'source' | 'mismatch'> {
  const told = whole.filter((request) => request.outputTokens !== null);
  if (told.length === 0) return { source: 'client', mismatch: null };
  const server = told.reduce((sum, request) => sum + (request.outputTokens ?? 0), 0);
  const client = told.reduce((sum, request) => sum + request.chunkNs.length, 0);
  const comparable = server > 0 && (eventPerToken || client > server);
  return { source: 'server', mismatch: comparable ? (client - server) / server : null };
}

/**
 * TTFT: first chunk minus send. ITL: gaps between chunks. TPOT: (last - first) / (tokens - 1), undefined under two
 * tokens. E2E: last chunk minus send. All in milliseconds.
 */
function latencies(whole: readonly RequestTrace[]): Measurement['latency'] {
  const ttft: number[] = [];
  const tpot: number[] = [];
  const e2e: number[] = [];
  const gaps = whole.reduce((sum, request) => sum + Math.max(0, request.chunkNs.length - 1), 0);
  const itl = new Float64Array(gaps);
  let gap = 0;
  for (const request of whole) {
    const { chunkNs, sentNs } = request;
    const first = chunkNs[0];
    const last = chunkNs.at(-1);
    if (first === undefined || last === undefined) continue;
    ttft.push((first - sentNs) / NS_PER_MS);
    e2e.push((last - sentNs) / NS_PER_MS);
    const tokens = outputTokensOf(request);
    if (tokens > 1) tpot.push((last - first) / (tokens - 1) / NS_PER_MS);
    for (let i = 1; i < chunkNs.length; i += 1)
      itl[gap++] = ((chunkNs[i] ?? 0) - (chunkNs[i - 1] ?? 0)) / NS_PER_MS;
  }
  const of = (values: readonly number[]): Stats | null => distribution(Float64Array.from(values));
  return { ttftMs: of(ttft), itlMs: distribution(itl), tpotMs: of(tpot), e2eMs: of(e2e) };
}

function wholeRun(requests: readonly RequestTrace[]): WindowAccount['wholeRun'] {
  let startNs = Infinity;
  let endNs = 0;
  let outputTokens = 0;
  let inputTokens = 0;
  for (const request of requests) {
    startNs = Math.min(startNs, request.sentNs);
    endNs = Math.max(endNs, request.chunkNs.at(-1) ?? 0);
    forEachChunk(request, (_, tokens) => {
      outputTokens += tokens;
    });
    if (request.chunkNs.length > 0) inputTokens += inputTokensOf(request);
  }
  return {
    startNs: Number.isFinite(startNs) ? startNs : 0,
    endNs,
    outputTokens: Math.round(outputTokens),
    inputTokens,
  };
}
