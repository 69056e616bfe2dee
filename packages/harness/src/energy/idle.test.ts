import type { Channel } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { ChannelSeries } from '../sampler/thread.js';
import { createBareIdleStore, idleReading } from './idle.js';

const ns = (seconds: number) => BigInt(Math.round(seconds * 1e9));

/** A counter of one GPU, read every 0.1 s for so long. */
function counted(powerW: (atS: number) => number, untilS: number): ChannelSeries[] {
  const channel: Channel = {
    deviceId: 'gpu:A',
    quantity: 'energyJ',
    measured: true,
    minPeriodMs: 100,
    resolution: 1e-3,
    accuracyRel: 0.05,
  };
  const series = { atNs: [0n], callNs: [0], values: [0] };
  for (let step = 1, joules = 0; step <= untilS * 10; step += 1) {
    joules += 0.1 * powerW((step - 0.5) / 10);
    series.atNs.push(ns(step / 10));
    series.values.push(joules);
  }
  const nothing = { atNs: [], callNs: [], values: [] };
  const failures = { count: 0, lastCode: null, reason: null };
  return [
    { meterId: 'test', channel, series, failures },
    { meterId: 'test', channel: { ...channel, deviceId: 'gpu:B' }, series: nothing, failures },
  ];
}

describe('an idle', () => {
  it('is the mean of its interval, with its spread and how far it may be off', () => {
    // Seconds of 68 and 72 W by turns.
    const channels = counted((atS) => (Math.floor(atS) % 2 === 0 ? 68 : 72), 20);
    const idle = idleReading('gpu:A', channels, { startNs: ns(4), endNs: ns(14) });
    expect(idle?.watts).toBeCloseTo(70, 6);
    expect(idle?.sdW).toBeCloseTo(2 * Math.sqrt(10 / 9), 6);
    expect(idle).toMatchObject({ durationS: 10, endNs: ns(14) });
    expect(idle?.uncertaintyW).toBeGreaterThan(0.5);
    expect(idle?.uncertaintyW).toBeLessThan(1.5);
  });

  it('is null where nothing was read', () => {
    expect(
      idleReading(
        'gpu:B',
        counted(() => 70, 20),
        { startNs: ns(4), endNs: ns(14) },
      ),
    ).toBeNull();
  });
});

describe('the bare idle of a session', () => {
  const interval = { startNs: ns(4), endNs: ns(14), settled: 'steady' } as const;
  const store = createBareIdleStore();
  store.note(
    ['gpu:A', 'gpu:B'],
    counted(() => 70, 20),
    interval,
  );

  it('is kept with whether power was at rest before it', () => {
    expect(store.get('gpu:A')?.watts).toBeCloseTo(70, 6);
    expect(store.settledBefore('gpu:A')).toBe('steady');
    expect(store.settledBefore('gpu:B')).toBeNull();
  });

  it('is due for a device that has none, and when it will be more than an hour old at the window', () => {
    expect(store.isDue(['gpu:A'], ns(14), 60)).toBe(false);
    expect(store.isDue(['gpu:A', 'gpu:B'], ns(14), 60)).toBe(true);
    expect(store.isDue(['gpu:A'], ns(14 + 3_539), 60)).toBe(false);
    expect(store.isDue(['gpu:A'], ns(14 + 3_541), 60)).toBe(true);
  });
});
