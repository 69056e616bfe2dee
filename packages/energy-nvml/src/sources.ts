/** Where each quantity of a GPU comes from: the calls that give it, the best one first. */
import { THROTTLE_REASONS, type Channel, type Quantity } from '@llem/core';
import { NVML } from './codes.js';
import { FIELD, openField, SCOPE } from './field.js';
import type { Handle, Nvml, Words } from './library.js';
import { uint64 } from './words.js';

/** Reads one channel into `out[index]`: NVML's code, and NaN unless that is "success". Allocates nothing. */
export type Reader = (out: Float64Array, index: number) => number;

/** One way to get at a quantity. */
export interface Source extends Pick<Channel, 'quantity' | 'minPeriodMs' | 'resolution'> {
  /** The function or field, for the device's facts. */
  readonly call: string;
  readonly averagedMs?: number;
  open(nvml: Nvml, handle: Handle): Reader;
}

/** The counter steps about every 100 ms, power every 20 to 100 ms (arXiv 2312.02741); to find the steps it takes more readings. */
const PERIOD_MS = { energy: 10, power: 20, state: 500 } as const;
const NVML_CLOCK = { sm: 1, memory: 2 } as const;
const TEMPERATURE_GPU = 0;
/** nvmlPerfPolicyType_t. */
const POLICY = { power: 0, thermal: 1 } as const;
const KNOWN_REASONS = 2 ** THROTTLE_REASONS.length - 1;
const MEMORY_V2 = { version: 0x0200_0028, words: 10, used: 8 } as const;
const MEMORY_V1 = { words: 6, used: 4 } as const;

/** `averagedMs` is what nvmlDeviceGetPowerUsage is the mean of on this GPU; 0 where it is of an instant. */
export function gpuSources(averagedMs: number): Source[] {
  return [
    counter('nvmlDeviceGetTotalEnergyConsumption', (nvml, handle) => {
      const { nvmlDeviceGetTotalEnergyConsumption } = nvml;
      return reader(
        new Uint32Array(2),
        (words) => nvmlDeviceGetTotalEnergyConsumption(handle, words),
        joules,
      );
    }),
    powerField(FIELD.powerInstant, SCOPE.gpu),
    {
      quantity: 'powerW',
      call: 'nvmlDeviceGetPowerUsage',
      minPeriodMs: PERIOD_MS.power,
      resolution: 1e-3,
      ...(averagedMs > 0 ? { averagedMs } : {}),
      open(nvml, handle) {
        const { nvmlDeviceGetPowerUsage } = nvml;
        return reader(new Uint32Array(1), (words) => nvmlDeviceGetPowerUsage(handle, words), watts);
      },
    },
    ...STATE,
  ];
}

/** Energy and power of the GPU alone, and of the module, where the driver tells the two apart. */
export const GPU_COUNTER = counterField(SCOPE.gpu);
export const MODULE_SOURCES: readonly Source[] = [
  counterField(SCOPE.module),
  powerField(FIELD.powerInstant, SCOPE.module),
];

