/**
 * What happened inside the window (open, close]. Output tokens count by their arrival, input tokens at the request's
 * first token, J/request by requests that ended inside; latencies are those of requests sent inside.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Measurement, Workload } from '@llem/core';
import { tokensBetween, tokensOf, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import { backlogSpans, inFlightSpans, meanByPart } from './backlog.js';
import { compareCounts } from './counts.js';
import { distribution } from './distribution.js';
import { failuresInside } from './failures.js';
import { latencies } from './latency.js';
import { sloOutcome, type SloOutcome } from './slo.js';

/** The window is cut into this many equal parts to see whether it was steady. */
export const WINDOW_PARTS = 10;

export interface WindowAccount {
  readonly durationS: number;
  readonly requests: Measurement['requests'];
  readonly tokens: Omit<Measurement['tokens'], 'counter'>;
  readonly latency: Measurement['latency'];
  readonly throughput: Measurement['throughput'];
  /** Of the requests sent inside, in the order of sending; null without an SLO. */
  readonly sloOutcomes: readonly SloOutcome[] | null;
  /**
   * How late requests were sent at p99 once there was room for them, ms: what the client took, the wait for a prompt
   * included. Null when none were to be sent.
   */
  readonly sentLateP99Ms: number | null;
  /** Median time of the conversations that were completed inside, from the send of their first turn, s; null of none. */
  readonly conversationP50S: number | null;
  /** First send to last token of the whole load, warm-up included. */
  readonly wholeRun: { startNs: number; endNs: number; outputTokens: number; inputTokens: number };
}

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;

/** What the accounting needs to know of the workload that was held. */
export type Asked = Pick<Workload, 'ignore_eos' | 'slo' | 'arrival'>;

/**
 * Accounts for a finished load. `eventPerToken` is the dialect's promise. Figures of an empty window are 0. Pure, but in
 * turns: of an hour of a large server it takes some seconds.
 */
export async function accountWindow(
  trace: LoadTrace,
  asked: Asked,
  eventPerToken: boolean,
): Promise<WindowAccount> {
  const { openNs, closeNs, requests } = trace;
  const window = { fromNs: openNs, toNs: closeNs };
  const durationS = (closeNs - openNs) / NS_PER_S;
  const perS = (count: number) => (durationS > 0 ? count / durationS : 0);
  const inside = (ns: number) => ns > openNs && ns <= closeNs;

  const byPart = outputByPart(trace);
  const output = byPart.reduce((sum, tokens) => sum + tokens, 0);
  let input = 0;
  /** Of the requests that tell; a server may leave out what is 0. Null when none tells. */
  let cached: number | null = null;
  let completedInside = 0;
  for (const request of requests) {
    const { firstNs } = request.chunks;
    if (firstNs !== null && inside(firstNs)) {
      input += inputTokensOf(request);
      if (request.inputTokensCached !== null) cached = (cached ?? 0) + request.inputTokensCached;
    }
    if (request.status === 'completed' && inside(request.endedNs)) completedInside += 1;
  }

  await nextTurn();
  const conversationTimes = conversationTimesS(requests, inside);
  await nextTurn();
  const sentInside = requests.filter((request) => inside(request.sentNs));
  const whole = sentInside.filter((request) => request.status === 'completed');
  const errors = failuresInside(trace);
  const unsent = trace.unsentNs.filter(inside).length;
  const due = requests.filter(({ intendedNs }) => inside(intendedNs)).length + unsent;
  const { slo } = asked;
  const sloOutcomes = slo && sentInside.map((request) => sloOutcome(request, slo));
  const good = sloOutcomes?.filter((outcome) => outcome === 'held').length ?? null;
  const known = sloOutcomes?.filter((outcome) => outcome !== 'undecided').length ?? 0;

  return {
    durationS,
    requests: {
      sent: sentInside.length,
      completed: whole.length,
      failed: Object.values(errors).reduce((sum, count) => sum + count, 0),
      cancelled: sentInside.filter((request) => request.status === 'cancelled').length,
      errors,
      completedInside,
      conversationsInside: conversationTimes.length,
      unsent,
    },
    tokens: {
      input: Math.round(input),
      inputCached: cached,
      output: Math.round(output),
      ...compareCounts(whole, eventPerToken, asked.ignore_eos),
      truncated: asked.ignore_eos ? 0 : whole.filter(({ finishReason }) => finishReason === 'length').length,
    },
    latency: await latencies(whole),
    throughput: {
      outputTokensPerS: perS(output),
      totalTokensPerS: perS(output + input),
      requestsPerS: perS(completedInside),
      outputTokensPerSByPart: byPart.map((tokens) => perS(tokens * WINDOW_PARTS)),
      meanInFlight: meanByPart(inFlightSpans(trace), window, 1)[0] ?? 0,
      offeredPerS: perS(due),
      goodputPerS: good === null ? null : perS(good),
      sloAttainment: good === null || known === 0 ? null : good / known,
      backlogByPart: meanByPart(backlogSpans(trace), window, WINDOW_PARTS),
    },
    sloOutcomes,
    sentLateP99Ms: sentLateP99Ms(sentInside, asked.arrival === null ? unsentLateNs(trace) : []),
    conversationP50S: distribution(conversationTimes)?.p50 ?? null,
    wholeRun: wholeRun(requests),
  };
}

