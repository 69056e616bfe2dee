/** Overload of an open loop: whether requests come faster than they are answered. */
import type { LoadTrace } from '@llem/loadgen';
import { backlogSpans, countUpTo, type Span } from './backlog.js';

/** The backlog is looked at over so many equal steps at most, and at least. */
const MOST_STEPS = 20;
const FEWEST_STEPS = 5;
/** Growth below this share of the requests offered is no overload that a window can tell. */
const MIN_SHARE = 0.02;
/** What is offered beyond the answers, in standard deviations of the answers. */
const MIN_DEVIATIONS = 2.5;

/** How the requests that are due and have not ended changed over an interval. */
export interface Growth {
  /** Requests at the end minus requests at the start. */
  readonly requests: number;
  /** Of the requests that became due in it. */
  readonly share: number;
  /** What was offered beyond what was answered, in standard deviations of the answers. */
  readonly deviations: number;
}

/**
 * Growth of a backlog from running counts at equal steps of what has become due and of what has ended. `offered` is what
 * the schedule asks for over all steps, on average; null where nobody knows but from what has become due.
 */
export function growthOf(
  due: readonly number[],
  ended: readonly number[],
  offered: number | null = null,
): Growth {
  const total = (counts: readonly number[]) => (counts.at(-1) ?? 0) - (counts[0] ?? 0);
  const requests = total(due) - total(ended);
  // An engine at its limit answers at its own pace, whatever chance the arrivals have: held against the rate that was
  // asked for, only the noise of the answers counts. Without that rate the arrivals' own noise comes in.
  const backlog = due.map((count, index) => count - (ended[index] ?? 0));
  const [excess, noise] = offered === null ? [requests, backlog] : [offered - total(ended), ended];
  return {
    requests,
    share: total(due) > 0 ? requests / total(due) : 0,
    deviations: excess / deviationOfTotal(noise),
  };
}

/** Standard deviation of the last count minus the first, were the steps between them drawn independently. */
function deviationOfTotal(counts: readonly number[]): number {
  const steps = counts.slice(1).map((count, index) => count - (counts[index] ?? 0));
  const mean = steps.reduce((sum, step) => sum + step, 0) / Math.max(1, steps.length);
  const variance = steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / Math.max(1, steps.length - 1);
  // Counts are whole: a total is uncertain by the part of a request that is cut off at either end.
  return Math.sqrt(steps.length * variance + 1);
}

export interface Overload {
  readonly overloaded: boolean;
  readonly growth: Growth;
}

/**
 * What the backlog of an open loop did over the window, and whether that is overload: it grew by more than 2 % of the
 * requests offered; the answers fell short of the rate asked for, `ratePerS`, by more than 2.5 standard deviations of
 * theirs, from steps that are no shorter than a quick request; and requests of the window's last third took longer from
 * their intended send than those of its first. `ratePerS` is null for a recorded trace.
 *
 * Simulated with known truth (D/D/c, M/D/c, M/M/c, D/M/c; 1 to 256 servers; windows of 30 to 300 s with 60 to 4,800
 * requests; 200 of each). Called overloaded
 * - at a load of 0.7 to 0.95: at most 4 % of the windows with under 150 requests, at most 3 % of larger ones, mostly none;
 * - at 1.5: all windows of 480 requests or more, 82 % of the worst with 60;
 * - at 1.1: all with even arrivals and services, else 88 % or more from 1,500 requests on;
 * - at 1.05: 84 % or more with even arrivals and services, else 81 % or more from 4,800 requests on, and as few as 6 % with
 *   60: fewer random arrivals do not tell a load just above the limit from one just below it.
 */
export function overloadOf(trace: LoadTrace, ratePerS: number | null): Overload {
  const { openNs, closeNs } = trace;
  const spans = conversationSpans(trace);
  const steps = stepsFor(trace);
  const edges = Array.from({ length: steps + 1 }, (_, step) => openNs + ((closeNs - openNs) * step) / steps);
  const [due, ended] = [spans.map(({ fromNs }) => fromNs), spans.map(({ toNs }) => toNs)];
  const asked = ratePerS === null ? null : (ratePerS * (closeNs - openNs)) / 1e9;
  const growth = growthOf(countUpTo(due, edges), countUpTo(ended, edges), asked);

  const third = (closeNs - openNs) / 3;
  const delay = (fromNs: number, toNs: number) =>
    median(
      spans
        .filter((span) => span.fromNs > fromNs && span.fromNs <= toNs)
        .map((span) => span.toNs - span.fromNs),
    );
  const late = delay(closeNs - third, closeNs);
  // Where most of the last third was never answered or sent, nothing can take longer.
  const slower = late === Infinity || late > delay(openNs, openNs + third);
  const overloaded = growth.share > MIN_SHARE && growth.deviations > MIN_DEVIATIONS && slower;
  return { overloaded, growth };
}

/** A rate is of conversations: each from when it was due to the end of its last turn. What was cut off was never answered. */
function conversationSpans(trace: LoadTrace): Span[] {
  const whole = new Map<number, Span>();
  for (const { conversation, intendedNs, endedNs, status } of trace.requests) {
    const known = whole.get(conversation);
    whole.set(conversation, {
      fromNs: Math.min(known?.fromNs ?? Infinity, intendedNs),
      toNs: Math.max(known?.toNs ?? -Infinity, status === 'cancelled' ? Infinity : endedNs),
    });
  }
  return [...whole.values(), ...backlogSpans({ ...trace, requests: [] })];
}

/** Steps no shorter than the quicker requests, so that answers that come in bursts do not look like chance. */
function stepsFor({ openNs, closeNs, requests }: LoadTrace): number {
  const lengths = requests
    .filter(({ status, endedNs }) => status === 'completed' && endedNs > openNs)
    .map(({ sentNs, endedNs }) => endedNs - sentNs)
    .sort((a, b) => a - b);
  const quick = lengths[Math.floor(lengths.length / 10)] ?? 0;
  if (quick <= 0) return MOST_STEPS;
  return Math.max(FEWEST_STEPS, Math.min(MOST_STEPS, Math.floor((closeNs - openNs) / quick)));
}

/** NaN of nothing, which compares as false. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}
