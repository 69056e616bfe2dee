/** The simulated meter: its energy is exactly that of the power it was given. */
import { constants } from 'node:os';
import { READ_OK } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { joulesBetween, wattsAt } from './power.js';
import { readEvery } from './read-every.js';
import { create, simulatedMeter, simulatedMeterSchema } from './simulated-meter.js';

function meterAt(settings: z.input<typeof simulatedMeterSchema>) {
  const clock = { s: 100 };
  const meter = simulatedMeter(simulatedMeterSchema.parse(settings), () => clock.s);
  const channels = meter.channels(meter.devices());
  const probe = meter.open(channels);
  const out = new Float64Array(channels.length);
  const read = () => ({ code: readEvery(probe, out), values: [...out] });
  return { clock, meter, channels, read };
}

const device = { id: 'gpu:a', scope: 'gpu' as const };

describe('power', () => {
  const trace = [
    { from_s: 10, power_w: 100 },
    { from_s: 20, power_w: 0 },
    { from_s: 30, power_w: 50 },
  ];
  it.each([
    [0, 10, 0],
    [10, 20, 1_000],
    [15, 25, 500],
    [0, 40, 1_500],
    [35, 35, 0],
  ])('of a trace from %d s to %d s is %d J', (from, to, joules) => {
    expect(joulesBetween(trace, from, to)).toBe(joules);
  });

  it.each([
    [9, 0],
    [10, 100],
    [19.9, 100],
    [20, 0],
    [1_000, 50],
  ])('of a trace at %d s is %d W', (at, watts) => {
    expect(wattsAt(trace, at)).toBe(watts);
  });

  it('that is constant is power times time', () => {
    expect(wattsAt(20, 100)).toBe(20);
    expect(joulesBetween(20, 100, 105)).toBe(100);
  });
});

describe('the meter', () => {
  it('counts each device by its own power', () => {
    const devices = [
      { ...device, power_w: 200 },
      { id: 'cpu:a', scope: 'cpu' as const, power_w: 10 },
    ];
    const { clock, read } = meterAt({ devices, step_ms: 0 });
    const before = read().values;
    clock.s += 5;
    expect(read().values.map((joules, index) => joules - (before[index] ?? 0))).toEqual([1_000, 50]);
  });

  it('counts in steps, late by less than one', () => {
    const { clock, read } = meterAt({ devices: [{ ...device, power_w: 10 }], step_ms: 100 });
    const [before = 0] = read().values;
    clock.s += 0.099;
    expect(read().values).toEqual([before]);
    clock.s += 0.002;
    expect(read().values[0]).toBeCloseTo(before + 1);
  });

  it('says by default that it may be read as often as it steps, and at most each millisecond', () => {
    const periods = [{}, { step_ms: 100 }, { step_ms: 0 }].map(
      (settings) => meterAt(settings).channels[0]?.minPeriodMs,
    );
    expect(periods).toEqual([1, 100, 1]);
  });

  it('may be read more often than it steps, where it is told to say so', () => {
    const { channels, clock, read } = meterAt({
      devices: [{ ...device, power_w: 10 }],
      step_ms: 100,
      min_period_ms: 10,
    });
    expect(channels).toMatchObject([{ quantity: 'energyJ', minPeriodMs: 10 }]);
    const [before = 0] = read().values;
    clock.s += 0.05;
    expect(read().values).toEqual([before]);
    clock.s += 0.051;
    expect(read().values[0]).toBeCloseTo(before + 1);
  });

  it('gives the power of the last step beside the energy of each device, in the order asked for', () => {
    const { channels, clock, read } = meterAt({
      devices: [
        {
          ...device,
          power_w: [
            { from_s: 99, power_w: 10 },
            { from_s: 100.05, power_w: 30 },
          ],
        },
        { id: 'cpu:a', scope: 'cpu', power_w: 5 },
      ],
      step_ms: 100,
      resolution_j: 2,
      quantities: ['energyJ', 'powerW'],
    });
    expect(channels.map(({ deviceId, quantity, resolution }) => [deviceId, quantity, resolution])).toEqual([
      ['gpu:a', 'energyJ', 2],
      ['gpu:a', 'powerW', 0],
      ['cpu:a', 'energyJ', 2],
      ['cpu:a', 'powerW', 0],
    ]);
    expect(read().values).toEqual([10, 10, 500, 5]);
    clock.s = 100.06;
    expect(read().values).toEqual([10, 10, 500, 5]);
    clock.s = 100.101;
    expect(read().values).toEqual([12, 30, 500, 5]);
  });

  it('gives power alone, to which counters that fall back do nothing', () => {
    const { channels, read } = meterAt({
      devices: [{ ...device, power_w: 10 }],
      quantities: ['powerW'],
      falls_back_after_j: 3,
    });
    expect(channels).toMatchObject([{ quantity: 'powerW' }]);
    expect(read().values).toEqual([10]);
  });

  it.each([[[]], [['powerW', 'powerW']], [['temperatureC']]])('refuses the quantities %j', (quantities) => {
    expect(simulatedMeterSchema.safeParse({ quantities }).success).toBe(false);
  });

  it('counts in multiples of its resolution', () => {
    const { clock, read } = meterAt({ devices: [{ ...device, power_w: 1 }], step_ms: 0, resolution_j: 2 });
    clock.s = 103.9;
    expect(read().values).toEqual([102]);
  });

  it('falls back to zero where it is told to', () => {
    const { clock, read } = meterAt({
      devices: [{ ...device, power_w: 1 }],
      step_ms: 0,
      falls_back_after_j: 60,
    });
    expect(read().values).toEqual([40]);
    clock.s = 121;
    expect(read().values).toEqual([1]);
  });

  it('fails after some reads, with NaN and an error code', () => {
    const { read } = meterAt({ fails_after_reads: 1 });
    expect(read().code).toBe(READ_OK);
    const { code, values } = read();
    expect([code, values]).toEqual([constants.errno.EIO, [Number.NaN]]);
  });

  it('has channels for its own devices only', () => {
    const { meter } = meterAt({ devices: [device] });
    const [own] = meter.devices();
    expect(meter.channels([{ ...device, id: 'gpu:b', name: '', facts: {}, overlaps: [] }])).toEqual([]);
    expect(own === undefined ? [] : meter.channels([own])).toMatchObject([
      { deviceId: 'gpu:a', measured: true },
    ]);
  });

  it('runs by the clock of the process as a plugin', () => {
    const meter = create({ cacheDir: '' }, { devices: [{ ...device, power_w: 1 }], step_ms: 0 });
    const out = new Float64Array(1);
    const before = Number(process.hrtime.bigint()) / 1e9;
    meter.open(meter.channels(meter.devices())).read(out, 0);
    const after = Number(process.hrtime.bigint()) / 1e9;
    expect(out[0]).toBeGreaterThanOrEqual(before);
    expect(out[0]).toBeLessThanOrEqual(after);
  });
});