/** How long the conversations took whose last turn was completed inside. A turn that another follows is not the last. */
function conversationTimesS(
  requests: readonly RequestTrace[],
  inside: (ns: number) => boolean,
): Float64Array<ArrayBuffer> {
  const begunNs = new Map<number, number>();
  const last = new Map<number, RequestTrace>();
  for (const request of requests) {
    const { conversation, turn, sentNs } = request;
    if (turn === 0) begunNs.set(conversation, sentNs);
    if (turn >= (last.get(conversation)?.turn ?? 0)) last.set(conversation, request);
  }
  const completed = [...last.values()].filter(
    ({ status, endedNs }) => status === 'completed' && inside(endedNs),
  );
  return Float64Array.from(
    completed,
    ({ conversation, endedNs }) => (endedNs - (begunNs.get(conversation) ?? endedNs)) / NS_PER_S,
  );
}

function sentLateP99Ms(sentInside: readonly RequestTrace[], unsentLateNs: readonly number[]): number | null {
  const lateNs = [...sentInside.map(({ roomNs, sentNs }) => sentNs - roomNs), ...unsentLateNs];
  return distribution(Float64Array.from(lateNs, (ns) => ns / NS_PER_MS))?.p99 ?? null;
}

/** How late requests were at the end of the window that a closed loop has not sent: their slots waited for a prompt. */
function unsentLateNs({ unsentNs, closeNs }: LoadTrace): number[] {
  return Array.from(unsentNs, (dueNs) => closeNs - dueNs).filter((ns) => ns > 0);
}

/** Output tokens that arrived in each part of the window. */
function outputByPart({ openNs, closeNs, requests }: LoadTrace): number[] {
  const edgeNs = (part: number) =>
    part === WINDOW_PARTS ? closeNs : openNs + ((closeNs - openNs) * part) / WINDOW_PARTS;
  const parts = Array.from({ length: WINDOW_PARTS }, (_, part) => ({
    fromNs: edgeNs(part),
    toNs: edgeNs(part + 1),
    tokens: 0,
  }));
  for (const { chunks } of requests) {
    for (const part of parts) part.tokens += tokensBetween(chunks, part.fromNs, part.toNs);
  }
  return parts.map(({ tokens }) => tokens);
}

function inputTokensOf(request: RequestTrace): number {
  return request.inputTokens ?? request.inputTokensSent ?? 0;
}

function wholeRun(requests: readonly RequestTrace[]): WindowAccount['wholeRun'] {
  let startNs = Infinity;
  let endNs = 0;
  let outputTokens = 0;
  let inputTokens = 0;
  for (const request of requests) {
    startNs = Math.min(startNs, request.sentNs);
    endNs = Math.max(endNs, request.chunks.lastNs ?? 0);
    outputTokens += tokensOf(request.chunks);
    if (request.chunks.count > 0) inputTokens += inputTokensOf(request);
  }
  return {
    startNs: Number.isFinite(startNs) ? startNs : 0,
    endNs,
    outputTokens: Math.round(outputTokens),
    inputTokens,
  };
}
