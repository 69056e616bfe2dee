/** Meter: knows one source of energy and device state. */
import type { Check } from './check.js';
import type { JsonObject } from './json.js';

/** What a domain covers; figures are summed only within a scope. */
export type Scope = 'gpu' | 'cpu' | 'dram' | 'node';

export interface Device {
  /** `gpu:<UUID>`, `cpu:package-0`, `dram:0`, `node:psys`. */
  readonly id: string;
  readonly scope: Scope;
  readonly name: string;
  /** Limits, driver and the like, as the source tells them. */
  readonly facts: JsonObject;
  /** Ids of devices whose energy this one's contains, or is contained in: never summed with them. */
  readonly overlaps: readonly string[];
}

/** Units are in the names: joules since some origin, watts, degrees Celsius. */
export type Quantity = 'energyJ' | 'powerW' | 'temperatureC';

export interface Channel {
  readonly deviceId: string;
  readonly quantity: Quantity;
  /** False for a model's figure: everything computed from it is labelled estimated. */
  readonly measured: boolean;
  /** Reading more often than this gains nothing, in milliseconds. */
  readonly minPeriodMs: number;
  /** Smallest step of the value, in the quantity's unit. */
  readonly resolution: number;
  /** Stated relative accuracy of the source (systematic), e.g. 0.05. */
  readonly accuracyRel: number;
}

/** The meaning of a read's return value. */
export const READ_OK = 0;

/** Lives in the sampler thread. */
export interface Probe {
  /**
   * Reads every channel into `out[0..n)`, in the order of `open`. Synchronous, allocates nothing. Energy is cumulative
   * joules, already unwrapped. A channel that cannot be read gives NaN. Returns READ_OK or the source's error code.
   */
  read(out: Float64Array): number;
  close(): void;
}

export interface Meter {
  /** A `failed` finding means that this meter cannot be used here. */
  checks(): readonly Check[];
  /** Empty when nothing can be read. */
  devices(): readonly Device[];
  channels(devices: readonly Device[]): readonly Channel[];
  open(channels: readonly Channel[]): Probe;
}
