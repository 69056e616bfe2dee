/** Idle power, bare and loaded: measured by the same meters as the window, and kept with its spread and age. */
import type { Idle, Settle } from '@llem/core';
import type { ChannelSeries } from '../sampler/thread.js';
import { deviceEnergy, powerByPart } from './device.js';
import { meanError } from './mean-error.js';
import { durationS, type Interval } from './series.js';

/** Bare idle is measured again when it is older than this. */
export const BARE_IDLE_MAX_AGE_S = 3_600;

/** Idle power of one device, measured over an interval. */
export interface IdleReading extends Pick<Idle, 'watts' | 'sdW' | 'durationS'> {
  /** Standard uncertainty of `watts`: of its mean between the parts, and of the interval's edges; null where unknown. */
  readonly uncertaintyW: number | null;
  readonly endNs: bigint;
}

/** A stretch of time with nothing to do, and whether power had come to rest before it. */
export interface IdleInterval extends Interval {
  readonly settled: Settle['reached'];
}

/** Both idles of a device as they stand at the window's start; null where they are not known. */
export interface Idles {
  readonly bare: IdleReading | null;
  readonly loaded: IdleReading | null;
}

/** Null when it cannot be told. */
export function idleReading(
  deviceId: string,
  channels: readonly ChannelSeries[],
  interval: Interval,
): IdleReading | null {
  const seconds = durationS(interval);
  const { chosen } = deviceEnergy(deviceId, channels, interval);
  if (!chosen || seconds <= 0) return null;
  const parts = powerByPart(deviceId, channels, interval, Math.max(2, Math.round(seconds)));
  const { sd, uncertainty } = meanError(parts);
  return {
    watts: chosen.joules / seconds,
    sdW: sd,
    durationS: seconds,
    uncertaintyW: uncertainty === null ? null : Math.hypot(uncertainty, chosen.edgeJ / seconds),
    endNs: interval.endNs,
  };
}

/** The bare idle of every device, kept over the runs of a session. */
export interface BareIdleStore {
  /** True when a device has none, or one that will be too old `leadS` seconds from now. */
  isDue(deviceIds: readonly string[], nowNs: bigint, leadS: number): boolean;
  note(deviceIds: readonly string[], channels: readonly ChannelSeries[], interval: IdleInterval): void;
  get(deviceId: string): IdleReading | null;
  /** Whether power had come to rest before it was measured. */
  settledBefore(deviceId: string): Settle['reached'] | null;
}

/** Of a server that is up before llem comes. */
export const NO_BARE_IDLE: Pick<BareIdleStore, 'get' | 'settledBefore'> = {
  get: () => null,
  settledBefore: () => null,
};

export function createBareIdleStore(): BareIdleStore {
  const byDevice = new Map<string, IdleReading & Pick<IdleInterval, 'settled'>>();
  return {
    isDue: (deviceIds, nowNs, leadS) =>
      deviceIds.some((id) => {
        const known = byDevice.get(id);
        return !known || Number(nowNs - known.endNs) / 1e9 + leadS > BARE_IDLE_MAX_AGE_S;
      }),
    note(deviceIds, channels, interval) {
      for (const id of deviceIds) {
        const reading = idleReading(id, channels, interval);
        if (reading) byDevice.set(id, { ...reading, settled: interval.settled });
      }
    },
    get: (deviceId) => byDevice.get(deviceId) ?? null,
    settledBefore: (deviceId) => byDevice.get(deviceId)?.settled ?? null,
  };
}
