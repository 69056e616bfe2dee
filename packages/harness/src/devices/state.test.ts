import type { Device, Quantity } from '@llem/core';
import { expect, it } from 'vitest';
import type { ChannelSeries } from '../sampler/thread.js';
import { deviceStates, memoryInUse } from './state.js';

const S = 1_000_000_000n;
/** The window is from second 10 to second 20; the service was started at second 5. */
const WINDOW = { startNs: 10n * S, endNs: 20n * S };
const START_NS = 5n * S;

const gpu = (id: string, reasons: Device['reasons'] = {}): Device => ({
  id,
  scope: 'gpu',
  name: id,
  facts: {},
  overlaps: [],
  reasons,
});

/** Readings a second apart from second 0 to 30, each half a second before its number. */
function series(deviceId: string, quantity: Quantity, valueAt: (second: number) => number): ChannelSeries {
  const seconds = Array.from({ length: 31 }, (_, second) => second);
  return {
    meterId: 'test',
    channel: { deviceId, quantity, measured: true, minPeriodMs: 500, resolution: 1, accuracyRel: 0 },
    series: {
      atNs: seconds.map((second) => BigInt(second) * S - S / 2n),
      callNs: seconds.map(() => 0),
      values: seconds.map(valueAt),
    },
    failures: { count: 0, lastCode: null, reason: null },
  };
}
const states = (gpus: readonly Device[], ...channels: ChannelSeries[]) =>
  deviceStates(gpus, channels, WINDOW, memoryInUse(channels, START_NS));

const [A, B] = [gpu('gpu:A'), gpu('gpu:B')];

it('tells the temperature at both edges and the highest inside', () => {
  // 40 at the beginning, 90 for one reading outside the window and 71 for one inside.
  const temperature = (second: number) =>
    second === 5 || second === 25 ? 90 : second === 14 ? 71 : 40 + second;
  const { devices, thermal } = states([A], series('gpu:A', 'temperatureC', temperature));
  expect(devices[0]?.temperatureC).toEqual({ start: 50, end: 60, max: 71 });
  expect(thermal).toMatchObject({ startC: 50, endC: 60, maxC: 71 });
});

it('takes the temperatures of the hottest GPU, and of each reason the longest time over all', () => {
  const { thermal, devices } = states(
    [A, B],
    series('gpu:A', 'temperatureC', () => 50),
    series('gpu:B', 'temperatureC', (second) => second + 60),
    series('gpu:A', 'throttle', (second) => (second === 13 || second === 14 ? 0x4 : 0)),
    series('gpu:B', 'throttle', (second) => (second === 13 ? 0x4 | 0x40 : second > 20 ? 0x80 : 0)),
  );
  expect(devices.map(({ throttleS }) => throttleS)).toEqual([
    { powerCap: 2 },
    { powerCap: 1, hardwareThermal: 1 },
  ]);
  expect(thermal).toEqual({
    startC: 70,
    endC: 80,
    maxC: 80,
    throttleS: { powerCap: 2, hardwareThermal: 1 },
  });
});

it('counts a reason from the reading that saw it, and only inside the window', () => {
  const { devices } = states(
    [A],
    series('gpu:A', 'throttle', (second) => (second <= 10 || second >= 20 ? 0x8 : 0)),
  );
  // From 10 to 10.5, where a reading says that it is over, and from 19.5 to 20.
  expect(devices[0]?.throttleS).toEqual({ hardwareSlowdown: 1 });
});

it('tells clocks and utilisation as means over time, and counts violations by their growth', () => {
  const { devices } = states(
    [A],
    series('gpu:A', 'clockMHz', (second) => (second > 15 ? 1_000 : 2_000)),
    series('gpu:A', 'utilization', (second) => (second > 15 ? 1 : 0.5)),
    series('gpu:A', 'powerThrottleS', (second) => 100 + (second > 15 ? 3 : 0)),
    series('gpu:A', 'thermalThrottleS', () => 7),
  );
  expect(devices[0]?.clockMHz?.mean).toBeCloseTo(1_550, 6);
  expect(devices[0]?.clockMHz?.min).toBe(1_000);
  expect(devices[0]?.utilization).toBeCloseTo(0.725, 6);
  expect(devices[0]?.powerThrottleS).toBe(3);
  expect(devices[0]?.thermalThrottleS).toBe(0);
});

it('adds up what the service took on every GPU: the highest inside the window minus what was there before its start', () => {
  const used = (before: number) => (second: number) =>
    before + (second <= 5 ? 0 : second === 15 ? 900 : second === 25 ? 5_000 : 600);
  const { devices, memory } = states(
    [A, B],
    series('gpu:A', 'memoryBytes', used(100)),
    series('gpu:B', 'memoryBytes', used(7)),
  );
  expect(devices.map(({ memoryBytes }) => memoryBytes)).toEqual([
    { before: 100, peak: 1_000 },
    { before: 7, peak: 907 },
  ]);
  expect(memory?.peakBytes).toBe(1_800);
});

it('has no sum and no hottest GPU where one of them does not tell, and says why', () => {
  const { memory, thermal, reasons } = states(
    [A, gpu('gpu:C', { memoryBytes: 'not supported' })],
    series('gpu:A', 'memoryBytes', () => 1),
    series('gpu:A', 'temperatureC', () => 50),
  );
  expect([memory, thermal]).toEqual([null, null]);
  expect(reasons).toMatchObject({
    'devices.1.memoryBytes': 'not supported',
    memory: 'gpu:C: not supported',
    thermal: 'gpu:C: its meter does not tell',
  });
});

it('does not know a state that was not read for more than three seconds of the window', () => {
  const { series: all, ...temperature } = series('gpu:A', 'temperatureC', () => 50);
  const thinned = (left: (second: number) => boolean): ChannelSeries => ({
    ...temperature,
    series: {
      atNs: all.atNs.filter((_, second) => left(second)),
      callNs: all.callNs.filter((_, second) => left(second)),
      values: all.values.filter((_, second) => left(second)),
    },
  });
  const of = (left: (second: number) => boolean) => states([A], thinned(left)).devices[0]?.temperatureC;
  expect(of((second) => second < 13 || second > 14)).not.toBeNull();
  expect(of((second) => second < 13 || second > 16)).toBeNull();
  expect(of((second) => second > 14)).toBeNull();
  expect(of((second) => second < 16)).toBeNull();
  expect(of(() => false)).toBeNull();
});

it('does not take a counter of violations that began again for a figure', () => {
  const { devices, reasons } = states(
    [A],
    series('gpu:A', 'thermalThrottleS', (second) => (second > 15 ? 0 : 9)),
  );
  expect(devices[0]?.thermalThrottleS).toBeNull();
  expect(reasons['devices.0.thermalThrottleS']).toContain('backwards');
});

it('has nothing to tell where no GPU is billed', () => {
  expect(states([])).toEqual({
    devices: [],
    memory: null,
    thermal: null,
    reasons: { memory: 'no GPU is billed', thermal: 'no GPU is billed' },
  });
});
