/** What of a device can be read, and how well. */
import { QUANTITIES, tellsEnergy } from '@llem/core';
import { demand } from '../../rule.js';
import { nameOf } from '../bench.js';
import { rule } from './rule.js';

/** Less often than every hour is no measuring. */
const LONGEST_PERIOD_MS = 3_600_000;

const isAtLeast = (least: number, value: number) => Number.isFinite(value) && value >= least;

export const channelRules = [
  rule(
    'meter.channels.devices',
    'channels are those of the devices that they are asked of',
    ({ meter, devices }) => {
      demand(meter.channels([]).length === 0, 'Of no device it has channels.');
      for (const device of devices) {
        const stranger = meter.channels([device]).find(({ deviceId }) => deviceId !== device.id);
        demand(stranger === undefined, `Asked of ${device.id} it has ${nameOf(stranger)}.`);
      }
      const all = devices.flatMap((device) => meter.channels([device]).map(nameOf)).sort();
      const together = meter.channels(devices).map(nameOf).sort();
      demand(
        all.join() === together.join(),
        'Asked of all devices together it has other channels than of each alone.',
      );
    },
  ),

  rule(
    'meter.channels.quantities',
    'a device has at most one channel of each quantity there is',
    ({ channels }) => {
      const seen = new Set<string>();
      for (const channel of channels) {
        demand(
          QUANTITIES.some((known) => known === channel.quantity),
          `There is no quantity "${channel.quantity}".`,
        );
        demand(!seen.has(nameOf(channel)), `There are two channels for ${nameOf(channel)}.`);
        seen.add(nameOf(channel));
      }
    },
  ),

  rule('meter.channels.period', 'says how often a channel is to be read at most', ({ channels }) => {
    for (const channel of channels) {
      const { minPeriodMs, averagedMs } = channel;
      demand(
        minPeriodMs > 0 && minPeriodMs <= LONGEST_PERIOD_MS,
        `${nameOf(channel)} has the period ${minPeriodMs} ms: it takes a number above 0.`,
      );
      demand(
        averagedMs === undefined || (Number.isFinite(averagedMs) && averagedMs > 0),
        `${nameOf(channel)} is a mean of ${averagedMs ?? 0} ms: it takes a number above 0, or none.`,
      );
    }
  }),

  rule('meter.channels.resolution', 'says the smallest step of a channel', ({ channels }) => {
    for (const channel of channels)
      demand(
        isAtLeast(0, channel.resolution),
        `${nameOf(channel)} has the resolution ${channel.resolution}.`,
      );
  }),

  rule(
    'meter.channels.accuracy',
    'says how far off energy and power may be, and 0 of all else',
    ({ channels }) => {
      for (const channel of channels) {
        const { accuracyRel } = channel;
        demand(
          isAtLeast(0, accuracyRel) && accuracyRel <= 1,
          `${nameOf(channel)} has the accuracy ${accuracyRel}: it takes a share, such as 0.05.`,
        );
        demand(
          tellsEnergy(channel) || accuracyRel === 0,
          `${nameOf(channel)} has the accuracy ${accuracyRel}: that is said of energy and power alone.`,
        );
      }
    },
  ),

  rule('meter.channels.measured', 'says whether a channel is measured or a model', ({ channels }) => {
    for (const channel of channels)
      demand(
        typeof channel.measured === 'boolean',
        `${nameOf(channel)} does not say whether it is measured.`,
      );
  }),
];
