/**
 * Latencies of whole requests. TTFT: first chunk minus send. ITL: gaps between chunks. TPOT: (last - first) / (tokens - 1),
 * undefined under two tokens. E2E: last chunk minus send. From the actual send, and from the intended one, so that what a
 * request waited in the client is not hidden. Milliseconds. Between one figure and the next the event loop has a turn.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Measurement, Stats } from '@llem/core';
import { outputTokensOf, type RequestTrace } from '@llem/loadgen';
import { distribution } from './distribution.js';
import { gapDistribution } from './gaps.js';

const NS_PER_MS = 1e6;

export async function latencies(whole: readonly RequestTrace[]): Promise<Measurement['latency']> {
  const of = async (pick: (request: RequestTrace) => number | null): Promise<Stats | null> => {
    await nextTurn();
    const values = new Float64Array(whole.length);
    let length = 0;
    for (const request of whole) {
      const value = pick(request);
      if (value !== null) values[length++] = value;
    }
    return distribution(values.subarray(0, length));
  };
  return {
    ttftMs: await of(({ sentNs, chunks }) => since(sentNs, chunks.firstNs)),
    itlMs: await gapDistribution(whole.map(({ chunks }) => chunks)),
    tpotMs: await of(tpotMs),
    e2eMs: await of(({ sentNs, chunks }) => since(sentNs, chunks.lastNs)),
    scheduleDelayMs: await of(({ intendedNs, sentNs }) => since(intendedNs, sentNs)),
    fromIntended: {
      ttftMs: await of(({ intendedNs, chunks }) => since(intendedNs, chunks.firstNs)),
      e2eMs: await of(({ intendedNs, chunks }) => since(intendedNs, chunks.lastNs)),
    },
  };
}

/** Null under two tokens. */
export function tpotMs(request: RequestTrace): number | null {
  const tokens = outputTokensOf(request);
  const { firstNs, lastNs } = request.chunks;
  if (tokens < 2 || firstNs === null || lastNs === null) return null;
  return (lastNs - firstNs) / (tokens - 1) / NS_PER_MS;
}

const since = (fromNs: number, atNs: number | null): number | null =>
  atNs === null ? null : (atNs - fromNs) / NS_PER_MS;
