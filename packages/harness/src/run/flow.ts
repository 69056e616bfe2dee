/** What the live counters of a load say over a stretch of time: what is in flight, how long it takes, whether it piles up. */
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
/** From this ratio on, of the ends in the later half to those in the earlier, a load is still on its way up. */
const STILL_RISING = 1.05;
/** Not looked at before so many seconds, and so many times the time of the first conversation, have passed. */
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
  /** Conversations that have ended since the beginning. A prompt without follow-ups is a conversation of one turn. */
  conversations(): number;
  /** Mean number of conversations under way so far. */
  underWay(): number;
  /** Mean time of a conversation by Little's law; null before the first has ended. */
  conversationS(): number | null;
  /** True when requests of an open loop plainly come faster than they are answered. */
  readonly growing: () => boolean;
}

/** Begins now. */
export function startFlow({ counters, open }: FlowOf, guard: Guard): Flow {
  const startNs = process.hrtime.bigint();
  const first = counters();
  const elapsedS = () => Number(process.hrtime.bigint() - startNs) / 1e9;
  const kept: { atS: number; begun: number; over: number }[] = [];
  let firstEndS: number | null = null;
  let looks = 0;
  let inFlightSum = 0;
  let underWaySum = 0;

  const look = () => {
    const now = counters();
    const { begun, over } = now;
    inFlightSum += now.inFlight;
    underWaySum += begun - over;
    if (firstEndS === null && over > first.over) firstEndS = elapsedS();
    if (looks++ % LOOKS_PER_KEPT === 0) kept.push({ atS: elapsedS(), begun, over });
  };
  look();
  let [judged, judgedAt] = [false, 0];
  const isGrowing = () => {
    if (open === null || firstEndS === null) return false;
    if (elapsedS() < Math.max(MIN_SECONDS, MIN_FIRST_TIMES * firstEndS)) return false;
    const latest = kept.at(-1);
    if (latest && latest.begun - latest.over >= AT_CAP * open.maxInFlight) return true;
    // The first third is left out: conversations that had not had the time to end are no backlog. Where some are much longer
    // than the first to end, ends that still become more frequent tell that the load is not up yet.
    const rest = kept.slice(Math.floor(kept.length / 3));
    if (stillRises(rest.map(({ over }) => over))) return false;
    const step = Math.max(1, Math.floor(rest.length / 20));
    const points = rest.filter((_, index) => index % step === 0);
    const seconds = (points.at(-1)?.atS ?? 0) - (points[0]?.atS ?? 0);
    const growth = growthOf(
      points.map(({ begun }) => begun),
      points.map(({ over }) => over),
      open.ratePerS === null ? null : open.ratePerS * seconds,
    );
    return growth.share > MIN_SHARE && growth.deviations > MIN_DEVIATIONS;
  };

  const completed = () => counters().completed - first.completed;
  const inFlight = () => inFlightSum / looks;
  const conversations = () => counters().over - first.over;
  const underWay = () => underWaySum / looks;

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
    conversations,
    underWay,
    conversationS: () => (conversations() > 0 ? (underWay() * elapsedS()) / conversations() : null),
    growing() {
      if (kept.length - judgedAt >= KEPT_PER_JUDGEMENT) {
        judgedAt = kept.length;
        judged = isGrowing();
      }
      return judged;
    },
  };
}

/** Whether a running count grew plainly faster in the later half than in the earlier; by one more is by chance. */
function stillRises(counts: readonly number[]): boolean {
  const at = (index: number) => counts[index] ?? 0;
  const [middle, last] = [Math.floor((counts.length - 1) / 2), counts.length - 1];
  // Of an odd number of steps the last is left out, so that the halves are as long.
  return at(2 * middle) - at(middle) > STILL_RISING * (at(middle) - at(0)) + 1 && last > 1;
}
