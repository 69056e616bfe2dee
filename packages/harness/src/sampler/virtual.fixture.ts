/** The sampler's loop on a clock that moves only when somebody waits or a call takes time. */
import { READ_OK, type Quantity } from '@llem/core';
import { runLoop, type LoopChannel } from './loop.js';
import { kindOf } from './rates.js';
import type { SamplerCommand } from './shared.js';
import { createTally, type Tally } from './tally.js';

const NS_PER_MS = 1e6;

export interface VirtualChannel {
  readonly quantity: Quantity;
  readonly minPeriodMs?: number;
  /** What a call takes. */
  readonly callMs?: number;
  /** For how long the thread is kept away from the processor inside the next call, before and after it looks at the source. */
  readonly interruptedMs?: () => readonly [before: number, after: number];
  /** Its value, or the error that it ends with. */
  readonly valueAt?: (ms: number) => number | { readonly code: number } | Error;
}

export interface VirtualReading {
  readonly atMs: number;
  readonly callMs: number;
  readonly value: number;
  readonly code: number;
}

export interface VirtualRun {
  /** Of each channel, in their order. */
  readonly readings: readonly VirtualReading[][];
  readonly tally: Tally;
  readonly readyMs: number;
  /** What probes have thrown. */
  readonly thrown: readonly unknown[];
}

/** Runs until `untilMs`. `commands` come at their times, `stalls` keep the thread away from the processor from a time on for so long. */
export function runVirtually(
  wanted: readonly VirtualChannel[],
  untilMs: number,
  commands: readonly (readonly [atMs: number, command: 'run' | 'edge'])[] = [],
  stalls: readonly (readonly [atMs: number, forMs: number])[] = [],
): VirtualRun {
  let nowNs = 0;
  let readyMs = Number.NaN;
  const changes = [...commands, [untilMs, 'stop'] as const];
  let next = 0;
  const nextNs = () => (changes[next]?.[0] ?? Infinity) * NS_PER_MS;
  const commandNow = (): SamplerCommand => {
    while (nextNs() <= nowNs) next += 1;
    return changes[next - 1]?.[1] ?? 'run';
  };
  const pending = [...stalls];
  const readings: VirtualReading[][] = wanted.map(() => []);
  const thrown: unknown[] = [];
  const channels = wanted.map((channel): LoopChannel => {
    const { quantity, minPeriodMs = 1, callMs = 0, interruptedMs, valueAt } = channel;
    return {
      channel: { quantity, minPeriodMs },
      index: 0,
      out: new Float64Array(1),
      probe: {
        read(out, index) {
          const [beforeMs, afterMs] = interruptedMs?.() ?? [0, 0];
          nowNs += (callMs + beforeMs) * NS_PER_MS;
          const told = valueAt?.(nowNs / NS_PER_MS) ?? nowNs;
          nowNs += afterMs * NS_PER_MS;
          if (told instanceof Error) throw told;
          if (typeof told !== 'number') return told.code;
          out[index] = told;
          return READ_OK;
        },
      },
    };
  });
  const tally = createTally(channels.map(({ channel }) => kindOf(channel)));
  const clock = {
    nowNs: () => nowNs,
    wait(current: SamplerCommand, ms: number) {
      if (commandNow() === current) nowNs = Math.min(nowNs + ms * NS_PER_MS, nextNs());
      const [stall] = pending;
      if (stall && nowNs >= stall[0] * NS_PER_MS) {
        pending.shift();
        nowNs += stall[1] * NS_PER_MS;
      }
      return commandNow();
    },
  };
  runLoop(channels, clock, tally, {
    ready: () => {
      readyMs = nowNs / NS_PER_MS;
    },
    reading: (channel, atNs, callNs, value, code) =>
      readings[channel]?.push({ atMs: atNs / NS_PER_MS, callMs: callNs / NS_PER_MS, value, code }),
    threw: (_, error) => thrown.push(error),
  });
  return { readings, tally, readyMs, thrown };
}

/** Times between the readings of a channel from a time to another, in ms. */
export function gapsMs(readings: readonly VirtualReading[], fromMs: number, toMs: number): number[] {
  const times = readings.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs && atMs < toMs);
  return times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
}

/** A counter of 300 W that steps every `stepMs`. */
export const steppingAt = (stepMs: number) => (ms: number) => 0.3 * stepMs * Math.floor(ms / stepMs);
