/** Meter: knows one source of energy and device state. */
import type { Check } from './check.js';
import type { JsonObject } from './json.js';

/**
 * What a domain covers; figures are summed only within a scope. A later 1.x may have more: a device of a scope that llem does not
 * know is named in a finding, and not read.
 */
export const SCOPES = ['gpu', 'cpu', 'dram', 'node'] as const;

export type Scope = (typeof SCOPES)[number];

export interface Device {
  /** `gpu:<UUID>`, `cpu:package-0`, `dram:0`, `node:psys`. */
  readonly id: string;
  readonly scope: Scope;
  readonly name: string;
  /** Whatever else the source tells of it. */
  readonly facts: JsonObject;
  /**
   * Ids of devices whose energy this one's contains, or is contained in: never summed with them. `cpu:*` stands for every
   * other device whose id begins with `cpu:`, for a source that cannot know what another one calls its devices.
   */
  readonly overlaps: readonly string[];
  /** What results are judged by, of a GPU. */
  readonly gpu?: GpuFacts;
  /** Why a quantity has no channel or a fact is null, by its name: `energyJ`, `powerLimitW.enforced`. */
  readonly reasons?: Readonly<Record<string, string>>;
}

/** State of a GPU as it was found. Null is what its source does not tell; `Device.reasons` says why. */
export interface GpuFacts {
  readonly driver: string | null;
  readonly vbios: string | null;
  readonly memoryBytes: number | null;
  /** Watts. `enforced` is the lowest of all limits in force; it may be set from `min` to `max`. */
  readonly powerLimitW: {
    readonly enforced: number | null;
    readonly default: number | null;
    readonly min: number | null;
    readonly max: number | null;
  };
  /** Whether the driver keeps the GPU initialised while nobody uses it; without, counters may begin again at zero. */
  readonly persistence: boolean | null;
  /** Whether it is partitioned into instances, whose energy nobody can tell apart. */
  readonly partitioned: boolean | null;
  /** Whether error correction of its memory is on. */
  readonly ecc: boolean | null;
}

/** True when the energy of one device contains that of the other, wholly or in part. */
export function overlap(
  one: Pick<Device, 'id' | 'overlaps'>,
  other: Pick<Device, 'id' | 'overlaps'>,
): boolean {
  return names(one.overlaps, other.id) || names(other.overlaps, one.id);
}

function names(overlaps: readonly string[], id: string): boolean {
  return overlaps.some((each) => (each.endsWith('*') ? id.startsWith(each.slice(0, -1)) : each === id));
}

/** What may be read. Units are in the names. A later 1.x may have more: what llem does not know is named in a finding, and not read. */
export const QUANTITIES = [
  /** Joules since some origin. */
  'energyJ',
  'powerW',
  'temperatureC',
  /** Bytes of the device's memory in use, whoever uses them. */
  'memoryBytes',
  /** Clocks of the compute units and of the memory. */
  'clockMHz',
  'memoryClockMHz',
  /** Share of the source's last sampling period in which the device computed anything at all, 0 to 1. */
  'utilization',
  /** Why clocks are lower than they could be: the bits of `THROTTLE_REASONS`. */
  'throttle',
  /** Seconds since some origin in which a power limit, or the temperature, held clocks down. */
  'powerThrottleS',
  'thermalThrottleS',
] as const;

export type Quantity = (typeof QUANTITIES)[number];

/** True for the quantities that count from some origin, which may be another one for every probe. */
export function isCumulative({ quantity }: Pick<Channel, 'quantity'>): boolean {
  return quantity === 'energyJ' || quantity === 'powerThrottleS' || quantity === 'thermalThrottleS';
}

/** Why clocks are held down: reason n is bit n of the quantity `throttle`. The order is NVML's. */
export const THROTTLE_REASONS = [
  /** Nothing runs. */
  'idle',
  /** Clocks that somebody has set. */
  'setting',
  /** The power limit. */
  'powerCap',
  /** The hardware, for temperature or power: `hardwareThermal` or `powerBrake` beside it tells which, where the device can. */
  'hardwareSlowdown',
  /** Kept equal to other GPUs. */
  'syncBoost',
  /** Temperature, seen by the driver. */
  'softwareThermal',
  /** Temperature, seen by the hardware. */
  'hardwareThermal',
  /** The power supply asked for it. */
  'powerBrake',
  /** The clocks of a display. */
  'display',
] as const;

export type ThrottleReason = (typeof THROTTLE_REASONS)[number];

/** The reasons in a value of the quantity `throttle`. */
export function throttleReasons(value: number): ThrottleReason[] {
  return THROTTLE_REASONS.filter((_, bit) => (value & (1 << bit)) !== 0);
}

/** True for the quantities that energy is computed from. */
export function tellsEnergy({ quantity }: Pick<Channel, 'quantity'>): boolean {
  return quantity === 'energyJ' || quantity === 'powerW';
}

export interface Channel {
  readonly deviceId: string;
  readonly quantity: Quantity;
  /** False for a model's figure: everything computed from it is labelled estimated. */
  readonly measured: boolean;
  /** Reading more often than this gains nothing, in milliseconds. */
  readonly minPeriodMs: number;
  /** Smallest step of the value, in the quantity's unit. */
  readonly resolution: number;
  /** Stated relative accuracy of energy and power (systematic), e.g. 0.05; 0 for other quantities. */
  readonly accuracyRel: number;
  /** A value is the mean of so many milliseconds before it was read; absent where it is of an instant. */
  readonly averagedMs?: number;
}

/** The meaning of a read's return value. */
export const READ_OK = 0;

/** Lives in the sampler thread. */
export interface Probe {
  /**
   * Reads channel `index`, in the order of `open`, into `out[index]`, and nothing else: each channel has a rate of its own.
   * Synchronous, allocates nothing. Energy is cumulative joules, already unwrapped. Returns READ_OK or the source's error code;
   * the value is NaN then.
   */
  read(out: Float64Array, index: number): number;
  close(): void;
}

/** A process that uses a device. */
export interface DeviceProcess {
  readonly deviceId: string;
  readonly pid: number;
  /** Bytes of the device's memory that it holds; null where the source does not tell. */
  readonly memoryBytes: number | null;
}

export interface Meter {
  /** A `failed` finding means that this meter cannot be used here. */
  checks(): readonly Check[];
  /** Empty when nothing can be read. */
  devices(): readonly Device[];
  channels(devices: readonly Device[]): readonly Channel[];
  open(channels: readonly Channel[]): Probe;
  /**
   * Who uses these devices now. Slow; not for the sampler thread. Null when the source cannot tell, which is not the same as
   * nobody. Never throws.
   */
  processes?(devices: readonly Device[]): readonly DeviceProcess[] | null;
  /** What an error code of a probe's read means, in words that finish the sentence "it could not be read: ...". */
  explain?(code: number): string;
}
