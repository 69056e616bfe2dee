/** What the sampler counts of itself, channel by channel, in memory that the harness reads while the thread writes. */
import { KINDS, type Kind, type Step } from './rates.js';

/** A channel's numbers. Of times: nanoseconds of the sampler's clock. */
const FIELD = {
  ticks: 0,
  late: 1,
  missed: 2,
  failed: 3,
  callNs: 4,
  longestCallNs: 5,
  lastNs: 6,
  periodNs: 7,
  stepNs: 8,
} as const;
const WIDTH = 9;
/** The thread's own numbers, before those of the channels. `readingSinceNs` is NaN between two readings. */
const OWN = { busyNs: 0, reading: 1, readingSinceNs: 2 } as const;
const OWN_WIDTH = 3;

/** Lateness is counted in classes of which each is 9 % wider than the one before, from a microsecond to a quarter of an hour. */
const CLASSES_PER_OCTAVE = 8;
const CLASSES = 240;
const FIRST_CLASS_NS = 1_000;

/** A tick that is late by more than this share of its period counts as late. */
const LATE_SHARE = 0.5;

/** Bytes that the tally of so many channels takes; a multiple of eight. */
export const tallyBytes = (channels: number): number =>
  8 * (OWN_WIDTH + channels * WIDTH) + 4 * KINDS.length * CLASSES;

export interface Tally {
  /** Thread: a reading begins. */
  begin(channel: number, atNs: number): void;
  /** Thread: a reading was due `lateNs` before it began, `missed` others before it were left out, and it took `tookNs`. */
  tick(channel: number, lateNs: number, missed: number, periodNs: number, tookNs: number): void;
  /** Thread: it was of this moment, and had a value or none. */
  read(channel: number, atNs: number, ok: boolean): void;
  /** Thread: the ordinary period, as it has come to be. */
  period(channel: number, periodNs: number): void;
  /** Thread: how a counter was found to move. */
  step(channel: number, step: Step): void;
  /** Thread: so long it has not waited. */
  busy(ns: number): void;
  /** How often a channel was read. */
  ticks(channel: number): number;
  /** When a channel was read last, with a value or without; 0 before the first time. */
  lastNs(channel: number): number;
  stepOf(channel: number): Step;
  /** The reading that is under way, if any. */
  underWay(): { readonly channel: number; readonly sinceNs: number } | null;
  /** Everything as it stands. */
  snapshot(): TallySnapshot;
  /** The longest call is from now on that since now. */
  forgetLongest(): void;
}

/** Sums since the sampler's start. */
export interface TallySnapshot {
  readonly busyNs: number;
  readonly channels: readonly ChannelTally[];
  /** Readings of a kind by class of lateness. */
  readonly lateness: Readonly<Record<Kind, Float64Array>>;
}

export interface ChannelTally {
  readonly ticks: number;
  readonly late: number;
  readonly missed: number;
  readonly failed: number;
  readonly callNs: number;
  /** Since the last `forgetLongest`. */
  readonly longestCallNs: number;
  readonly periodNs: number;
  readonly step: Step;
}

