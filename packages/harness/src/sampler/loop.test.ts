/** The sampler's loop on a virtual clock: rates, turns, edges, stalls. */
import { describe, expect, it } from 'vitest';
import { READ_NOTHING, READ_THREW } from './loop.js';
import { leadMs } from './rates.js';
import { gapsMs, runVirtually, steppingAt, type VirtualChannel } from './virtual.fixture.js';

const GPU: readonly VirtualChannel[] = [
  { quantity: 'powerW', callMs: 0.02 },
  { quantity: 'energyJ', callMs: 0.05, valueAt: steppingAt(100) },
  { quantity: 'temperatureC', callMs: 0.02 },
];
const all = (gaps: readonly number[], ms: number, tolerance = 0.5) => {
  expect(gaps.length).toBeGreaterThan(3);
  for (const gap of gaps) expect(Math.abs(gap - ms)).toBeLessThanOrEqual(tolerance);
};

describe('the rates', () => {
  it('are each quantity’s own, and none is late', () => {
    const { readings, tally } = runVirtually(GPU, 10_000);
    const [power = [], counter = [], temperature = []] = readings;
    all(gapsMs(power, 2_000, 10_000), 50);
    all(gapsMs(counter, 2_000, 10_000), 50);
    all(gapsMs(temperature, 2_000, 10_000), 500);
    for (const { late, missed } of tally.snapshot().channels) expect([late, missed]).toEqual([0, 0]);
  });

  it('never are faster than a channel gains by', () => {
    const { readings } = runVirtually(
      GPU.map((channel) => ({ ...channel, minPeriodMs: 700 })),
      20_000,
      [[5_000, 'edge']],
    );
    for (const channel of readings) all(gapsMs(channel, 2_000, 5_000), 700, 1);
    for (const channel of readings) all(gapsMs(channel, 6_000, 20_000), 700, 1);
  });

  it('of a counter follow how it steps', () => {
    const periods = [20, 100, 300, 800].map((stepMs) => {
      const { tally } = runVirtually([{ quantity: 'energyJ', valueAt: steppingAt(stepMs) }], 5_000);
      return (tally.snapshot().channels[0]?.periodNs ?? 0) / 1e6;
    });
    expect(periods).toEqual([50, 50, expect.closeTo(150, 0), 100]);
  });

  it('of a counter that moves with every reading are those of power and no more', () => {
    const { readings, tally, readyMs } = runVirtually([{ quantity: 'energyJ', valueAt: (ms) => ms }], 10_000);
    expect(tally.stepOf(0)).toBe('smooth');
    expect(readyMs).toBeLessThan(300);
    all(gapsMs(readings[0] ?? [], 1_000, 10_000), 100);
  });

  it('keep to what their calls cost: a slow one is made less often', () => {
    const { readings, tally } = runVirtually([{ quantity: 'powerW', callMs: 40 }], 20_000);
    // At most a fifth of the thread.
    all(gapsMs(readings[0] ?? [], 5_000, 20_000), 200, 40);
    expect(tally.snapshot().busyNs / 20e9).toBeLessThan(0.25);
  });
});

describe('eight GPUs whose counters take 2.5 ms a call', () => {
  const gpus = Array.from({ length: 8 }, (): VirtualChannel[] => [
    { quantity: 'powerW', callMs: 0.02 },
    { quantity: 'energyJ', callMs: 2.5, valueAt: steppingAt(100) },
    { quantity: 'temperatureC', callMs: 0.02 },
  ]).flat();
  const { readings, tally } = runVirtually(gpus, 20_000, [
    [10_000, 'edge'],
    [12_000, 'run'],
  ]);
  const of = (quantity: string) => readings.filter((_, index) => gpus[index]?.quantity === quantity);

  it('hold the rate of power, which never waits for more than one of them', () => {
    for (const power of of('powerW')) {
      all(gapsMs(power, 2_000, 10_000), 50, 2.7);
      all(gapsMs(power, 10_100, 12_000), 20, 2.7);
      all(gapsMs(power, 12_100, 20_000), 50, 2.7);
    }
    for (const [index, { late, missed }] of tally.snapshot().channels.entries())
      if (gpus[index]?.quantity === 'powerW') expect([late, missed]).toEqual([0, 0]);
  });

  it('take turns', () => {
    const times = of('energyJ')
      .flatMap((counter) => counter.map(({ atMs }) => atMs))
      .filter((atMs) => atMs > 14_000 && atMs < 19_000)
      .sort((a, b) => a - b);
    const apart = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.min(...apart)).toBeGreaterThan(20);
  });

  it('take a twentieth of the thread, and more at an edge only', () => {
    const counters = of('energyJ');
    const share = (fromMs: number, toMs: number) =>
      (2.5 *
        counters.flatMap((counter) => counter.filter(({ atMs }) => atMs > fromMs && atMs < toMs)).length) /
      (toMs - fromMs);
    expect(share(2_000, 10_000)).toBeLessThan(0.06);
    expect(share(10_000, 12_000)).toBeGreaterThan(0.4);
    expect(share(10_000, 12_000)).toBeLessThan(0.66);
  });

  it('have steps that are found all the same', () => {
    for (const [index, { quantity }] of gpus.entries())
      if (quantity === 'energyJ') expect(tally.stepOf(index)).toBeCloseTo(100, -1);
  });
});

