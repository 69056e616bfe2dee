/** The harness's side of the sampler thread: everything that was read, channel by channel. */
import { Worker } from 'node:worker_threads';
import { llemError, tellsEnergy, type Channel, type PluginContext } from '@llem/core';
import type { Series } from '../energy/series.js';
import { kindOf, leadMs } from './rates.js';
import { samplerMemory, type TakeReading } from './shared.js';
import type { TallySnapshot } from './tally.js';
import type { FromSampler, SampledMeter, SamplerInput } from './worker.js';

/** How often the ring is emptied; it holds far more. */
const DRAIN_MS = 1_000;
/** A reading that takes longer than this does not come back: the driver hangs. */
const LONGEST_READING_S = 30;
/** A thread that does not end within this time after it was told to is ended from outside, and left alone when it cannot be. */
const STOP_TIMEOUT_MS = 2_000;

/** A channel with everything read from it so far. */
export interface ChannelSeries {
  readonly meterId: string;
  readonly channel: Channel;
  readonly series: Series;
  /** Readings without a value; the code and the reason of the last of them. */
  readonly failures: Failures;
}

export interface Failures {
  readonly count: number;
  readonly lastCode: number | null;
  /** In words that finish the sentence "it could not be read: ...". */
  readonly reason: string | null;
}

/** Since the sampler's start. */
export interface SamplerCounts extends TallySnapshot {
  /** `process.hrtime.bigint()` of the snapshot. */
  readonly atNs: bigint;
  /** Readings that found no room. */
  readonly lost: number;
}

export interface Sampler {
  /** Settles when every meter is open, every channel was read once, and it is known how counters step. */
  readonly ready: Promise<void>;
  /** Never resolves; rejects with LLEM_E_METER when a meter cannot be opened or does not come back, or the thread fails. */
  readonly failed: Promise<never>;
  /** Fast polling around an edge of an interval, on or off. */
  edge(on: boolean): void;
  /** How long before an edge fast polling has to begin, and after it to last, in ms; known when `ready`. */
  leadMs(): number;
  /** Everything read so far; the arrays grow with later calls. */
  channels(): readonly ChannelSeries[];
  /** True when every channel of energy and power was read after this moment, with a value or without. */
  hasReadSince(atNs: bigint): boolean;
  counts(): SamplerCounts;
  /** The longest calls that `counts` tells are from now on those since now. */
  forgetLongestCalls(): void;
  /** Ends the thread; what was read stays. Idempotent. */
  stop(): Promise<void>;
}

interface Collected extends ChannelSeries {
  failures: Failures;
  readonly reasons: Map<number, string>;
}

/** Opens every meter in a thread of its own and reads until `stop`. */
export function startSampler(meters: readonly SampledMeter[], context: PluginContext): Sampler {
  const originNs = process.hrtime.bigint();
  const nowNs = () => Number(process.hrtime.bigint() - originNs);
  const collected = meters.flatMap(({ ref, channels }) =>
    channels.map((channel): Collected => ({
      meterId: ref.id,
      channel,
      series: { atNs: [], callNs: [], values: [] },
      failures: { count: 0, lastCode: null, reason: null },
      reasons: new Map(),
    })),
  );
  const memory = samplerMemory(collected.map(({ channel }) => kindOf(channel)));
  const { tally } = memory;
  const take: TakeReading = (index, atNs, callNs, value, code) => {
    const into = collected[index];
    if (into === undefined) return;
    if (Number.isFinite(value)) {
      into.series.atNs.push(originNs + BigInt(Math.round(atNs)));
      into.series.callNs.push(callNs);
      into.series.values.push(value);
    } else {
      const reason = into.reasons.get(code) ?? null;
      into.failures = { count: into.failures.count + 1, lastCode: code, reason };
    }
  };
  const drain = () => memory.drain(take);

  const worker = new Worker(new URL('./worker.js', import.meta.url), { name: 'llem-sampler' });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let stopping = false;
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  let fail: (message: string) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (message) =>
      reject(
        llemError('LLEM_E_METER', `A meter failed: ${message}`, {
          remedy: 'Run `llem doctor` to see which meter fails and why, or leave it out of `energy.meters`.',
          failureClass: 'meter',
        }),
      );
  });
  // It is raced where it matters; alone it must not count as unhandled.
  failed.catch(() => undefined);
  worker.on('message', (message: FromSampler) => {
    switch (message.type) {
      case 'ready':
        isReady();
        break;
      case 'code':
        learn(collected[message.channel], message.code, message.reason);
        break;
      case 'failed':
        fail(message.message);
        break;
    }
  });
  worker.on('error', (error: Error) => fail(error.message));
  worker.on('exit', () => {
    if (!stopping) fail('the thread that reads it has ended.');
  });
  const input: SamplerInput = { context, meters, buffer: memory.buffer, originNs };
  worker.postMessage(input);
  const timer = setInterval(() => {
    drain();
    const reading = tally.underWay();
    const channel = reading ? collected[reading.channel]?.channel : undefined;
    if (reading && channel && nowNs() - reading.sinceNs > LONGEST_READING_S * 1e9)
      fail(
        `reading ${channel.quantity} of ${channel.deviceId} has not come back for ${LONGEST_READING_S} s.`,
      );
  }, DRAIN_MS);

  return {
    ready,
    failed,
    edge: (on) => memory.command(on ? 'edge' : 'run'),
    leadMs: () =>
      leadMs(
        collected.flatMap(({ channel }, index) =>
          kindOf(channel) === 'counter' ? [tally.stepOf(index)] : [],
        ),
      ),
    channels() {
      drain();
      return collected;
    },
    hasReadSince: (atNs) =>
      collected.every(
        ({ channel }, index) => !tellsEnergy(channel) || tally.lastNs(index) > Number(atNs - originNs),
      ),
    counts: () => ({ ...tally.snapshot(), atNs: process.hrtime.bigint(), lost: memory.lost() }),
    forgetLongestCalls: () => tally.forgetLongest(),
    async stop() {
      clearInterval(timer);
      stopping = true;
      memory.command('stop');
      // A thread inside a driver that hangs cannot be ended: it is left behind.
      const late = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
      let leave: NodeJS.Timeout | undefined;
      const left = new Promise<void>((resolve) => {
        leave = setTimeout(resolve, 2 * STOP_TIMEOUT_MS);
      });
      await Promise.race([exited, left]);
      clearTimeout(late);
      clearTimeout(leave);
      worker.unref();
      drain();
    },
  };
}

function learn(of: Collected | undefined, code: number, reason: string): void {
  if (of === undefined) return;
  of.reasons.set(code, reason);
  if (of.failures.lastCode === code) of.failures = { ...of.failures, reason };
}
