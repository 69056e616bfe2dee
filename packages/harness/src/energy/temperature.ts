/** How hot the devices are that a run is billed for. */
import type { ChannelSeries } from '../sampler/thread.js';
import type { UsableMeter } from './meters.js';

/** The last temperature at or before a time of the hottest device, in degrees Celsius; null where nothing tells one. */
export function hottestC(channels: readonly ChannelSeries[], atNs: bigint): number | null {
  const readings = channels
    .filter(({ channel }) => channel.quantity === 'temperatureC')
    .map(({ series }) => series.values[series.atNs.findLastIndex((ns) => ns <= atNs)])
    .filter((value) => value !== undefined);
  return readings.length > 0 ? Math.max(...readings) : null;
}

/** The meters that tell how hot a GPU is, with nothing else to read; empty where none does. */
export function thermometers(meters: readonly UsableMeter[]): UsableMeter[] {
  return meters
    .map((meter) => {
      const gpus = meter.devices.filter(({ scope }) => scope === 'gpu').map(({ id }) => id);
      const channels = meter.channels.filter(
        ({ deviceId, quantity }) => quantity === 'temperatureC' && gpus.includes(deviceId),
      );
      return { ...meter, channels };
    })
    .filter(({ channels }) => channels.length > 0);
}
