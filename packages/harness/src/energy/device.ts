/** Energy of one device over an interval: by its counter and by its power, each beside the other, and which one counts. */
import type { Channel, Device, EnergyDomain, EnergyQuality, Quantity } from '@llem/core';
import type { ChannelSeries } from '../sampler/thread.js';
import { counterEnergy } from './counter.js';
import { integralEnergy } from './integral.js';
import {
  around,
  changesOnly,
  durationS,
  highestWithin,
  longestGapS,
  wentBackwards,
  type Interval,
} from './series.js';

type CounterFigure = NonNullable<EnergyDomain['counter']>;
type IntegralFigure = NonNullable<EnergyDomain['integral']>;

/** Both sources of a device's energy as they stand in the record, and the one that its figure is taken from. */
export interface DeviceEnergy extends Pick<EnergyDomain, 'counter' | 'integral' | 'divergence' | 'reason'> {
  readonly chosen: CounterFigure | IntegralFigure | null;
  readonly quality: EnergyQuality | null;
}

/** Why a domain has no figure when its counter lost value; the check `negative-energy` looks for it. */
export const COUNTER_WENT_BACKWARDS = 'the counter went backwards inside the window';
/** What the reason of a domain begins with whose counter has no figure; the check `counter-coverage` looks for it. */
export const COUNTER_NOT_BRACKETED =
  'the counter has no step on both sides of the beginning or the end of the window';
const POWER_NOT_BRACKETED = 'power has no reading on both sides of the beginning or the end of the window';

/**
 * The counter before the integral. A counter that went backwards leaves no figure at all: whatever made it do so (a driver that
 * was reloaded) leaves power in doubt too. One whose edges are not bracketed gives way to the integral, and `reason` says so.
 */
export function deviceEnergy(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
  lacks: Device['reasons'] = {},
): DeviceEnergy {
  const counted = channelOf(deviceId, 'energyJ', channels);
  const powered = channelOf(deviceId, 'powerW', channels);
  const backwards = counted !== undefined && wentBackwards(counted.series, interval);
  const counter = counted && !backwards ? counterFigure(counted, powered, interval) : null;
  const integral = powered ? integralFigure(powered, interval) : null;
  const chosen = backwards ? null : (counter ?? integral);
  const source = counter ? counted : powered;
  return {
    counter,
    integral,
    divergence:
      counter && integral && integral.joules > 0
        ? (counter.joules - integral.joules) / integral.joules
        : null,
    chosen,
    quality: chosen && source ? qualityOf(source.channel) : null,
    reason: backwards ? COUNTER_WENT_BACKWARDS : reasonOf(counted, powered, { counter, integral }, lacks),
  };
}

function counterFigure(
  { channel, series }: ChannelSeries,
  powered: ChannelSeries | undefined,
  interval: Interval,
): CounterFigure | null {
  // A mean over a time says nothing of the shape of power inside it.
  const isInstant = powered?.channel.averagedMs === undefined;
  const power =
    powered && isInstant ? { series: powered.series, updateMs: powered.channel.minPeriodMs } : null;
  const energy = counterEnergy(series, interval, power);
  // A counter that stands still is read in vain.
  const changes = changesOnly(around(series, interval, 0n));
  return energy && { ...energy, gainRel: channel.accuracyRel, longestGapS: longestGapS(changes, interval) };
}

function integralFigure({ channel, series }: ChannelSeries, interval: Interval): IntegralFigure | null {
  const { minPeriodMs: updateMs, averagedMs, resolution: resolutionW } = channel;
  const kind = { updateMs, resolutionW, ...(averagedMs === undefined ? {} : { averagedMs }) };
  const energy = integralEnergy(series, interval, kind);
  return (
    energy && {
      ...energy,
      gainRel: channel.accuracyRel,
      longestGapS: longestGapS(series, interval),
      averagedMs: averagedMs ?? null,
    }
  );
}

function qualityOf({ measured, quantity }: Channel): EnergyQuality {
  if (!measured) return 'estimated';
  return quantity === 'energyJ' ? 'counter' : 'integrated';
}

/** Why the counter has no figure, and power has none either or stands in for it. Null where the best source that there is has one. */
function reasonOf(
  counted: ChannelSeries | undefined,
  powered: ChannelSeries | undefined,
  { counter, integral }: Pick<DeviceEnergy, 'counter' | 'integral'>,
  lacks: Device['reasons'] = {},
): string | null {
  if (counter || (integral && !counted)) return null;
  const why = [
    counted ? COUNTER_NOT_BRACKETED + failuresOf(counted) : (lacks['energyJ'] ?? 'nothing reads its energy'),
    ...(integral ? ['power was integrated instead'] : []),
    ...(!integral && powered ? [POWER_NOT_BRACKETED + failuresOf(powered, counted)] : []),
    ...(!powered && lacks['powerW'] !== undefined ? [lacks['powerW']] : []),
  ];
  return why.join('; ');
}

/** What the source said when it gave no value; nothing where it always did, and not again what it said of `told`. */
function failuresOf({ failures: { count, reason } }: ChannelSeries, told?: ChannelSeries): string {
  if (count === 0) return '';
  if (reason !== null && reason === told?.failures.reason)
    return ` (${count} of its readings failed for the same reason)`;
  return ` (${count} of its readings failed${reason === null ? '' : `: ${reason}`})`;
}

function channelOf(
  deviceId: string,
  quantity: Quantity,
  channels: readonly ChannelSeries[],
): ChannelSeries | undefined {
  return channels.find(({ channel }) => channel.deviceId === deviceId && channel.quantity === quantity);
}

/** Highest power that was read inside an interval; null where power was not read. */
export function highestPowerW(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
): number | null {
  const power = channelOf(deviceId, 'powerW', channels);
  if (!power || power.channel.averagedMs !== undefined) return null;
  return highestWithin(power.series, interval);
}

/** Mean power of a device over an interval, W; null when it cannot be told. */
export function meanPowerW(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
): number | null {
  const { chosen } = deviceEnergy(deviceId, channels, interval);
  return chosen && durationS(interval) > 0 ? chosen.joules / durationS(interval) : null;
}

/** Mean power of several devices together, W; null unless every one can be told. */
export function sumOfPowerW(
  deviceIds: readonly string[],
  channels: readonly ChannelSeries[],
  interval: Interval,
): number | null {
  let watts = deviceIds.length > 0 ? 0 : null;
  for (const id of deviceIds) {
    const one = meanPowerW(id, channels, interval);
    watts = watts === null || one === null ? null : watts + one;
  }
  return watts;
}

/** Mean power in equal parts of an interval; a part that cannot be told is left out. */
export function powerByPart(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
  parts: number,
): number[] {
  const step = (interval.endNs - interval.startNs) / BigInt(parts);
  return Array.from({ length: parts }, (_, part) => {
    const startNs = interval.startNs + step * BigInt(part);
    return meanPowerW(deviceId, channels, { startNs, endNs: startNs + step });
  }).filter((watts) => watts !== null);
}

/** Mean power of several devices together in equal parts of an interval, W; null unless all parts of all can be told. */
export function partsOfPowerW(
  deviceIds: readonly string[],
  channels: readonly ChannelSeries[],
  interval: Interval,
  parts: number,
): number[] | null {
  const each = deviceIds.map((id) => powerByPart(id, channels, interval, parts));
  if (each.length === 0 || each.some((watts) => watts.length < parts)) return null;
  return Array.from({ length: parts }, (_, part) => each.reduce((sum, watts) => sum + (watts[part] ?? 0), 0));
}
