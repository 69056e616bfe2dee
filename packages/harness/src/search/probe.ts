/** What a search makes of a load that was held for one window or several: whether it holds the SLO, and if not, why. Pure. */
import type { LoadProbe, Slo } from '@llem/core';
import type { LoadTrace } from '@llem/loadgen';
import { distribution } from '../window/distribution.js';
import { failuresInside } from '../window/failures.js';
import { overloadOf } from '../window/overload.js';
import { sloOutcome, type SloOutcome } from '../window/slo.js';
import { attainmentOf } from './attainment.js';

/** A load whose windows cannot tell is held so often; each window after the first is as long as all before it. */
export const MOST_WINDOWS = 3;

/** What one window saw. Requests are those that were sent inside. */
export interface ProbeWindow {
  readonly durationS: number;
  readonly outcomes: readonly SloOutcome[];
  readonly errors: Readonly<Record<string, number>>;
  readonly completedInside: number;
  /** From the intended send, ms. */
  readonly ttftMs: readonly number[];
  readonly gaps: { readonly count: number; readonly sumMs: number };
  /** A queue grew; never in a closed loop. */
  readonly overloaded: boolean;
  /** The engine gave only errors, so that the window was not held to its end. */
  readonly broken: boolean;
}

/** How many times as long as the first a window is, from 1. */
export function windowLength(window: number): number {
  return Math.max(1, 2 ** (window - 2));
}

/** `ratePerS` is null in a closed loop. A window that was not held to its end is the whole load. */
export function observe(trace: LoadTrace, slo: Slo, ratePerS: number | null, broken: boolean): ProbeWindow {
  const endNs = trace.requests.reduce((latest, { endedNs }) => Math.max(latest, endedNs), 0);
  const seen = broken ? { ...trace, openNs: -1, closeNs: endNs } : trace;
  const { openNs, closeNs, requests } = seen;
  const inside = (ns: number) => ns > openNs && ns <= closeNs;
  const sentInside = requests.filter(({ sentNs }) => inside(sentNs));
  const ttftMs: number[] = [];
  const gaps = { count: 0, sumMs: 0 };
  for (const { intendedNs, chunks } of sentInside) {
    const { count: arrived, firstNs, lastNs } = chunks;
    if (firstNs === null || lastNs === null) continue;
    ttftMs.push((firstNs - intendedNs) / 1e6);
    gaps.count += arrived - 1;
    gaps.sumMs += (lastNs - firstNs) / 1e6;
  }
  return {
    durationS: (closeNs - openNs) / 1e9,
    outcomes: sentInside.map((request) => sloOutcome(request, slo)),
    errors: failuresInside(seen),
    completedInside: requests.filter(({ status, endedNs }) => status === 'completed' && inside(endedNs))
      .length,
    ttftMs,
    gaps,
    overloaded: !broken && ratePerS !== null && overloadOf(trace, ratePerS).overloaded,
    broken,
  };
}

/** A load over all of its windows so far. */
export function judgeProbe(load: number, windows: readonly ProbeWindow[], slo: Slo): LoadProbe {
  const outcomes = windows.flatMap((window) => window.outcomes);
  const attainment = attainmentOf(windows.map((window) => window.outcomes));
  const durationS = sum(windows.map((window) => window.durationS));
  const gaps = sum(windows.map((window) => window.gaps.count));
  const completed = sum(windows.map((window) => window.completedInside));
  const held = holds(windows, attainment, slo.attainment);
  const errors: Record<string, number> = {};
  for (const [name, count] of windows.flatMap((window) => Object.entries(window.errors)))
    errors[name] = (errors[name] ?? 0) + count;
  return {
    load,
    held: held.outcome,
    reason: held.outcome ? null : reasonOf(windows, slo.attainment),
    decided: held.decided,
    windows: windows.length,
    durationS,
    requests: outcomes.length,
    undecided: count(outcomes, 'undecided'),
    failed: sum(Object.values(errors)),
    errors,
    attainment: attainment?.share ?? null,
    attainmentInterval: attainment && { low: attainment.low, high: attainment.high },
    requestsPerS: durationS > 0 ? completed / durationS : 0,
    ttftP99Ms: distribution(Float64Array.from(windows.flatMap((window) => window.ttftMs)))?.p99 ?? null,
    itlMeanMs: gaps > 0 ? sum(windows.map((window) => window.gaps.sumMs)) / gaps : null,
  };
}

/**
 * A load does not hold where the interval of its attainment lies below the share asked for, and holds where it lies above
 * and no queue grew. A queue that seems to grow in one window may be chance: most windows must say so, and more than one.
 */
function holds(
  windows: readonly ProbeWindow[],
  attainment: ReturnType<typeof attainmentOf>,
  asked: number,
): { readonly outcome: boolean; readonly decided: boolean } {
  if (windows.some(({ broken }) => broken) || (attainment !== null && attainment.high < asked))
    return { outcome: false, decided: true };
  const growing = windows.filter(({ overloaded }) => overloaded).length;
  const grows = growing > windows.length / 2;
  if (grows && windows.length > 1) return { outcome: false, decided: true };
  const sure = growing === 0 || (windows.length === MOST_WINDOWS && !grows);
  return {
    outcome: !grows && attainment !== null && attainment.share >= asked,
    decided: sure && attainment !== null && attainment.low >= asked,
  };
}

/** Failures where the load would have held without them or nothing was answered; else the queue that grew; else the SLO. */
function reasonOf(windows: readonly ProbeWindow[], asked: number): NonNullable<LoadProbe['reason']> {
  const outcomes = windows.flatMap((window) => window.outcomes);
  const [held, missed, failed] = [
    count(outcomes, 'held'),
    count(outcomes, 'missed'),
    count(outcomes, 'failed'),
  ];
  if (windows.some(({ broken }) => broken)) return 'failures';
  if (failed > 0 && held >= asked * (held + missed)) return 'failures';
  return windows.some(({ overloaded }) => overloaded) ? 'overloaded' : 'slo';
}

const count = (outcomes: readonly SloOutcome[], which: SloOutcome): number =>
  outcomes.filter((outcome) => outcome === which).length;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