describe('an edge', () => {
  it('begins at once, in the middle of an ordinary period', () => {
    const { readings } = runVirtually(GPU, 10_000, [
      [5_003, 'edge'],
      [5_503, 'run'],
    ]);
    for (const [index, periodMs] of [20, 10].entries()) {
      const during = gapsMs(readings[index] ?? [], 5_003, 5_503);
      all(during, periodMs);
      expect(during.length).toBeGreaterThan(500 / periodMs - 4);
      all(gapsMs(readings[index] ?? [], 5_600, 10_000), 50);
    }
  });

  it('lasts for some steps of the slowest counter', () => {
    expect(leadMs([100, 20, 'smooth'])).toBe(300);
    expect(leadMs(['smooth'])).toBe(100);
    expect(leadMs([])).toBe(100);
    expect(leadMs(['still', 100])).toBe(500);
    expect(leadMs([5_000])).toBe(1_000);
  });
});

describe('a stall', () => {
  const { readings, tally } = runVirtually(GPU, 10_000, [], [[5_010, 1_000]]);
  const [power = []] = readings;

  it('is followed by no burst', () => {
    const after = gapsMs(power, 6_000, 10_000);
    expect(Math.min(...after)).toBeGreaterThan(35);
    expect(power.filter(({ atMs }) => atMs > 6_000 && atMs < 6_100).length).toBeLessThanOrEqual(3);
  });

  it('is counted: what was missed, and the reading that came late', () => {
    const { channels, lateness } = tally.snapshot();
    expect(channels[0]?.missed).toBeGreaterThanOrEqual(18);
    expect(channels[0]?.missed).toBeLessThanOrEqual(20);
    expect(channels[2]?.missed).toBeGreaterThanOrEqual(1);
    expect(lateness.power.reduce((sum, count) => sum + count)).toBe(channels[0]?.ticks);
  });

  it('of less than a period is late', () => {
    const { tally: counted } = runVirtually(GPU, 10_000, [], [[5_001, 90]]);
    const { late = 0, missed = 0 } = counted.snapshot().channels[0] ?? {};
    expect(late + missed).toBe(1);
  });
});

describe('a reading that goes wrong', () => {
  it('has the code of its source and no value, and the others go on', () => {
    const { readings, tally } = runVirtually(
      [...GPU, { quantity: 'powerW', valueAt: () => ({ code: 15 }) }],
      5_000,
    );
    expect(readings[3]?.every(({ code, value }) => code === 15 && Number.isNaN(value))).toBe(true);
    expect(tally.snapshot().channels[3]?.failed).toBe(readings[3]?.length);
    expect(readings[0]?.every(({ code }) => code === 0)).toBe(true);
    all(gapsMs(readings[0] ?? [], 2_000, 5_000), 50);
  });

  it('may throw, or give no number though it says that it did', () => {
    const fault = new Error('broken');
    const { readings, thrown } = runVirtually(
      [
        { quantity: 'powerW', valueAt: () => fault },
        { quantity: 'powerW', valueAt: () => Number.NaN },
        { quantity: 'powerW' },
      ],
      1_000,
    );
    expect(readings[0]?.at(-1)?.code).toBe(READ_THREW);
    expect(thrown[0]).toBe(fault);
    expect(readings[1]?.at(-1)?.code).toBe(READ_NOTHING);
    expect(readings[2]?.at(-1)?.code).toBe(0);
  });
});

it('is ready when everything was read once and the steps of counters are known, or a second has passed', () => {
  expect(runVirtually(GPU, 3_000).readyMs).toBeGreaterThan(700);
  expect(runVirtually(GPU, 3_000).readyMs).toBeLessThanOrEqual(1_100);
  expect(runVirtually([{ quantity: 'powerW' }], 3_000).readyMs).toBeLessThan(1);
  expect(runVirtually([], 3_000).readyMs).toBe(0);
  const still = runVirtually([{ quantity: 'energyJ', valueAt: () => 5 }], 3_000);
  expect(still.readyMs).toBeGreaterThanOrEqual(1_000);
  expect(still.tally.stepOf(0)).toBe('still');
});

it('takes the width of steps from the median: jitter, and one that goes missing, change nothing', () => {
  const jitter = (ms: number) => {
    const step = Math.floor((ms + 6 * Math.sin(ms / 37)) / 100);
    return step === 5 ? 4 : step;
  };
  const { tally } = runVirtually([{ quantity: 'energyJ', valueAt: jitter }], 3_000);
  expect(Math.abs(Number(tally.stepOf(0)) - 100)).toBeLessThan(12);
});
