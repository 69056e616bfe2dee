/** Whole searches on queues whose limit is known, by the same rules as on an engine. */
import { searchSchema, type LoadProbe, type SearchResult } from '@llem/core';
import type { LoadTrace } from '@llem/loadgen';
import { MIN_END_TO_END_TIMES, neededCompletions } from '../window/completions.js';
import { simulateQueue, type Queue } from '../window/queue.fixture.js';
import { request, trace } from '../window/trace.fixture.js';
import { nextLoad, searchResult } from './bisection.js';
import { judgeProbe, MOST_WINDOWS, observe, windowLength, type ProbeWindow } from './probe.js';

/** Servers that take `serviceS` for a request, and how long it may wait for one of them. */
export interface Limited extends Pick<Queue, 'arrivals' | 'services' | 'servers' | 'serviceS'> {
  readonly waitMs: number;
  readonly attainment: number;
}

/**
 * The highest rate that holds, requests a second. Even arrivals and services: what the servers can do. Random ones: P(wait > t)
 * = C e^-(c mu - lambda) t, C Erlang's formula for the probability of a wait (Kleinrock, Queueing Systems 1, 3.5).
 */
export function trueLimit({ arrivals, servers, serviceS, waitMs, attainment }: Limited): number {
  const most = servers / serviceS;
  if (arrivals === 'even') return most;
  let [low, high] = [0, most];
  for (let halving = 0; halving < 60; halving += 1) {
    const rate = (low + high) / 2;
    const late = erlangC(servers, rate * serviceS) * Math.exp((-(most - rate) * waitMs) / 1_000);
    if (1 - late >= attainment) low = rate;
    else high = rate;
  }
  return low;
}

function erlangC(servers: number, offered: number): number {
  let [term, sum] = [1, 0];
  for (let busy = 0; busy < servers; busy += 1) {
    sum += term;
    term *= offered / (busy + 1);
  }
  const all = (term * servers) / (servers - offered);
  return all / (sum + all);
}

/** Between a fifth and six times of the true limit, as known to nobody. */
export function simulateSearch(of: Limited, probeS: number, seed: number): SearchResult {
  const { servers, serviceS, waitMs, attainment } = of;
  const limit = trueLimit(of);
  const search = searchSchema.parse({
    slo: { ttft_ms: waitMs, attainment },
    from: limit / 5,
    to: limit * 6,
    probe_s: probeS,
  });
  const probes: LoadProbe[] = [];
  for (let runs = seed * 1_000; ;) {
    const ratePerS = nextLoad(search, probes, false);
    if (ratePerS === null) return searchResult('rate', probes);
    const windows: ProbeWindow[] = [];
    let probe: LoadProbe;
    do {
      const times = windowLength(windows.length + 1);
      const windowS = Math.max(
        probeS * times,
        (times * neededCompletions(null)) / ratePerS,
        MIN_END_TO_END_TIMES * serviceS,
      );
      // A load is ramped in for twice the time of its first request.
      const queue: Queue = { ...of, load: (ratePerS * serviceS) / servers, openS: 2 * serviceS, windowS };
      runs += 1;
      windows.push(observe(windowOf(queue, runs), search.slo, ratePerS, false));
      probe = judgeProbe(ratePerS, windows, search.slo);
    } while (!probe.decided && windows.length < MOST_WINDOWS);
    probes.push(probe);
  }
}

/** A search looks at the first and the last token. Of millions of requests the room for gaps would take most of the time. */
const NOT_ASKED_FOR = new Uint32Array(0);

/** What a load generator sees of a queue: the first token comes when a server takes a request. */
export function windowOf(queue: Queue, seed: number): LoadTrace {
  const { served, openS, closeS } = simulateQueue(queue, seed);
  const requests = served.map(({ dueS, startS, endS }) => ({
    ...request(dueS, endS),
    chunks: { count: 2, firstNs: startS * 1e9, lastNs: endS * 1e9, gaps: NOT_ASKED_FOR, tokens: 1 },
  }));
  return trace(requests, openS, closeS);
}

/** Found over true, ascending, of so many searches; 0 where not even the lowest load held. */
export function errorsOf(of: Limited, probeS: number, searches: number): number[] {
  const found = Array.from(
    { length: searches },
    (_, seed) => simulateSearch(of, probeS, seed + 1).found ?? 0,
  );
  return found.map((load) => load / trueLimit(of)).sort((one, other) => one - other);
}

/** Share that lies within so much of 1. */
export const shareWithin = (errors: readonly number[], limit: number): number =>
  errors.filter((error) => Math.abs(error - 1) <= limit).length / errors.length;
