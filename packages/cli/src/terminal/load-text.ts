/** A load in words: how many requests or how often, of what, and what must hold. Pure. */
import type { Arrival, Length, Search, Slo, Workload } from '@llem/core';
import { plural } from './event-lines.js';

export interface LoadText {
  /** `poisson, 4 requests/s` */
  readonly requests: string;
  /** `synthetic, 128 tokens in, 64 out` */
  readonly prompts: string;
  /** `TTFT 500 ms for 99 %`; null without one. */
  readonly slo: string | null;
}

export function loadText(workload: Workload): LoadText {
  const { slo, search } = workload;
  return {
    requests: search === null ? heldText(workload) : searchText(workload, search),
    prompts: promptsText(workload),
    slo: slo === null ? null : sloText(slo),
  };
}

function heldText({ concurrency, arrival }: Workload): string {
  if (arrival === null) return `${concurrency ?? 0} in flight`;
  if (arrival.process === 'trace') {
    return arrival.speed === 1 ? 'as recorded' : `as recorded, ${arrival.speed} times as fast`;
  }
  return `${processText(arrival)}, ${plural(arrival.rate ?? 0, 'request')}/s`;
}

function searchText({ arrival }: Workload, { from, to, slo }: Search): string {
  const range = `search from ${from} to ${to}`;
  const over = arrival === null ? 'in flight' : `requests/s, ${processText(arrival)}`;
  return `${range} ${over}, that hold ${sloText(slo)}`;
}

function processText(arrival: Arrival): string {
  return arrival.process === 'gamma' ? `gamma with burstiness ${arrival.burstiness}` : arrival.process;
}

function promptsText({ dataset, input_tokens, output_tokens, ...workload }: Workload): string {
  const { type, path }: { type: unknown; path?: unknown } =
    typeof dataset === 'string' ? { type: dataset } : dataset;
  const name = typeof path === 'string' ? `${String(type)} ${path}` : String(type);
  // Data sets that bring prompts of their own only leave out those that are longer.
  const lengthText = type === 'synthetic' ? exactText : longestText;
  return [
    name,
    `${lengthText(input_tokens)} tokens in`,
    `${lengthText(output_tokens)} out`,
    ...(workload.shared_prefix_tokens > 0 ? [`${workload.shared_prefix_tokens} shared`] : []),
    ...(workload.turns > 1 ? [`${workload.turns} turns`] : []),
    ...(workload.api === 'chat' ? ['chat'] : []),
  ].join(', ');
}

/** `128`, `lognormal 16–256` */
function exactText(length: Length): string {
  return typeof length === 'number' ? String(length) : `${length.distribution} ${length.min}–${length.max}`;
}

function longestText(length: Length): string {
  return `up to ${typeof length === 'number' ? length : length.max}`;
}

/** `TTFT 500 ms, ITL 50 ms for 99 %` */
function sloText({ ttft_ms, itl_ms, tpot_ms, e2e_ms, attainment }: Slo): string {
  const limits = Object.entries({ TTFT: ttft_ms, ITL: itl_ms, TPOT: tpot_ms, E2E: e2e_ms }).flatMap(
    ([name, limit]) => (limit === undefined ? [] : [`${name} ${limit} ms`]),
  );
  return `${limits.join(', ')} for ${Number((attainment * 100).toPrecision(12))} %`;
}
