/**
 * Which channel is read next. Every channel has a rate of its own; power goes before counters, counters before state, and what is
 * longest overdue before the rest. Pure but for the tally that it keeps; allocates nothing after it was made.
 */
import type { Channel } from '@llem/core';
import { kindOf, KINDS, LARGEST_SHARE, periodMs, type Kind, type Pace, type Step } from './rates.js';
import type { Tally } from './tally.js';

const NS_PER_MS = 1e6;
/** How far the cost of a call moves towards each measured one, up or down: so it follows the median, which no outlier moves. */
const COST_RATIO = 1.1;
const LEAST_COST_NS = 1_000;
/** Periods follow the costs when they are off by more than this, looked at so often. */
const TOLERANCE = 1.25;
const LOOK_NS = 100 * NS_PER_MS;
/** Places of the schedule's own times: when the next channel is due, and when costs are looked at next. */
const SOONEST = 0;
const LOOK = 1;

export interface Schedule {
  /** The channel to read now; -1 when none is due before `soonestNs`. */
  pick(nowNs: number): number;
  /** When the next channel is due, as `pick` has found it; Infinity without channels. */
  soonestNs(): number;
  /** A channel was read from `startNs` to `endNs`: counts how late that was, and says when it is due again. */
  finish(channel: number, startNs: number, endNs: number): void;
  /** From now on at this pace. What is not due yet begins anew at once, counters and state spread over a period. */
  setPace(pace: Pace, nowNs: number): void;
  /** How a counter moves, for its ordinary rate from the next `setPace` on. */
  setStep(channel: number, step: Step): void;
}

/** Times are nanoseconds of any clock that does not go back. Nothing is due before the first `setPace`. */
export function createSchedule(
  channels: readonly Pick<Channel, 'quantity' | 'minPeriodMs'>[],
  tally: Tally,
): Schedule {
  const kinds = channels.map(kindOf);
  const steps = channels.map((): Step => 'still');
  const members: Readonly<Record<Kind, readonly number[]>> = {
    power: indicesOf(kinds, 'power'),
    counter: indicesOf(kinds, 'counter'),
    state: indicesOf(kinds, 'state'),
  };
  const urgency = Int32Array.from(kinds, (kind) => KINDS.indexOf(kind));
  const nextNs = new Float64Array(channels.length).fill(Infinity);
  const periodNs = new Float64Array(channels.length).fill(Infinity);
  const wantedNs = new Float64Array(channels.length);
  /** Where the turns of an overdue channel go on from; NaN otherwise. */
  const laterNs = new Float64Array(channels.length).fill(Number.NaN);
  const costNs = new Float64Array(channels.length);
  let current: Pace = 'run';
  /** In an array, since a variable of a closure that holds a fraction is made anew whenever it is set. */
  const times = new Float64Array(2).fill(Infinity);

  /** What each channel's period should be: its rate, or what its calls cost where that is more. */
  const want = (kind: Kind) => {
    const share = LARGEST_SHARE[current][kind] / members[kind].length;
    for (const channel of members[kind]) {
      const rateMs = periodMs(kind, channels[channel]?.minPeriodMs ?? 0, steps[channel] ?? 'still', current);
      wantedNs[channel] = Math.max(rateMs * NS_PER_MS, (costNs[channel] ?? 0) / share);
    }
  };
  /** Power of all devices is read together; the others take turns, so that slow calls never come in a row. */
  const begin = (kind: Kind, nowNs: number) => {
    const own = members[kind];
    for (let turn = 0; turn < own.length; turn += 1) {
      const channel = own[turn] ?? 0;
      const period = wantedNs[channel] ?? 0;
      periodNs[channel] = period;
      if (current === 'run') tally.period(channel, period);
      const turnNs = nowNs + (kind === 'power' ? 0 : (turn / own.length) * period);
      // What is overdue stays so, and is counted, before it takes its turn.
      const overdue = (nextNs[channel] ?? 0) <= nowNs;
      if (!overdue) nextNs[channel] = turnNs;
      laterNs[channel] = overdue ? turnNs : Number.NaN;
    }
  };
  const isOff = (kind: Kind) => {
    for (const channel of members[kind]) {
      const ratio = (wantedNs[channel] ?? 0) / (periodNs[channel] ?? 1);
      if (ratio > TOLERANCE || ratio < 1 / TOLERANCE) return true;
    }
    return false;
  };
  const followCosts = (nowNs: number) => {
    times[LOOK] = nowNs + LOOK_NS;
    for (const kind of KINDS) {
      want(kind);
      if (isOff(kind)) begin(kind, nowNs);
    }
  };

  return {
    pick(nowNs) {
      if (nowNs >= (times[LOOK] ?? 0)) followCosts(nowNs);
      let best = -1;
      let soonestNs = Infinity;
      for (let channel = 0; channel < nextNs.length; channel += 1) {
        const at = nextNs[channel] ?? Infinity;
        if (at < soonestNs) soonestNs = at;
        if (at > nowNs) continue;
        if (best < 0 || isBefore(urgency, nextNs, channel, best)) best = channel;
      }
      times[SOONEST] = soonestNs;
      return best;
    },
    soonestNs: () => times[SOONEST] ?? Infinity,
    finish(channel, startNs, endNs) {
      const due = nextNs[channel] ?? startNs;
      const period = periodNs[channel] ?? 1;
      const lateNs = Math.max(0, startNs - due);
      const missed = Math.floor(lateNs / period);
      tally.tick(channel, lateNs, missed, period, endNs - startNs);
      const later = laterNs[channel] ?? Number.NaN;
      if (later === later) {
        nextNs[channel] = later + Math.max(0, Math.ceil((startNs - later) / period + 0.5)) * period;
        laterNs[channel] = Number.NaN;
      } else {
        // On the grid that it was on: no burst makes up for what was missed.
        nextNs[channel] = due + (missed + 1) * period;
      }
      const [tookNs, before] = [endNs - startNs, costNs[channel] ?? 0];
      costNs[channel] =
        before === 0
          ? Math.max(LEAST_COST_NS, tookNs)
          : Math.max(LEAST_COST_NS, tookNs > before ? before * COST_RATIO : before / COST_RATIO);
    },
    setPace(pace, nowNs) {
      current = pace;
      times[LOOK] = nowNs + LOOK_NS;
      for (const kind of KINDS) {
        want(kind);
        begin(kind, nowNs);
      }
    },
    setStep(channel, step) {
      steps[channel] = step;
    },
  };
}

function indicesOf(kinds: readonly Kind[], wanted: Kind): number[] {
  return [...kinds.keys()].filter((index) => kinds[index] === wanted);
}

function isBefore(urgency: Int32Array, nextNs: Float64Array, one: number, other: number): boolean {
  const [a, b] = [urgency[one] ?? 0, urgency[other] ?? 0];
  return a === b ? (nextNs[one] ?? 0) < (nextNs[other] ?? 0) : a < b;
}
