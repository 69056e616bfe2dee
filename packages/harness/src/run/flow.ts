/** What the live counters of a load say over a stretch of time: requests in flight, how long they take, whether they pile up. */
import type { LoadCounters } from '@llem/loadgen';
import { growthOf } from '../window/overload.js';
import type { Guard } from './guard.js';

const LOOK_MS = 50;
/** The counts of every so many looks are kept. */
const LOOKS_PER_KEPT = 5;
/** So many of them later growth is judged anew. */
const KEPT_PER_JUDGEMENT = 2;

/** While a load is on, a backlog counts as growing only where it is plain; the trace decides in the end. */
const MIN_SHARE = 0.1;
const MIN_DEVIATIONS = 4;
/** From this share of `max_in_flight` on a load is at its cap. */
const AT_CAP = 0.95;
/** Not looked at before so many seconds, and so many times the first request's time, have passed. */
const MIN_SECONDS = 3;
const MIN_FIRST_TIMES = 10;

export interface FlowOf {
  readonly counters: () => LoadCounters;
  /** Of an open loop; null in a closed one, where nothing can pile up. */
  readonly open: { readonly maxInFlight: number; readonly ratePerS: number | null } | null;
}

export interface Flow {
  /** Looks on until `atNs`, or until `done`. */
  until(atNs: bigint, done?: () => boolean): Promise<void>;
  elapsedS(): number;
  /** Requests that have completed since the beginning. */
  completed(): number;
  /** Mean number of requests in flight so far. */
  inFlight(): number;
  /** Mean end-to-end time by Little's law: requests in flight over completions a second; null before the first. */
  endToEndS(): number | null;
  /** True when requests of an open loop plainly come faster than they are answered. */
  readonly growing: () => boolean;
}

/** Begins now. */
export function startFlow({ counters, open }: FlowOf, guard: Guard): Flow {
  const startNs = process.hrtime.bigint();
  const first = counters();
  const elapsedS = () => Number(process.hrtime.bigint() - startNs) / 1e9;
  const kept: { atS: number; sent: number; ended: number; inFlight: number }[] = [];
  let firstEndS: number | null = null;
  let looks = 0;
  let inFlightSum = 0;

  const look = () => {
    const now = counters();
    inFlightSum += now.inFlight;
    if (firstEndS === null && now.completed > first.completed) firstEndS = elapsedS();
    if (looks++ % LOOKS_PER_KEPT === 0) {
      kept.push({
        atS: elapsedS(),
        sent: now.sent,
        ended: now.completed + now.failed,
        inFlight: now.inFlight,
      });
    }
  };
  look();
  let [judged, judgedAt] = [false, 0];
  const isGrowing = () => {
    if (open === null || firstEndS === null) return false;
    if (elapsedS() < Math.max(MIN_SECONDS, MIN_FIRST_TIMES * firstEndS)) return false;
    if ((kept.at(-1)?.inFlight ?? 0) >= AT_CAP * open.maxInFlight) return true;
    // The first third is left out: requests that had not had the time to end are no backlog.
    const rest = kept.slice(Math.floor(kept.length / 3));
    const step = Math.max(1, Math.floor(rest.length / 20));
    const points = rest.filter((_, index) => index % step === 0);
    const seconds = (points.at(-1)?.atS ?? 0) - (points[0]?.atS ?? 0);
    const growth = growthOf(
      points.map(({ sent }) => sent),
      points.map(({ ended }) => ended),
      open.ratePerS === null ? null : open.ratePerS * seconds,
    );
    return growth.share > MIN_SHARE && growth.deviations > MIN_DEVIATIONS;
  };

  const completed = () => counters().completed - first.completed;
  const inFlight = () => inFlightSum / looks;

  return {
    async until(atNs, done = () => false) {
      while (!done()) {
        const leftMs = Number(atNs - process.hrtime.bigint()) / 1e6;
        if (leftMs <= 0) return;
        // Not a nanosecond before: a timer may fire early.
        await guard.wait(Math.min(LOOK_MS, Math.ceil(leftMs)));
        look();
      }
    },
    elapsedS,
    completed,
    inFlight,
    endToEndS: () => (completed() > 0 ? (inFlight() * elapsedS()) / completed() : null),
    growing() {
      if (kept.length - judgedAt >= KEPT_PER_JUDGEMENT) {
        judgedAt = kept.length;
        judged = isGrowing();
      }
      return judged;
    },
  };
}
