/** The harness's side of the sampler thread: everything that was read, channel by channel. */
import { Worker } from 'node:worker_threads';
import { llemError, type Channel, type PluginContext } from '@llem/core';
import type { Series } from '../energy/series.js';
import { samplerMemory, type SamplerCounts } from './shared.js';
import type { FromSampler, SampledMeter, SamplerInput } from './worker.js';

/** How often the ring is emptied; it holds far more. */
const DRAIN_MS = 1_000;

/** A channel with everything read from it so far. */
export interface ChannelSeries {
  readonly meterId: string;
  readonly channel: Channel;
  readonly series: Series;
}

export interface Sampler {
  /** Settles when every meter is open and has been read once. */
  readonly ready: Promise<void>;
  /** Never resolves; rejects with LLEM_E_METER when a meter cannot be opened or the thread fails. */
  readonly failed: Promise<never>;
  /** Fast polling around an edge of the window, on or off. */
  edge(on: boolean): void;
  /** Everything read so far; the arrays grow with later calls. */
  channels(): readonly ChannelSeries[];
  counts(): SamplerCounts;
  /** Ends the thread; what was read stays. Idempotent. */
  stop(): Promise<void>;
}

/** A thread that does not end within this time after it was told to is ended from outside. */
const STOP_TIMEOUT_MS = 2_000;

/** Opens every meter in a thread of its own and reads until `stop`. */
export function startSampler(meters: readonly SampledMeter[], context: PluginContext): Sampler {
  const width = Math.max(1, ...meters.map((meter) => meter.channels.length));
  const originNs = process.hrtime.bigint();
  const memory = samplerMemory(width, originNs);
  const series: ChannelSeries[][] = meters.map((meter) =>
    meter.channels.map((channel) => ({ meterId: meter.ref.id, channel, series: { atNs: [], values: [] } })),
  );
  const drain = () => {
    for (const reading of memory.drain()) {
      for (const [index, { series: into }] of (series[reading.probe] ?? []).entries()) {
        const value = reading.values[index];
        if (value === undefined || !Number.isFinite(value)) continue;
        into.atNs.push(reading.atNs);
        into.values.push(value);
      }
    }
  };

  const worker = new Worker(new URL('./worker.js', import.meta.url), { name: 'llem-sampler' });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let stopping = false;
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const failed = new Promise<never>((_, reject) => {
    const fail = (message: string) =>
      reject(
        llemError('LLEM_E_METER', `A meter failed: ${message}`, {
          remedy: 'Run `llem doctor` to see which meter fails and why, or leave it out of `energy.meters`.',
          failureClass: 'meter',
        }),
      );
    worker.on('message', (message: FromSampler) =>
      message.type === 'ready' ? isReady() : fail(message.message),
    );
    worker.on('error', (error: Error) => fail(error.message));
    worker.on('exit', () => {
      if (!stopping) fail('the thread that reads it has ended.');
    });
  });
  // It is raced where it matters; alone it must not count as unhandled.
  failed.catch(() => undefined);
  const input: SamplerInput = { context, meters, buffer: memory.buffer, originNs, width };
  worker.postMessage(input);
  const timer = setInterval(drain, DRAIN_MS);

  return {
    ready,
    failed,
    edge: (on) => memory.command(on ? 'edge' : 'run'),
    channels() {
      drain();
      return series.flat();
    },
    counts: () => memory.counts(),
    async stop() {
      clearInterval(timer);
      stopping = true;
      memory.command('stop');
      const late = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(late);
      drain();
    },
  };
}
