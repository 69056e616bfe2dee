/** How hot the devices are that a run is billed for. */
import { warning, type Plan } from '@llem/core';
import type { ChannelSeries } from '../sampler/thread.js';
import { devicesOf } from '../devices/selection.js';
import type { Plugins } from '../request.js';
import { billedMeters, type NamedFinding, type UsableMeter } from './meters.js';

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

/** A warning for the first experiment whose gaps cannot wait for a temperature, because nothing tells one; else empty. */
export function withoutThermometer(
  plan: Plan,
  plugins: Plugins,
  meters: readonly UsableMeter[],
): NamedFinding[] {
  if (plan.execution.gaps.until_c === 'none') return [];
  const without = plan.experiments.find((experiment) => {
    const billed = billedMeters(meters, devicesOf(experiment, plugins));
    return thermometers(billed).length === 0;
  });
  if (!without) return [];
  return [
    {
      id: 'execution.gaps.until_c',
      ...warning(
        `Nothing tells the temperature of a GPU that ${without.label} is billed for: before its runs only the time is waited for.`,
        'Run `llem doctor` to see what each meter needs, or leave until_c out.',
      ),
    },
  ];
}
