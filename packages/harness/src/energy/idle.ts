/** Idle power, bare and loaded: measured by the same meters as the window, and kept with its age. */
import type { ChannelSeries } from '../sampler/thread.js';
import { meanPowerW, powerByPart } from './device.js';
import type { IdlePower } from './domains.js';
import { durationS, type Interval } from './series.js';

/** Bare idle is measured again when it is older than this. */
export const BARE_IDLE_MAX_AGE_S = 3_600;

interface BareIdle {
  readonly watts: number;
  readonly atNs: bigint;
}

/** The bare idle of every device, kept over the runs of a session. */
export interface BareIdleStore {
  /** True when a device has none that is young enough. */
  isDue(deviceIds: readonly string[], nowNs: bigint): boolean;
  note(deviceIds: readonly string[], channels: readonly ChannelSeries[], interval: Interval): void;
  get(deviceId: string): BareIdle | null;
}

export function createBareIdleStore(): BareIdleStore {
  const byDevice = new Map<string, BareIdle>();
  return {
    isDue: (deviceIds, nowNs) =>
      deviceIds.some((id) => {
        const known = byDevice.get(id);
        return !known || Number(nowNs - known.atNs) / 1e9 > BARE_IDLE_MAX_AGE_S;
      }),
    note(deviceIds, channels, interval) {
      for (const id of deviceIds) {
        const watts = meanPowerW(id, channels, interval);
        if (watts !== null) byDevice.set(id, { watts, atNs: interval.endNs });
      }
    },
    get: (deviceId) => byDevice.get(deviceId) ?? null,
  };
}

/** Both idles of a device as they stand at the window's start. `loaded` is null where it was left out. */
export function idlePower(
  deviceId: string,
  channels: readonly ChannelSeries[],
  bare: BareIdle | null,
  loaded: Interval | null,
  windowStartNs: bigint,
): IdlePower {
  const parts = loaded
    ? powerByPart(deviceId, channels, loaded, Math.max(2, Math.round(durationS(loaded))))
    : [];
  return {
    bareW: bare?.watts ?? null,
    ageS: bare ? Number(windowStartNs - bare.atNs) / 1e9 : null,
    loadedW: loaded ? meanPowerW(deviceId, channels, loaded) : null,
    sdW: standardDeviation(parts),
  };
}

function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