const STATE: readonly Source[] = [
  state('temperatureC', 'nvmlDeviceGetTemperature', 1, ({ nvmlDeviceGetTemperature }, handle) =>
    reader(new Uint32Array(1), (words) => nvmlDeviceGetTemperature(handle, TEMPERATURE_GPU, words), first),
  ),
  clock('clockMHz', NVML_CLOCK.sm),
  clock('memoryClockMHz', NVML_CLOCK.memory),
  state('throttle', 'nvmlDeviceGetCurrentClocksEventReasons', 1, (nvml, handle) => {
    const { nvmlDeviceGetCurrentClocksEventReasons } = nvml;
    return reader(
      new Uint32Array(2),
      (words) => nvmlDeviceGetCurrentClocksEventReasons(handle, words),
      reasons,
    );
  }),
  // Its name before driver 535.
  state('throttle', 'nvmlDeviceGetCurrentClocksThrottleReasons', 1, (nvml, handle) => {
    const { nvmlDeviceGetCurrentClocksThrottleReasons } = nvml;
    return reader(
      new Uint32Array(2),
      (words) => nvmlDeviceGetCurrentClocksThrottleReasons(handle, words),
      reasons,
    );
  }),
  violation('powerThrottleS', POLICY.power),
  violation('thermalThrottleS', POLICY.thermal),
  state('utilization', 'nvmlDeviceGetUtilizationRates', 0.01, ({ nvmlDeviceGetUtilizationRates }, handle) =>
    reader(
      new Uint32Array(2),
      (words) => nvmlDeviceGetUtilizationRates(handle, words),
      (words) => first(words) / 100,
    ),
  ),
  state('memoryBytes', 'nvmlDeviceGetMemoryInfo_v2', 1, ({ nvmlDeviceGetMemoryInfo_v2 }, handle) =>
    reader(
      new Uint32Array(MEMORY_V2.words),
      (words) => {
        words[0] = MEMORY_V2.version;
        return nvmlDeviceGetMemoryInfo_v2(handle, words);
      },
      (words) => uint64(words, MEMORY_V2.used),
    ),
  ),
  // What the driver keeps for itself counts as used here.
  state('memoryBytes', 'nvmlDeviceGetMemoryInfo', 1, ({ nvmlDeviceGetMemoryInfo }, handle) =>
    reader(
      new Uint32Array(MEMORY_V1.words),
      (words) => nvmlDeviceGetMemoryInfo(handle, words),
      (words) => uint64(words, MEMORY_V1.used),
    ),
  ),
];

const first = (words: Words) => words[0] ?? Number.NaN;
/** A GPU that can be asked draws something, and has drawn something: 0 is no reading. */
const thousandth = (value: number) => (value === 0 ? Number.NaN : value / 1e3);
const joules = (millijoules: Words) => thousandth(uint64(millijoules));
const watts = (milliwatts: Words) => thousandth(first(milliwatts));
const reasons = (words: Words) => first(words) & KNOWN_REASONS;

/** A reader that calls with the same memory every time. A value that is not a number is one that the driver does not have. */
function reader(memory: Words, call: (words: Words) => number, valueOf: (words: Words) => number): Reader {
  return (out, index) => {
    const code = call(memory);
    const value = code === NVML.ok ? valueOf(memory) : Number.NaN;
    out[index] = value;
    return code === NVML.ok && value !== value ? NVML.noData : code;
  };
}

function counter(call: string, open: Source['open']): Source {
  return { quantity: 'energyJ', call, minPeriodMs: PERIOD_MS.energy, resolution: 1e-3, open };
}

function counterField(scope: number): Source {
  return counter(`field ${FIELD.energy}`, (nvml, handle) => fieldReader(nvml, handle, FIELD.energy, scope));
}

function powerField(field: number, scope: number): Source {
  return {
    quantity: 'powerW',
    call: `field ${field}`,
    minPeriodMs: PERIOD_MS.power,
    resolution: 1e-3,
    open: (nvml, handle) => fieldReader(nvml, handle, field, scope),
  };
}

/** Millijoules as joules, milliwatts as watts. */
function fieldReader(nvml: Nvml, handle: Handle, id: number, scope: number): Reader {
  const field = openField(nvml, handle, id, scope);
  return reader(field.memory, field.read, (words) => thousandth(field.valueIn(words)));
}

function state(quantity: Quantity, call: string, resolution: number, open: Source['open']): Source {
  return { quantity, call, minPeriodMs: PERIOD_MS.state, resolution, open };
}

function clock(quantity: Quantity, type: number): Source {
  return state(quantity, 'nvmlDeviceGetClockInfo', 1, ({ nvmlDeviceGetClockInfo }, handle) =>
    reader(new Uint32Array(1), (words) => nvmlDeviceGetClockInfo(handle, type, words), first),
  );
}

/** Cumulative nanoseconds as seconds. */
function violation(quantity: Quantity, policy: number): Source {
  return state(quantity, 'nvmlDeviceGetViolationStatus', 1e-9, ({ nvmlDeviceGetViolationStatus }, handle) =>
    reader(
      new Uint32Array(4),
      (words) => nvmlDeviceGetViolationStatus(handle, policy, words),
      (words) => uint64(words, 2) / 1e9,
    ),
  );
}
