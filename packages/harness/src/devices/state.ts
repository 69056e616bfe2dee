/** The state of the billed GPUs over a window: temperature, clocks, what held them down, memory. Pure. */
import {
  THROTTLE_REASONS,
  throttleReasons,
  type Device,
  type DeviceState,
  type Measurement,
  type Quantity,
  type ThrottleReason,
} from '@llem/core';
import { around, type Interval, type Series } from '../energy/series.js';
import type { ChannelSeries } from '../sampler/thread.js';

/** A state that was not read for longer is not known: it stands for the time to the next reading. */
const LONGEST_HOLD_S = 3;

export const MEMORY_SEMANTICS =
  'device memory in use at its highest inside the window, minus what was in use just before the service was started, summed over the billed GPUs';

export interface DeviceStates {
  readonly devices: readonly Omit<DeviceState, 'foreignProcesses'>[];
  readonly memory: Measurement['memory'];
  readonly thermal: Measurement['thermal'];
  /** Why a figure is null, by its path below `measurement`. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** Memory in use on each GPU, by its id, bytes. */
export type MemoryInUse = ReadonlyMap<string, number>;

/** Memory in use on GPUs as it was read last before a time; one that had not been read by then is left out. */
export function memoryInUse(channels: readonly ChannelSeries[], atNs: bigint): MemoryInUse {
  return new Map(
    channels.flatMap(({ channel: { quantity, deviceId }, series }): [string, number][] => {
      const bytes = quantity === 'memoryBytes' ? lastBefore(series, atNs) : null;
      return bytes === null ? [] : [[deviceId, bytes]];
    }),
  );
}

/** `before` is what was in use just before the service was started; null of one that llem did not start. */
export function deviceStates(
  gpus: readonly Device[],
  channels: readonly ChannelSeries[],
  window: Interval,
  before: MemoryInUse | null,
): DeviceStates {
  const reasons: Record<string, string> = {};
  const devices = gpus.map((gpu, index) => {
    const { reasons: own, ...state } = stateOf(gpu, channels, window, before);
    for (const [name, reason] of Object.entries(own)) reasons[`devices.${index}.${name}`] = reason;
    return state;
  });
  const why = (name: string) =>
    gpus.length === 0
      ? 'no GPU is billed'
      : (gpus
          .map((gpu, index) => [gpu.id, reasons[`devices.${index}.${name}`]] as const)
          .flatMap(([id, reason]) => (reason === undefined ? [] : [`${id}: ${reason}`]))[0] ?? 'unknown');
  const memory = memoryOf(devices);
  const thermal = thermalOf(devices);
  if (memory === null) reasons['memory'] = why('memoryBytes');
  if (thermal === null) reasons['thermal'] = why('temperatureC');
  else if (thermal.throttleS === null) reasons['thermal.throttleS'] = why('throttleS');
  return { devices, memory, thermal, reasons };
}

type State = DeviceStates['devices'][number];

function stateOf(
  gpu: Device,
  channels: readonly ChannelSeries[],
  window: Interval,
  before: MemoryInUse | null,
): State & { readonly reasons: Record<string, string> } {
  const reasons: Record<string, string> = {};
  const seriesOf = (quantity: Quantity) =>
    channels.find(({ channel }) => channel.deviceId === gpu.id && channel.quantity === quantity)?.series;
  /** What the readings of a quantity say; null with the reason where they say nothing. */
  const told = <T>(name: string, quantity: Quantity, of: (series: Series) => T | string): T | null => {
    const series = seriesOf(quantity);
    const found = series ? of(series) : (gpu.reasons?.[quantity] ?? 'its meter does not tell');
    if (typeof found !== 'string') return found;
    reasons[name] = found;
    return null;
  };
  const held =
    <T>(of: (held: readonly Hold[]) => T) =>
    (series: Series) => {
      const holds = holdsOver(series, window);
      return holds ? of(holds) : NOT_READ;
    };
  const grown = (series: Series) => growthOver(series, window);
  return {
    id: gpu.id,
    temperatureC: told(
      'temperatureC',
      'temperatureC',
      held((holds) => ({
        start: holds[0]?.value ?? NaN,
        end: holds.at(-1)?.value ?? NaN,
        max: maximum(holds),
      })),
    ),
    throttleS: told('throttleS', 'throttle', held(secondsByReason)),
    powerThrottleS: told('powerThrottleS', 'powerThrottleS', grown),
    thermalThrottleS: told('thermalThrottleS', 'thermalThrottleS', grown),
    clockMHz: told(
      'clockMHz',
      'clockMHz',
      held((holds) => ({ mean: meanOf(holds), min: Math.min(...holds.map(({ value }) => value)) })),
    ),
    utilization: told('utilization', 'utilization', held(meanOf)),
    memoryBytes: told('memoryBytes', 'memoryBytes', (series) => {
      const holds = holdsOver(series, window);
      if (!holds) return NOT_READ;
      if (before === null) return 'the server ran already: what was in use before it is not known';
      const inUse = before.get(gpu.id);
      return inUse === undefined
        ? 'it was not read before the service was started'
        : { before: inUse, peak: maximum(holds) };
    }),
    reasons,
  };
}

const NOT_READ = `no reading for more than ${LONGEST_HOLD_S} s of the window`;

/** A value and for how long it stood. */
interface Hold {
  readonly value: number;
  readonly seconds: number;
}

/** The readings of an interval, each until the next; null when one would have to stand for too long, or there is none. */
function holdsOver(series: Series, interval: Interval): Hold[] | null {
  // Begins with the reading that stands at the start, and ends with the first one after the end.
  const { atNs, values } = around(series, interval, 0n);
  const holds: Hold[] = [];
  for (const [index, value] of values.entries()) {
    const fromNs = atNs[index] ?? 0n;
    if (fromNs > interval.endNs) break;
    const untilNs = atNs[index + 1] ?? interval.endNs;
    if (Number(untilNs - fromNs) / 1e9 > LONGEST_HOLD_S) return null;
    const [from, until] = [
      holds.length === 0 ? interval.startNs : fromNs,
      untilNs < interval.endNs ? untilNs : interval.endNs,
    ];
    holds.push({ value, seconds: Number(until - from) / 1e9 });
  }
  const [first = interval.endNs] = atNs;
  return holds.length > 0 && Number(first - interval.startNs) / 1e9 <= LONGEST_HOLD_S ? holds : null;
}

const maximum = (holds: readonly Hold[]): number => Math.max(...holds.map(({ value }) => value));

function meanOf(holds: readonly Hold[]): number {
  const seconds = holds.reduce((sum, hold) => sum + hold.seconds, 0);
  return holds.reduce((sum, hold) => sum + hold.value * hold.seconds, 0) / seconds;
}

function secondsByReason(holds: readonly Hold[]): Partial<Record<ThrottleReason, number>> {
  const seconds: Partial<Record<ThrottleReason, number>> = {};
  for (const hold of holds) {
    for (const reason of throttleReasons(hold.value)) seconds[reason] = (seconds[reason] ?? 0) + hold.seconds;
  }
  return seconds;
}

/** How much a quantity that only grows grew, as the readings at its edges say; a sentence where it cannot be told. */
function growthOver(series: Series, interval: Interval): number | string {
  const holds = holdsOver(series, interval);
  if (!holds) return NOT_READ;
  const growth = (holds.at(-1)?.value ?? NaN) - (holds[0]?.value ?? NaN);
  return growth >= 0 ? growth : 'it went backwards: its driver was reloaded';
}

/** The reading that stood at a time; null before the first. */
function lastBefore(series: Series, atNs: bigint): number | null {
  const near = around(series, { startNs: atNs, endNs: atNs }, 0n);
  const [at = atNs + 1n] = near.atNs;
  return at <= atNs ? (near.values[0] ?? null) : null;
}

/** Null unless it is known of every GPU: a part is not the whole. */
function memoryOf(devices: readonly State[]): Measurement['memory'] {
  let peakBytes = 0;
  for (const { memoryBytes } of devices) {
    if (memoryBytes === null) return null;
    peakBytes += memoryBytes.peak - memoryBytes.before;
  }
  return devices.length > 0 ? { peakBytes, semantics: MEMORY_SEMANTICS } : null;
}

function thermalOf(devices: readonly State[]): Measurement['thermal'] {
  const known = devices.flatMap(({ temperatureC }) => temperatureC ?? []);
  const [hottest] = known.toSorted((a, b) => b.max - a.max);
  if (!hottest || known.length < devices.length) return null;
  return { startC: hottest.start, endC: hottest.end, maxC: hottest.max, throttleS: longestThrottle(devices) };
}

function longestThrottle(devices: readonly State[]): Partial<Record<ThrottleReason, number>> | null {
  const longest: Partial<Record<ThrottleReason, number>> = {};
  for (const { throttleS } of devices) {
    if (throttleS === null) return null;
    for (const reason of THROTTLE_REASONS) {
      const seconds = throttleS[reason];
      if (seconds !== undefined) longest[reason] = Math.max(longest[reason] ?? 0, seconds);
    }
  }
  return longest;
}
