/** Whether a request held an SLO: what is known of it, whether it ended or was cut off. */
import type { Slo } from '@llem/core';
import type { RequestTrace } from '@llem/loadgen';
import { tpotMs } from './latency.js';

const NS_PER_MS = 1e6;

/** `undecided`: it was cut off before it had missed a limit, and before it had held them all. */
export type SloOutcome = 'held' | 'missed' | 'failed' | 'undecided';

/**
 * TTFT and E2E count from the intended send, ITL is the mean of the request's own gaps. A request that we cut off has
 * missed what was already missed then, and has held a limit on its first token that came in time.
 */
export function sloOutcome(request: RequestTrace, slo: Slo): SloOutcome {
  switch (request.status) {
    case 'failed':
      return 'failed';
    case 'completed':
      return holdsWhole(request, slo) ? 'held' : 'missed';
    case 'cancelled':
      return outcomeSoFar(request, slo);
  }
}

function holdsWhole(request: RequestTrace, slo: Slo): boolean {
  const { intendedNs, chunks } = request;
  const { count, firstNs: first, lastNs: last } = chunks;
  // Without a token there is nothing that could have been in time.
  if (first === null || last === null) return false;
  const itlMs = count > 1 ? (last - first) / (count - 1) / NS_PER_MS : 0;
  return !(
    over((first - intendedNs) / NS_PER_MS, slo.ttft_ms) ||
    over(itlMs, slo.itl_ms) ||
    over(tpotMs(request) ?? 0, slo.tpot_ms) ||
    over((last - intendedNs) / NS_PER_MS, slo.e2e_ms)
  );
}

/**
 * The last token would have come after the end, and no more gaps than tokens were asked for: what E2E, ITL and TPOT would
 * have been at least.
 */
function outcomeSoFar(request: RequestTrace, slo: Slo): SloOutcome {
  const { intendedNs, endedNs, chunks, outputTokensAsked } = request;
  const first = chunks.firstNs;
  const gapMs = gapLimitMs(slo);
  const soFarMs = (endedNs - intendedNs) / NS_PER_MS;
  const firstMs = first === null ? soFarMs : (first - intendedNs) / NS_PER_MS;
  const [gaps, restMs] = [outputTokensAsked - 1, soFarMs - firstMs];
  const missed =
    over(firstMs, slo.ttft_ms) || over(soFarMs, slo.e2e_ms) || (gaps > 0 && over(restMs / gaps, gapMs));
  if (missed) return 'missed';
  const knowsAll = first !== null && slo.e2e_ms === undefined && gapMs === Infinity;
  return knowsAll ? 'held' : 'undecided';
}

const over = (ms: number, limitMs = Infinity): boolean => ms > limitMs;

/** Longest mean gap that holds, whichever of the two limits is meant. */
const gapLimitMs = ({ itl_ms, tpot_ms }: Slo): number => Math.min(itl_ms ?? Infinity, tpot_ms ?? Infinity);

/**
 * How long after its intended send a request has held or missed every limit, s: with a limit on E2E by then, else at the
 * first token and as many gaps as there may be. Without a limit on TTFT the first token may take `firstS`.
 */
export function decidedAfterS(slo: Slo, outputTokens: number, firstS: number): number {
  if (slo.e2e_ms !== undefined) return slo.e2e_ms / 1_000;
  const gapMs = gapLimitMs(slo);
  const gapsS = gapMs === Infinity ? 0 : (gapMs * (outputTokens - 1)) / 1_000;
  return (slo.ttft_ms === undefined ? firstS : slo.ttft_ms / 1_000) + gapsS;
}
