/**
 * Latencies of whole requests. TTFT: first chunk minus send. ITL: gaps between chunks. TPOT: (last - first) / (tokens - 1),
 * undefined under two tokens. E2E: last chunk minus send. From the actual send, and from the intended one, so that what a
 * request waited in the client is not hidden. Milliseconds.
 */
import type { Measurement, Slo, Stats } from '@llem/core';
import { outputTokensOf, type RequestTrace } from '@llem/loadgen';
import { distribution } from './distribution.js';

const NS_PER_MS = 1e6;

export function latencies(whole: readonly RequestTrace[]): Measurement['latency'] {
  const gaps = whole.reduce((sum, request) => sum + Math.max(0, request.chunkNs.length - 1), 0);
  const itl = new Float64Array(gaps);
  let gap = 0;
  for (const { chunkNs } of whole) {
    for (let i = 1; i < chunkNs.length; i += 1)
      itl[gap++] = ((chunkNs[i] ?? 0) - (chunkNs[i - 1] ?? 0)) / NS_PER_MS;
  }
  const of = (pick: (request: RequestTrace) => number | null): Stats | null =>
    distribution(Float64Array.from(whole.map(pick).filter((value) => value !== null)));
  return {
    ttftMs: of((request) => since(request.sentNs, request.chunkNs[0])),
    itlMs: distribution(itl),
    tpotMs: of(tpotMs),
    e2eMs: of((request) => since(request.sentNs, request.chunkNs.at(-1))),
    scheduleDelayMs: of(({ intendedNs, sentNs }) => since(intendedNs, sentNs)),
    fromIntended: {
      ttftMs: of((request) => since(request.intendedNs, request.chunkNs[0])),
      e2eMs: of((request) => since(request.intendedNs, request.chunkNs.at(-1))),
    },
  };
}

/** True when a request completed and held every limit: TTFT and E2E from the intended send, the mean of its own gaps. */
export function holdsSlo(request: RequestTrace, slo: Slo): boolean {
  if (request.status !== 'completed') return false;
  const { intendedNs, chunkNs } = request;
  const [first, last] = [chunkNs[0], chunkNs.at(-1)];
  // Without a token there is nothing that could have been in time.
  if (first === undefined || last === undefined) return false;
  const itlMs = chunkNs.length > 1 ? (last - first) / (chunkNs.length - 1) / NS_PER_MS : null;
  const within = (value: number | null, limit: number | undefined) =>
    limit === undefined || value === null || value <= limit;
  return (
    within(since(intendedNs, first), slo.ttft_ms) &&
    within(itlMs, slo.itl_ms) &&
    within(tpotMs(request), slo.tpot_ms) &&
    within(since(intendedNs, last), slo.e2e_ms)
  );
}

function tpotMs(request: RequestTrace): number | null {
  const tokens = outputTokensOf(request);
  const [first, last] = [request.chunkNs[0], request.chunkNs.at(-1)];
  if (tokens < 2 || first === undefined || last === undefined) return null;
  return (last - first) / (tokens - 1) / NS_PER_MS;
}

const since = (fromNs: number, atNs: number | undefined): number | null =>
  atNs === undefined ? null : (atNs - fromNs) / NS_PER_MS;
