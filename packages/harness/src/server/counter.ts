/**
 * The engine's own counter of output tokens against the tokens that arrived. It is another count than the usage in the
 * answers: it also has what nobody was sent, and what somebody else asked for.
 */
import type { Measurement } from '@llem/core';
import { outputTokensOf, tokensBetween, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import type { Scrape } from './scrape.js';

/** Shorter than this, what the edges leave open is more than a percent or two. */
const LEAST_S = 10;
/**
 * A token may be counted so much earlier than it arrives here, or so much later than it was sent: a step of the engine, its
 * own threads and ours. Over the shortest window that may be published it is 0.7 % at both edges together.
 */
const SLACK_NS = 1e8;

type Comparison = NonNullable<Measurement['tokens']['counter']>;

/** Times on the scale of the trace. */
interface Edge {
  readonly atNs: number;
  /** The counter was read at most so long before or after. */
  readonly withinNs: number;
}

/**
 * Between the first and the last scrape inside the window. Null where it cannot be told: too few scrapes, or a counter that
 * stands still or began anew. Pure.
 */
export function compareCounter(scrapes: readonly Scrape[], trace: LoadTrace): Comparison | null {
  const points = scrapes.flatMap(({ atNs, roundTripNs, values: { outputTokens: value } }) => {
    const edge = { atNs: Number(atNs - trace.originNs), withinNs: roundTripNs / 2 + SLACK_NS };
    return value === undefined || edge.atNs < trace.openNs || edge.atNs > trace.closeNs
      ? []
      : [{ ...edge, value }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.atNs - first.atNs < LEAST_S * 1e9) return null;
  if (points.some(({ value }, index) => value < (points[index - 1]?.value ?? value))) return null;
  const server = last.value - first.value;
  if (server === 0) return null;
  // Some engines count each token, others a whole answer when it has ended.
  const readings = [tokensArrived, tokensOfEnded].map((count) => against(server, count, trace, first, last));
  const [arrived, ended] = readings;
  const closest = arrived && ended && Math.abs(ended.mismatch) < Math.abs(arrived.mismatch) ? ended : arrived;
  return closest ? { server, durationS: (last.atNs - first.atNs) / 1e9, ...closest } : null;
}

type CountBetween = (request: RequestTrace, fromNs: number, toNs: number) => number;

function against(server: number, count: CountBetween, { requests }: LoadTrace, first: Edge, last: Edge) {
  const between = (fromNs: number, toNs: number) =>
    requests.reduce((sum, request) => sum + count(request, fromNs, toNs), 0);
  const least = between(first.atNs + first.withinNs, last.atNs - last.withinNs);
  const most = between(first.atNs - first.withinNs, last.atNs + last.withinNs);
  const beyond = Math.max(0, least - server) - Math.max(0, server - most);
  return { client: Math.round(between(first.atNs, last.atNs)), mismatch: beyond / server };
}

const tokensArrived: CountBetween = ({ chunks }, fromNs, toNs) => tokensBetween(chunks, fromNs, toNs);

const tokensOfEnded: CountBetween = (request, fromNs, toNs) =>
  request.endedNs > fromNs && request.endedNs <= toNs ? outputTokensOf(request) : 0;
