/** What counters do: they go on. */
import { isCumulative } from '@llem/core';
import { demand } from '../../rule.js';
import { nameOf } from '../bench.js';
import { rule } from './rule.js';

const ROUNDS = 5;

export const energyRules = [
  rule('meter.energy.never-falls', 'energy never falls', async ({ open, channels }, { count }) => {
    const probe = open();
    let before = probe.values();
    for (let round = 0; round < ROUNDS; round += 1) {
      await count();
      const now = probe.values();
      for (const [index, channel] of channels.entries()) {
        const [from = 0, to = 0] = [before[index], now[index]];
        demand(!isCumulative(channel) || to >= from, `${nameOf(channel)} fell from ${from} to ${to}.`);
      }
      before = now;
    }
  }),

  {
    ...rule('meter.energy.grows', 'energy follows its source', async ({ open, channels }, { count }) => {
      const probe = open();
      const before = probe.values();
      await count();
      const now = probe.values();
      for (const [index, channel] of channels.entries()) {
        demand(
          channel.quantity !== 'energyJ' || (now[index] ?? 0) > (before[index] ?? 0),
          `${nameOf(channel)} is what it was, and its source has counted on.`,
        );
      }
    }),
    leftOut: ({ countsByItself }: { readonly countsByItself: boolean }) =>
      countsByItself ? 'the test does not say how the source counts on' : null,
  },
];
