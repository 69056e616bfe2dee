/** How often each channel is read, and how much of the sampler's thread it may take for that. */
import type { Channel } from '@llem/core';

/** `run` is the ordinary rate, `edge` that around the ends of an interval. */
export type Pace = 'run' | 'edge';

/** What is read, the most urgent first: power is lost when it is late, a counter keeps what it counted, state moves slowly. */
export const KINDS = ['power', 'counter', 'state'] as const;
export type Kind = (typeof KINDS)[number];

export function kindOf({ quantity }: Pick<Channel, 'quantity'>): Kind {
  if (quantity === 'powerW') return 'power';
  return quantity === 'energyJ' ? 'counter' : 'state';
}

/** How a counter moves: in steps of so many ms, with every reading (`smooth`), or not at all while it was watched (`still`). */
export type Step = number | 'smooth' | 'still';

/**
 * Milliseconds. Instant power changes every 20 to 100 ms (arXiv 2312.02741). At an edge a counter is read as often as it takes to
 * see when it steps; in between, twice a step is enough to know when.
 */
const POWER_MS = { run: 50, edge: 20 } as const;
const COUNTER_EDGE_MS = 10;
const SMOOTH_COUNTER_MS = 100;
const STEPPED_COUNTER_MS = { least: 50, most: 250 } as const;
const STATE_MS = 500;

/** The period of a channel, in ms, as far as what it costs allows. */
export function periodMs(kind: Kind, minPeriodMs: number, step: Step, pace: Pace): number {
  return Math.max(minPeriodMs, wantedMs(kind, step, pace));
}

function wantedMs(kind: Kind, step: Step, pace: Pace): number {
  switch (kind) {
    case 'power':
      return POWER_MS[pace];
    case 'state':
      return STATE_MS;
    case 'counter':
      if (pace === 'edge') return COUNTER_EDGE_MS;
      if (typeof step !== 'number') return SMOOTH_COUNTER_MS;
      return Math.min(STEPPED_COUNTER_MS.most, Math.max(STEPPED_COUNTER_MS.least, step / 2));
  }
}

/**
 * Share of the thread that all channels of a kind may take together; each has an equal part of it. A call that costs more than
 * that is made less often. Inside a window llem shares the processor with what it measures; an edge is short. The sum at an edge
 * leaves a tenth, so that no reading has to wait for long.
 */
export const LARGEST_SHARE: Readonly<Record<Pace, Readonly<Record<Kind, number>>>> = {
  run: { power: 0.2, counter: 0.05, state: 0.05 },
  edge: { power: 0.25, counter: 0.6, state: 0.05 },
};

/** So many steps before and after an edge: one on either side of it, though one is late and one goes missing. */
const LEAD_STEPS = 3;
const LEAD_MS = { least: 100, unknown: 500, most: 1_000 } as const;

/** How long before and after an edge counters are polled fast, in ms: what the slowest of them needs. */
export function leadMs(steps: readonly Step[]): number {
  const wanted = steps.map((step) => {
    if (step === 'smooth') return LEAD_MS.least;
    return step === 'still' ? LEAD_MS.unknown : LEAD_STEPS * step;
  });
  return Math.min(LEAD_MS.most, Math.max(LEAD_MS.least, ...wanted));
}
