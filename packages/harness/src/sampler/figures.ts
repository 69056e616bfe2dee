/** What the sampler was like over an interval, for the record: how well it kept its rates, and what that took. */
import { tellsEnergy, type Channel, type Measurement, type Quantity } from '@llem/core';
import { latenessOf, type ChannelTally } from './tally.js';
import type { ChannelSeries, SamplerCounts } from './thread.js';

type Figures = Pick<
  Measurement['harness'],
  'ticks' | 'lateTicks' | 'missedTicks' | 'failedReadings' | 'lostReadings' | 'sampler'
>;

/** Between two snapshots, of these channels. */
export function samplerFigures(
  before: SamplerCounts,
  after: SamplerCounts,
  channels: readonly Pick<ChannelSeries, 'meterId' | 'channel'>[],
): Figures {
  const each = channels.flatMap(({ meterId, channel }, index) => {
    const [from, to] = [before.channels[index], after.channels[index]];
    return from && to ? [{ channel, figures: channelFigures(meterId, channel, from, to) }] : [];
  });
  const timely = each.filter(({ channel }) => tellsEnergy(channel)).map(({ figures }) => figures);
  const kind = timely.some(({ quantity }) => quantity === 'powerW') ? 'power' : 'counter';
  const lateness = after.lateness[kind].map((count, place) => count - (before.lateness[kind][place] ?? 0));
  const sum = (pick: (one: (typeof timely)[number]) => number) =>
    timely.reduce((total, one) => total + pick(one), 0);
  return {
    ticks: sum(({ ticks }) => ticks),
    lateTicks: sum(({ lateTicks }) => lateTicks),
    missedTicks: sum(({ missedTicks }) => missedTicks),
    failedReadings: each.reduce((total, { figures }) => total + figures.failedReadings, 0),
    lostReadings: after.lost - before.lost,
    sampler: {
      share: (after.busyNs - before.busyNs) / Math.max(1, Number(after.atNs - before.atNs)),
      latenessMs: latenessOf(lateness),
      channels: each.map(({ figures }) => figures),
    },
  };
}

function channelFigures(
  meter: string,
  { deviceId, quantity }: Channel,
  from: ChannelTally,
  to: ChannelTally,
): Figures['sampler']['channels'][number] {
  const ticks = to.ticks - from.ticks;
  return {
    meter,
    device: deviceId,
    quantity,
    periodMs: to.periodNs / 1e6,
    stepMs: quantity === 'energyJ' && typeof to.step === 'number' ? to.step : null,
    ticks,
    lateTicks: to.late - from.late,
    missedTicks: to.missed - from.missed,
    failedReadings: to.failed - from.failed,
    callMs: ticks > 0 ? { mean: (to.callNs - from.callNs) / ticks / 1e6, max: to.longestCallNs / 1e6 } : null,
  };
}

const ENERGY: ReadonlySet<string> = new Set<Quantity>(['energyJ', 'powerW']);

/** Share of the ticks that were left out, 0 to 1, of that channel of energy and power where it is largest. */
export function worstMissedShare({ channels }: Figures['sampler'], deviceIds: readonly string[]): number {
  const shares = channels
    .filter(({ device, quantity }) => deviceIds.includes(device) && ENERGY.has(quantity))
    .map(({ ticks, missedTicks }) => missedTicks / Math.max(1, ticks + missedTicks));
  return Math.max(0, ...shares);
}
