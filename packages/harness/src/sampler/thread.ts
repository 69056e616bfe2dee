/** The harness's side of the sampler thread: everything that was read, channel by channel. */
import { Worker } from 'node:worker_threads';
import { llemError, type Channel, type PluginContext } from '@llem/core';
import type { Series } from '../energy/series.js';
import { samplerMemory } from './shared.js';
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
  /** Fast polling around an edge of the window, on or off. */
  edge(on: boolean): void;
  /** Everything read so far; the arrays grow with later calls. */
  channels(): readonly ChannelSeries[];
  counts(): { lateTicks: number; missedTicks: number; lost: number; readErrors: number };
  /** Ends the thread; what was read stays. Idempotent. */
  stop(): Promise<void>;
}

/** Opens every meter in a thread of its own and reads until `stop`. Throws LLEM_E_METER. */
export async function startSampler(
  meters: readonly SampledMeter[],
  context: PluginContext,
): Promise<Sampler> {
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
  const input: SamplerInput = { context, meters, buffer: memory.buffer, originNs, width };
  worker.postMessage(input);
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (message: string) =>
      reject(
        llemError('LLEM_E_METER', `A meter could not be opened: ${message}`, {
          remedy: 'Run `llem doctor` to see which meter fails and why, or leave it out of `energy.meters`.',
          failureClass: 'meter',
        }),
      );
    worker.on('message', (message: FromSampler) =>
      message.type === 'ready' ? resolve() : fail(message.message),
    );
    worker.on('error', (error: Error) => fail(error.message));
  });
  await ready;
  const timer = setInterval(drain, DRAIN_MS);

  return {
    edge: (on) => memory.command(on ? 'edge' : 'run'),
    channels() {
      drain();
      return series.flat();
    },
    counts: () => memory.counts(),
    async stop() {
      clearInterval(timer);
      memory.command('stop');
      await exited;
      drain();
    },
  };
}
