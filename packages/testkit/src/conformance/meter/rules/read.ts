/** What a probe reads. */
import { isCumulative, type Channel } from '@llem/core';
import { demand } from '../../rule.js';
import { returned } from '../../returns.js';
import { nameOf } from '../bench.js';
import { rule } from './rule.js';

/** What nobody reads: the place of another channel that keeps it was left alone. */
const UNTOUCHED = -123_456.75;

/**
 * What a value lies within, in the unit of its quantity: whoever forgets a factor of a thousand is beyond it, with hardly a device that is. Power: of a
 * rack at most.
 */
const PLAUSIBLE: Readonly<Record<Channel['quantity'], readonly [least: number, most: number]>> = {
  energyJ: [0, 1e15],
  powerW: [0, 1e5],
  temperatureC: [-100, 300],
  memoryBytes: [0, 1e15],
  clockMHz: [0, 1e5],
  memoryClockMHz: [0, 1e5],
  utilization: [0, 1],
  throttle: [0, 2 ** 31],
  powerThrottleS: [0, 1e10],
  thermalThrottleS: [0, 1e10],
};

export const readRules = [
  rule('meter.read.values', 'every channel gives a value that its quantity may have', (bench) => {
    const values = bench.open().values();
    for (const [index, channel] of bench.channels.entries()) {
      const [least, most] = PLAUSIBLE[channel.quantity];
      const value = values[index] ?? Number.NaN;
      demand(
        value >= least && value <= most,
        `${nameOf(channel)} is ${value}, which is no ${channel.quantity}.`,
      );
    }
  }),

  rule(
    'meter.read.place',
    'a read writes into the place of its channel, and nowhere else',
    ({ open, channels }) => {
      const { probe } = open();
      const out = new Float64Array(channels.length);
      for (const [index, channel] of channels.entries()) {
        out.fill(UNTOUCHED);
        returned(`read() of ${nameOf(channel)}`, () => probe.read(out, index));
        const touched = [...out.keys()].filter((place) => out[place] !== UNTOUCHED);
        demand(
          touched.join() === `${index}`,
          `A read of channel ${index}, ${nameOf(channel)}, wrote into the places ${touched.join(', ')}.`,
        );
      }
    },
  ),

  rule(
    'meter.read.order',
    'a probe reads the channels that it was opened with, in their order',
    async (bench, { count }) => {
      const { channels } = bench;
      const orders = [channels.toReversed(), channels.filter((_, index) => index % 2 === 1)];
      const all = bench.open();
      for (const order of orders.filter(({ length }) => length > 0 && channels.length > 1)) {
        const probe = bench.open(order);
        // Two readings of all around one of the others, before and after the source has counted on.
        const around = () => [all.values(), probe.values(), all.values()] as const;
        const before = around();
        await count();
        const after = around();
        for (const [index, channel] of order.entries()) {
          const own = channels.indexOf(channel);
          const of = (values: readonly number[], place: number) => values[place] ?? Number.NaN;
          const [b1, b, b2] = [of(before[0], own), of(before[1], index), of(before[2], own)];
          const [a1, a, a2] = [of(after[0], own), of(after[1], index), of(after[2], own)];
          const slack = 2 * channel.resolution + 1e-9 * Math.abs(a2);
          const isOwn = isCumulative(channel)
            ? a - b >= a1 - b2 - slack && a - b <= a2 - b1 + slack
            : b1 !== b2 || b === b1;
          demand(
            isOwn,
            `In another order, or without some, ${nameOf(channel)} is another value: it has to be read by its place in \`open\`.`,
          );
        }
      }
    },
  ),

  rule('meter.read.quick', 'a reading takes no longer than its period', ({ open, channels }) => {
    const { probe } = open();
    const out = new Float64Array(channels.length);
    for (const [index, channel] of channels.entries()) {
      // All in one call: what watches over a call takes longer than a reading may.
      const tookMs = returned(`read() of ${nameOf(channel)}`, () =>
        Array.from({ length: 25 }, () => {
          const fromMs = performance.now();
          probe.read(out, index);
          return performance.now() - fromMs;
        }),
      );
      const medianMs = tookMs.sort((a, b) => a - b)[12] ?? 0;
      demand(
        medianMs <= channel.minPeriodMs,
        `A reading of ${nameOf(channel)} takes ${medianMs.toFixed(1)} ms, and it is to be read every ${channel.minPeriodMs} ms.`,
      );
    }
  }),
];
