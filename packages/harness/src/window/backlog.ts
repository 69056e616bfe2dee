/** Requests over time: those in flight, and those that are due and have not ended. */
import type { LoadTrace } from '@llem/loadgen';

/** From when until when a request counts, ns since the load's origin. */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** From its intended send to its end; one that was never sent does not end. */
export function* backlogSpans({ requests, unsentNs }: LoadTrace): Generator<Span> {
  for (const { intendedNs, endedNs } of requests) yield { fromNs: intendedNs, toNs: endedNs };
  for (const fromNs of unsentNs) yield { fromNs, toNs: Infinity };
}

/** From its send to its end. */
export function* inFlightSpans({ requests }: LoadTrace): Generator<Span> {
  for (const { sentNs, endedNs } of requests) yield { fromNs: sentNs, toNs: endedNs };
}

/** How many counted on average over each of `parts` equal parts of an interval; exact. Zeros of an empty interval. */
export function meanByPart(
  spans: Iterable<Span>,
  { fromNs: startNs, toNs: endNs }: Span,
  parts: number,
): number[] {
  const width = (endNs - startNs) / parts;
  const sums = new Float64Array(parts);
  if (!(width > 0)) return [...sums];
  for (const { fromNs, toNs } of spans) {
    const from = Math.max(fromNs, startNs);
    const to = Math.min(toNs, endNs);
    if (from >= to) continue;
    const last = Math.min(parts - 1, Math.floor((to - startNs) / width));
    for (let part = Math.floor((from - startNs) / width); part <= last; part += 1) {
      const begin = startNs + part * width;
      sums[part] = (sums[part] ?? 0) + Math.max(0, Math.min(to, begin + width) - Math.max(from, begin));
    }
  }
  return [...sums].map((sum) => sum / width);
}

/** How many of the times lie at or before each edge; edges ascend. */
export function countUpTo(times: readonly number[], edges: readonly number[]): number[] {
  const sorted = Float64Array.from(times).sort();
  let next = 0;
  return edges.map((edge) => {
    while (next < sorted.length && (sorted[next] ?? Infinity) <= edge) next += 1;
    return next;
  });
}
