/** How much load: of a workload that says it, or of one whose search tries it. */
import os from 'node:os';
import { mostSlots, type Execution, type Workload } from '@llem/core';

/** One load thread takes so many requests in flight. */
const IN_FLIGHT_PER_THREAD = 1_024;

/** Requests in flight that a closed loop holds; null in an open loop. */
export function slotsOf(workload: Workload): number | null {
  return mostSlots(workload);
}

/** Requests a second that an open loop asks for; null in a closed loop, and where a trace says when. */
export function rateOf({ arrival }: Workload): number | null {
  return arrival === null || arrival.process === 'trace' ? null : (arrival.rate ?? null);
}

/** A workload with a search at one load: so many requests in flight, or a second where it has an arrival. */
export function atLoad(workload: Workload, load: number): Workload {
  const { arrival, search } = workload;
  const at = { ...workload, slo: search?.slo ?? workload.slo, search: null };
  if (arrival === null) return { ...at, concurrency: load };
  return arrival.process === 'trace' ? at : { ...at, arrival: { ...arrival, rate: load } };
}

/** Load threads, as the study says or as many as the requests in flight need, at most half of the processors. */
export function loadThreads(
  asked: Execution['load_threads'],
  workload: Workload,
  processors = os.availableParallelism(),
): number {
  const inFlight = workload.arrival?.max_in_flight ?? slotsOf(workload) ?? 1;
  // Each thread has one request in flight at least: more threads than requests would hold more than was asked for.
  if (asked !== 'auto') return Math.min(asked, inFlight);
  return Math.max(1, Math.min(Math.ceil(inFlight / IN_FLIGHT_PER_THREAD), Math.floor(processors / 2)));
}
