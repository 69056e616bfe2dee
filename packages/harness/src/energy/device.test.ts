import type { Channel, Quantity } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { ChannelSeries } from '../sampler/thread.js';
import { deviceEnergy, highestPowerW, COUNTER_NOT_BRACKETED, COUNTER_WENT_BACKWARDS } from './device.js';

const ns = (seconds: number) => BigInt(Math.round(seconds * 1e9));
const window = { startNs: ns(20), endNs: ns(50) };

/** Readings of a channel of `gpu:A`, every `periodS` from one time to another. */
function channel(
  quantity: Quantity,
  value: (seconds: number) => number,
  {
    fromS = 0,
    toS = 70,
    periodS = 0.05,
    ...more
  }: Partial<Channel & { fromS: number; toS: number; periodS: number }> = {},
): ChannelSeries {
  const count = Math.floor((toS - fromS) / periodS);
  const times = Array.from({ length: count }, (_, i) => fromS + i * periodS);
  return {
    meterId: 'test',
    channel: {
      deviceId: 'gpu:A',
      quantity,
      measured: true,
      minPeriodMs: 20,
      resolution: 0.001,
      accuracyRel: 0.05,
      ...more,
    },
    series: { atNs: times.map(ns), callNs: times.map(() => 0), values: times.map(value) },
    failures: { count: 0, lastCode: null, reason: null },
  };
}
/** A counter of 300 W in steps of 100 ms, and power that shows 2 % more. */
const counter = (options = {}) => channel('energyJ', (t) => 30 * Math.floor(t / 0.1 + 1e-9), options);
const power = (options = {}) => channel('powerW', () => 306, options);

describe('energy of a device', () => {
  it('is the counter’s, with that of its power and the divergence beside it', () => {
    const energy = deviceEnergy('gpu:A', [counter(), power()], window);
    expect(energy).toMatchObject({ quality: 'counter', reason: null });
    expect(energy.chosen).toBe(energy.counter);
    expect(energy.counter?.joules).toBeCloseTo(9_000, -1);
    expect(energy.counter?.stepMs).toBeCloseTo(100, 3);
    expect(energy.counter).toMatchObject({ gainRel: 0.05, samples: 600 });
    expect(energy.counter?.longestGapS).toBeCloseTo(0.1, 6);
    expect(energy.integral?.joules).toBeCloseTo(9_180, 3);
    expect(energy.integral?.averagedMs).toBeNull();
    expect(energy.divergence).toBeCloseTo(-0.0196, 3);
  });

  it('is that of its power, and says so, where the counter has no step on one side of an edge', () => {
    for (const open of [counter({ fromS: 21 }), counter({ toS: 49 }), counter({ toS: 0 })]) {
      const energy = deviceEnergy('gpu:A', [open, power()], window);
      expect(energy).toMatchObject({ counter: null, quality: 'integrated', divergence: null });
      expect(energy.chosen).toBe(energy.integral);
      expect(energy.reason).toBe(`${COUNTER_NOT_BRACKETED}; power was integrated instead`);
    }
  });

  it('is null after a counter that went backwards, though power was read', () => {
    const reset = channel('energyJ', (t) => (t < 30 ? 300 * t : 300 * (t - 30)));
    const energy = deviceEnergy('gpu:A', [reset, power()], window);
    expect(energy).toMatchObject({
      chosen: null,
      counter: null,
      quality: null,
      reason: COUNTER_WENT_BACKWARDS,
    });
    expect(energy.integral?.joules).toBeCloseTo(9_180, 3);
  });

  it('is an estimate where what it is taken from is one', () => {
    const estimated = deviceEnergy('gpu:A', [counter({ measured: false })], window);
    expect(estimated.quality).toBe('estimated');
  });

  it('says why there is none: nothing was read on both sides, or the device has no such channel and why', () => {
    const reasonOf = (channels: ChannelSeries[], lacks = {}) =>
      deviceEnergy('gpu:A', channels, window, lacks).reason;
    expect(reasonOf([counter({ toS: 30 }), power({ toS: 30 })])).toMatch(
      /^the counter has no step on both sides .*; power has no reading on both sides/,
    );
    const lost = { ...counter({ toS: 30 }), failures: { count: 7, lastCode: 15, reason: 'the GPU is lost' } };
    expect(reasonOf([lost])).toBe(`${COUNTER_NOT_BRACKETED} (7 of its readings failed: the GPU is lost)`);
    const both = reasonOf([lost, { ...power({ toS: 30 }), failures: lost.failures }]);
    expect(both?.match(/the GPU is lost/g)).toHaveLength(1);
    expect(both).toMatch(/; power has no reading .* \(7 of its readings failed for the same reason\)$/);
    expect(reasonOf([])).toBe('nothing reads its energy');
    expect(reasonOf([], { energyJ: 'not supported', powerW: 'no permission' })).toBe(
      'not supported; no permission',
    );
    expect(reasonOf([power()])).toBeNull();
  });

  it('tells of a counter that stood still, though it was read, how long it did', () => {
    const stuck = channel(
      'energyJ',
      (t) => 30 * Math.floor((t < 25 ? t : Math.max(25, t - 20)) / 0.1 + 1e-9),
    );
    const energy = deviceEnergy('gpu:A', [stuck, power()], window);
    expect(energy.counter?.samples).toBe(600);
    expect(energy.counter?.longestGapS).toBeCloseTo(20, 0);
    expect(energy.integral?.longestGapS).toBeCloseTo(0.05, 6);
  });

  it('has no divergence from power of nothing, which would be no number', () => {
    const none = channel('powerW', () => 0);
    expect(deviceEnergy('gpu:A', [counter(), none], window).divergence).toBeNull();
  });

  it('takes a mean over a second for no instant: neither as the shape of power nor for the highest', () => {
    const jump = (t: number) => (t < 20.03 ? 100 : 500);
    const mean = channel('powerW', (t) => 100 + 400 * Math.min(1, Math.max(0, t - 20.03)), {
      averagedMs: 1_000,
    });
    const energy = deviceEnergy('gpu:A', [channel('powerW', jump), counter()], window);
    expect(energy.integral?.averagedMs).toBeNull();
    expect(highestPowerW('gpu:A', [mean], window)).toBeNull();
    expect(highestPowerW('gpu:A', [channel('powerW', jump)], window)).toBe(500);
    // What the mean has not caught up with at the end of a load is in the figure all the same.
    const integral = deviceEnergy('gpu:A', [mean], { startNs: ns(19), endNs: ns(25) }).integral;
    expect(integral?.averagedMs).toBe(1_000);
    expect(integral?.joules).toBeCloseTo(100 * 1.03 + 500 * 4.97, -1);
  });
});
