/**
 * The sampler's loop: finds out how counters step, then reads what is due, until it is told to stop. Clock, wait and output are
 * given to it, so that it runs on a virtual clock as it does in its thread. All its state is there from
 * the beginning; what the clock gives is the only garbage.
 */
import { READ_OK, type Channel, type Probe } from '@llem/core';
import { kindOf } from './rates.js';
import { createSchedule } from './schedule.js';
import type { SamplerCommand, TakeReading } from './shared.js';
import { watchSteps } from './steps.js';
import type { Tally } from './tally.js';

/** How long counters are watched at most before everything else, in nanoseconds. */
const WATCH_NS = 1e9;
/** How long to wait where there is nothing to read. */
const IDLE_MS = 1_000;
const NS_PER_MS = 1e6;

/** Codes of readings that went wrong outside of the source. */
export const READ_THREW = -1;
export const READ_NOTHING = -2;

/** A channel and where it is read: channel `index` of `probe`, whose values `out` has room for. */
export interface LoopChannel {
  readonly channel: Pick<Channel, 'quantity' | 'minPeriodMs'>;
  readonly probe: Pick<Probe, 'read'>;
  readonly index: number;
  readonly out: Float64Array;
}

export interface LoopClock {
  /** Nanoseconds since an origin; does not go back. */
  nowNs(): number;
  /** Waits until `ms` have passed, not at all for 0, or the command is another than `current`; gives the command. */
  wait(current: SamplerCommand, ms: number): SamplerCommand;
}

export interface LoopSink {
  /** Every channel was read once, and it is known how counters step. */
  ready(): void;
  /** `value` is NaN unless `code` is READ_OK. */
  readonly reading: TakeReading;
  /** A probe threw, which it must not; the reading has READ_THREW. */
  threw(channel: number, error: unknown): void;
}

/** Returns when the command is `stop`. `tally` is one of the kinds of these channels. */
export function runLoop(
  channels: readonly LoopChannel[],
  clock: LoopClock,
  tally: Tally,
  sink: LoopSink,
): void {
  const schedule = createSchedule(
    channels.map(({ channel }) => channel),
    tally,
  );
  const watches = channels.map(({ channel }) => (kindOf(channel) === 'counter' ? watchSteps() : null));
  const hasReadAll = () => channels.every((_, index) => tally.ticks(index) > 0);
  const isSettled = () => watches.every((watch) => watch === null || watch.settled());

  let command: SamplerCommand = 'run';
  let watching = true;
  let awakeNs = clock.nowNs();
  const watchUntilNs = awakeNs + WATCH_NS;
  schedule.setPace('edge', awakeNs);

  const read = (index: number, startNs: number) => {
    const each = channels[index];
    if (each === undefined) return;
    const { probe, index: own, out } = each;
    out[own] = Number.NaN;
    tally.begin(index, startNs);
    let code: number;
    try {
      code = probe.read(out, own);
    } catch (error) {
      code = READ_THREW;
      sink.threw(index, error);
    }
    const endNs = clock.nowNs();
    const told = out[own] ?? Number.NaN;
    if (code === READ_OK && !Number.isFinite(told)) code = READ_NOTHING;
    const value = code === READ_OK ? told : Number.NaN;
    const atNs = (startNs + endNs) / 2;
    sink.reading(index, atNs, endNs - startNs, value, code);
    schedule.finish(index, startNs, endNs);
    tally.read(index, atNs, code === READ_OK);
    if (watching && code === READ_OK) watches[index]?.observe(value, atNs);
  };
  const endWatch = (nowNs: number) => {
    for (const [index, watch] of watches.entries()) {
      if (watch === null) continue;
      tally.step(index, watch.step());
      schedule.setStep(index, watch.step());
    }
    schedule.setPace(command === 'edge' ? 'edge' : 'run', nowNs);
    sink.ready();
  };

  while (command !== 'stop') {
    const nowNs = clock.nowNs();
    const due = schedule.pick(nowNs);
    if (due >= 0) read(due, nowNs);
    if (watching && hasReadAll() && (isSettled() || nowNs >= watchUntilNs)) {
      watching = false;
      endWatch(clock.nowNs());
    }
    // What is due is read without a wait, but not without a look at the command.
    let waitMs = 0;
    if (due < 0) {
      const soonestNs = schedule.soonestNs();
      waitMs = soonestNs === Infinity ? IDLE_MS : (soonestNs - nowNs) / NS_PER_MS;
      tally.busy(clock.nowNs() - awakeNs);
    }
    const next = clock.wait(command, waitMs);
    if (due < 0) awakeNs = clock.nowNs();
    if (next !== command && next !== 'stop' && !watching) schedule.setPace(next, clock.nowNs());
    command = next;
  }
}