/** `kinds` of the channels, in their order. A view of `buffer` from `offset` on, of `tallyBytes`. */
export function createTally(
  kinds: readonly Kind[],
  buffer: SharedArrayBuffer = new SharedArrayBuffer(tallyBytes(kinds.length)),
  offset = 0,
): Tally {
  const numbers = new Float64Array(buffer, offset, OWN_WIDTH + kinds.length * WIDTH);
  const classes = new Int32Array(buffer, offset + numbers.byteLength, KINDS.length * CLASSES);
  const kindOf = Int32Array.from(kinds, (kind) => KINDS.indexOf(kind));
  const at = (channel: number, field: number) => OWN_WIDTH + channel * WIDTH + field;
  const get = (channel: number, field: number) => numbers[at(channel, field)] ?? 0;
  const stepOf = (channel: number): Step => {
    const ns = get(channel, FIELD.stepNs);
    if (Number.isNaN(ns)) return 'still';
    return ns === 0 ? 'smooth' : ns / 1e6;
  };

  return {
    begin(channel, atNs) {
      numbers[OWN.reading] = channel;
      numbers[OWN.readingSinceNs] = atNs;
    },
    tick(channel, lateNs, missed, periodNs, tookNs) {
      const first = at(channel, 0);
      numbers[first + FIELD.ticks] = get(channel, FIELD.ticks) + 1;
      numbers[first + FIELD.callNs] = get(channel, FIELD.callNs) + tookNs;
      if (tookNs > get(channel, FIELD.longestCallNs)) numbers[first + FIELD.longestCallNs] = tookNs;
      if (missed > 0) numbers[first + FIELD.missed] = get(channel, FIELD.missed) + missed;
      else if (lateNs > LATE_SHARE * periodNs) numbers[first + FIELD.late] = get(channel, FIELD.late) + 1;
      const place = (kindOf[channel] ?? 0) * CLASSES + classOf(lateNs);
      classes[place] = (classes[place] ?? 0) + 1;
    },
    read(channel, atNs, ok) {
      const first = at(channel, 0);
      numbers[first + FIELD.lastNs] = atNs;
      if (!ok) numbers[first + FIELD.failed] = get(channel, FIELD.failed) + 1;
      numbers[OWN.readingSinceNs] = Number.NaN;
    },
    period(channel, periodNs) {
      numbers[at(channel, FIELD.periodNs)] = periodNs;
    },
    step(channel, step) {
      const ns = typeof step === 'number' ? step * 1e6 : step === 'smooth' ? 0 : Number.NaN;
      numbers[at(channel, FIELD.stepNs)] = ns;
    },
    busy(ns) {
      numbers[OWN.busyNs] = (numbers[OWN.busyNs] ?? 0) + ns;
    },
    ticks: (channel) => get(channel, FIELD.ticks),
    lastNs: (channel) => get(channel, FIELD.lastNs),
    stepOf,
    underWay() {
      const sinceNs = numbers[OWN.readingSinceNs] ?? 0;
      return sinceNs > 0 ? { channel: numbers[OWN.reading] ?? 0, sinceNs } : null;
    },
    snapshot: () => ({
      busyNs: numbers[OWN.busyNs] ?? 0,
      channels: kinds.map((_, channel) => ({
        ticks: get(channel, FIELD.ticks),
        late: get(channel, FIELD.late),
        missed: get(channel, FIELD.missed),
        failed: get(channel, FIELD.failed),
        callNs: get(channel, FIELD.callNs),
        longestCallNs: get(channel, FIELD.longestCallNs),
        periodNs: get(channel, FIELD.periodNs),
        step: stepOf(channel),
      })),
      lateness: { power: classesOf('power'), counter: classesOf('counter'), state: classesOf('state') },
    }),
    forgetLongest() {
      for (let channel = 0; channel < kinds.length; channel += 1)
        numbers[at(channel, FIELD.longestCallNs)] = 0;
    },
  };

  function classesOf(kind: Kind): Float64Array {
    const from = KINDS.indexOf(kind) * CLASSES;
    return Float64Array.from(classes.subarray(from, from + CLASSES));
  }
}

function classOf(lateNs: number): number {
  if (lateNs < FIRST_CLASS_NS) return 0;
  const octaves = Math.log2(lateNs / FIRST_CLASS_NS);
  return Math.min(CLASSES - 1, 1 + Math.floor(octaves * CLASSES_PER_OCTAVE));
}

/** Median, 99th percentile and highest of a lateness in classes, in ms: the upper end of a class, at most 9 % too high. Null of none. */
export function latenessOf(classes: Float64Array): { p50: number; p99: number; max: number } | null {
  const total = classes.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const quantile = (share: number) => {
    let seen = 0;
    const place = classes.findIndex((count) => (seen += count) >= share * total);
    return (FIRST_CLASS_NS * 2 ** (place / CLASSES_PER_OCTAVE)) / 1e6;
  };
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}
