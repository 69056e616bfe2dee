/** The simulated meter: its energy is exactly that of the power it was given. */
import { constants } from 'node:os';
import { READ_OK } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { joulesBetween } from './power.js';
import { create, simulatedMeter, simulatedMeterSchema } from './simulated-meter.js';

function meterAt(settings: z.input<typeof simulatedMeterSchema>) {
  const clock = { s: 100 };
  const meter = simulatedMeter(simulatedMeterSchema.parse(settings), () => clock.s);
  const probe = meter.open(meter.channels(meter.devices()));
  const out = new Float64Array(meter.devices().length);
  const read = () => ({ code: probe.read(out), joules: [...out] });
  return { clock, meter, read };
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

  it('that is constant is power times time', () => {
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
    const before = read().joules;
    clock.s += 5;
    expect(read().joules.map((joules, index) => joules - (before[index] ?? 0))).toEqual([1_000, 50]);
  });

  it('counts in steps, late by less than one', () => {
    const { clock, read } = meterAt({ devices: [{ ...device, power_w: 10 }], step_ms: 100 });
    const [before = 0] = read().joules;
    clock.s += 0.099;
    expect(read().joules).toEqual([before]);
    clock.s += 0.002;
    expect(read().joules[0]).toBeCloseTo(before + 1);
  });

  it('counts in multiples of its resolution', () => {
    const { clock, read } = meterAt({ devices: [{ ...device, power_w: 1 }], step_ms: 0, resolution_j: 2 });
    clock.s = 103.9;
    expect(read().joules).toEqual([102]);
  });

  it('falls back to zero where it is told to', () => {
    const { clock, read } = meterAt({
      devices: [{ ...device, power_w: 1 }],
      step_ms: 0,
      falls_back_after_j: 60,
    });
    expect(read().joules).toEqual([40]);
    clock.s = 121;
    expect(read().joules).toEqual([1]);
  });

  it('fails after some reads, with NaN and an error code', () => {
    const { read } = meterAt({ fails_after_reads: 1 });
    expect(read().code).toBe(READ_OK);
    const { code, joules } = read();
    expect([code, joules]).toEqual([constants.errno.EIO, [Number.NaN]]);
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
    meter.open(meter.channels(meter.devices())).read(out);
    const after = Number(process.hrtime.bigint()) / 1e9;
    expect(out[0]).toBeGreaterThanOrEqual(before);
    expect(out[0]).toBeLessThanOrEqual(after);
  });
});
