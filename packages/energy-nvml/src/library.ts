/** libnvidia-ml: the one file that calls native code. Signatures are those of NVIDIA's NVML API reference. */
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { explainCode, NVML } from './codes.js';

/** Address of an nvmlDevice_t: below 2^53, so that a number holds it. */
export type Handle = number;

/** One unsigned int, or two: 64 bits are two elements, the low one first (every machine with an NVIDIA driver is little-endian). */
export type Words = Uint32Array;

/** What a call takes: numbers, text, and memory that it reads or fills. */
type Argument = number | string | Uint8Array | Words;

/** An nvmlReturn_t comes back; 13 where the library lacks the function. */
type Call<Arguments extends readonly Argument[]> = (...args: Arguments) => number;
type DeviceCall<Out extends readonly Argument[]> = Call<[device: Handle, ...out: Out]>;
type Text = [text: Uint8Array, length: number];
type Value = [value: Words];
/** Of nvmlProcessInfo_t, 24 bytes each; `count` is the room before and the number after. */
type Processes = [count: Words, infos: Uint8Array];

/**
 * Every function in use, by its own name. What is filled is memory of the caller: typed arrays that are used again and again, with
 * which a call allocates nothing. Powers are milliwatts, energies millijoules, clocks MHz, temperatures degrees Celsius.
 */
export interface Nvml {
  readonly nvmlInit_v2: Call<[]>;
  readonly nvmlShutdown: Call<[]>;
  readonly nvmlSystemGetDriverVersion: Call<Text>;
  /** 1000 x major + 10 x minor. */
  readonly nvmlSystemGetCudaDriverVersion_v2: Call<Value>;
  readonly nvmlDeviceGetCount_v2: Call<Value>;
  readonly nvmlDeviceGetHandleByIndex_v2: Call<[index: number, device: Words]>;
  readonly nvmlDeviceGetHandleByUUID: Call<[uuid: string, device: Words]>;
  readonly nvmlDeviceGetDeviceHandleFromMigDeviceHandle: DeviceCall<[whole: Words]>;
  readonly nvmlDeviceGetUUID: DeviceCall<Text>;
  readonly nvmlDeviceGetName: DeviceCall<Text>;
  readonly nvmlDeviceGetVbiosVersion: DeviceCall<Text>;
  /** nvmlPciInfo_t, 68 bytes: domain 16, bus 20, device 24, device and vendor id 28, bus id as text 36. */
  readonly nvmlDeviceGetPciInfo_v3: DeviceCall<[pci: Uint8Array]>;
  readonly nvmlDeviceGetArchitecture: DeviceCall<Value>;
  readonly nvmlDeviceGetTotalEnergyConsumption: DeviceCall<Value>;
  readonly nvmlDeviceGetPowerUsage: DeviceCall<Value>;
  /** nvmlFieldValue_t, 40 bytes each: see `field.ts`. */
  readonly nvmlDeviceGetFieldValues: DeviceCall<[count: number, values: Words]>;
  readonly nvmlDeviceGetTemperature: DeviceCall<[sensor: number, celsius: Words]>;
  readonly nvmlDeviceGetClockInfo: DeviceCall<[type: number, mhz: Words]>;
  readonly nvmlDeviceGetCurrentClocksEventReasons: DeviceCall<Value>;
  readonly nvmlDeviceGetCurrentClocksThrottleReasons: DeviceCall<Value>;
  /** nvmlViolationTime_t, 16 bytes: reference time (us) 0, violation time (ns) 8. */
  readonly nvmlDeviceGetViolationStatus: DeviceCall<[policy: number, time: Words]>;
  /** nvmlUtilization_t: GPU and memory, percent. */
  readonly nvmlDeviceGetUtilizationRates: DeviceCall<Value>;
  /** nvmlMemory_t, 24 bytes: total 0, free 8, used 16. */
  readonly nvmlDeviceGetMemoryInfo: DeviceCall<Value>;
  /** nvmlMemory_v2_t, 40 bytes: version 0, total 8, reserved 16, free 24, used 32. */
  readonly nvmlDeviceGetMemoryInfo_v2: DeviceCall<Value>;
  readonly nvmlDeviceGetComputeRunningProcesses_v3: DeviceCall<Processes>;
  readonly nvmlDeviceGetComputeRunningProcesses_v2: DeviceCall<Processes>;
  readonly nvmlDeviceGetGraphicsRunningProcesses_v3: DeviceCall<Processes>;
  readonly nvmlDeviceGetGraphicsRunningProcesses_v2: DeviceCall<Processes>;
  readonly nvmlDeviceGetEnforcedPowerLimit: DeviceCall<Value>;
  readonly nvmlDeviceGetPowerManagementDefaultLimit: DeviceCall<Value>;
  readonly nvmlDeviceGetPowerManagementLimitConstraints: DeviceCall<[min: Words, max: Words]>;
  readonly nvmlDeviceGetPersistenceMode: DeviceCall<Value>;
  readonly nvmlDeviceGetMigMode: DeviceCall<[current: Words, pending: Words]>;
  readonly nvmlDeviceGetEccMode: DeviceCall<[current: Words, pending: Words]>;
}

/** The parameters in C, with `void *` for all memory of the caller. */
function bind(library: Koffi.LibraryHandle): Nvml {
  const call = (name: string, parameters: string): Call<readonly Argument[]> => {
    try {
      return library.func(`int ${name}(${parameters})`);
    } catch {
      return () => NVML.functionNotFound;
    }
  };
  return {
    nvmlInit_v2: call('nvmlInit_v2', ''),
    nvmlShutdown: call('nvmlShutdown', ''),
    nvmlSystemGetDriverVersion: call('nvmlSystemGetDriverVersion', 'void *, uint32_t'),
    nvmlSystemGetCudaDriverVersion_v2: call('nvmlSystemGetCudaDriverVersion_v2', 'void *'),
    nvmlDeviceGetCount_v2: call('nvmlDeviceGetCount_v2', 'void *'),
    nvmlDeviceGetHandleByIndex_v2: call('nvmlDeviceGetHandleByIndex_v2', 'uint32_t, void *'),
    nvmlDeviceGetHandleByUUID: call('nvmlDeviceGetHandleByUUID', 'const char *, void *'),
    nvmlDeviceGetDeviceHandleFromMigDeviceHandle: call(
      'nvmlDeviceGetDeviceHandleFromMigDeviceHandle',
      'void *, void *',
    ),
    nvmlDeviceGetUUID: call('nvmlDeviceGetUUID', 'void *, void *, uint32_t'),
    nvmlDeviceGetName: call('nvmlDeviceGetName', 'void *, void *, uint32_t'),
    nvmlDeviceGetVbiosVersion: call('nvmlDeviceGetVbiosVersion', 'void *, void *, uint32_t'),
    nvmlDeviceGetPciInfo_v3: call('nvmlDeviceGetPciInfo_v3', 'void *, void *'),
    nvmlDeviceGetArchitecture: call('nvmlDeviceGetArchitecture', 'void *, void *'),
    nvmlDeviceGetTotalEnergyConsumption: call('nvmlDeviceGetTotalEnergyConsumption', 'void *, void *'),
    nvmlDeviceGetPowerUsage: call('nvmlDeviceGetPowerUsage', 'void *, void *'),
    nvmlDeviceGetFieldValues: call('nvmlDeviceGetFieldValues', 'void *, int, void *'),
    nvmlDeviceGetTemperature: call('nvmlDeviceGetTemperature', 'void *, int, void *'),
    nvmlDeviceGetClockInfo: call('nvmlDeviceGetClockInfo', 'void *, int, void *'),
    nvmlDeviceGetCurrentClocksEventReasons: call('nvmlDeviceGetCurrentClocksEventReasons', 'void *, void *'),
    nvmlDeviceGetCurrentClocksThrottleReasons: call(
      'nvmlDeviceGetCurrentClocksThrottleReasons',
      'void *, void *',
    ),
    nvmlDeviceGetViolationStatus: call('nvmlDeviceGetViolationStatus', 'void *, int, void *'),
    nvmlDeviceGetUtilizationRates: call('nvmlDeviceGetUtilizationRates', 'void *, void *'),
    nvmlDeviceGetMemoryInfo: call('nvmlDeviceGetMemoryInfo', 'void *, void *'),
    nvmlDeviceGetMemoryInfo_v2: call('nvmlDeviceGetMemoryInfo_v2', 'void *, void *'),
    nvmlDeviceGetComputeRunningProcesses_v3: call(
      'nvmlDeviceGetComputeRunningProcesses_v3',
      'void *, void *, void *',
    ),
    nvmlDeviceGetComputeRunningProcesses_v2: call(
      'nvmlDeviceGetComputeRunningProcesses_v2',
      'void *, void *, void *',
    ),
    nvmlDeviceGetGraphicsRunningProcesses_v3: call(
      'nvmlDeviceGetGraphicsRunningProcesses_v3',
      'void *, void *, void *',
    ),
    nvmlDeviceGetGraphicsRunningProcesses_v2: call(
      'nvmlDeviceGetGraphicsRunningProcesses_v2',
      'void *, void *, void *',
    ),
    nvmlDeviceGetEnforcedPowerLimit: call('nvmlDeviceGetEnforcedPowerLimit', 'void *, void *'),
    nvmlDeviceGetPowerManagementDefaultLimit: call(
      'nvmlDeviceGetPowerManagementDefaultLimit',
      'void *, void *',
    ),
    nvmlDeviceGetPowerManagementLimitConstraints: call(
      'nvmlDeviceGetPowerManagementLimitConstraints',
      'void *, void *, void *',
    ),
    nvmlDeviceGetPersistenceMode: call('nvmlDeviceGetPersistenceMode', 'void *, void *'),
    nvmlDeviceGetMigMode: call('nvmlDeviceGetMigMode', 'void *, void *, void *'),
    nvmlDeviceGetEccMode: call('nvmlDeviceGetEccMode', 'void *, void *, void *'),
  };
}

/** Libraries stay loaded once they are: what is closed is the session. */
const loaded = new Map<string, Nvml>();

export interface Session {
  readonly nvml: Nvml;
  /** Idempotent. */
  close(): void;
}

/** Why there is no session. `code` is NVML's; null where the library itself cannot be loaded. */
export interface NoSession {
  readonly code: number | null;
  readonly reason: string;
}

/** Loads the library and initialises it; sessions of a process count, and the last one to close ends them. Never throws. */
export function openSession(path: string): Session | NoSession {
  let nvml = loaded.get(path);
  if (nvml === undefined) {
    try {
      nvml = bind(koffi().load(path));
    } catch (error) {
      return { code: null, reason: error instanceof Error ? error.message : String(error) };
    }
    loaded.set(path, nvml);
  }
  const { nvmlInit_v2, nvmlShutdown } = nvml;
  const code = nvmlInit_v2();
  if (code !== NVML.ok) return { code, reason: explainCode(code) };
  let open = true;
  return {
    nvml,
    close() {
      if (open) nvmlShutdown();
      open = false;
    },
  };
}

/** Loaded when it is needed: it is native code, and a machine without a GPU has no use for it. */
function koffi(): Pick<typeof Koffi, 'load'> {
  const module: unknown = createRequire(import.meta.url)('koffi');
  if (!isKoffi(module)) throw new Error('the package koffi is not what it should be; install llem again');
  return module;
}

function isKoffi(module: unknown): module is Pick<typeof Koffi, 'load'> {
  return (
    typeof module === 'object' && module !== null && 'load' in module && typeof module.load === 'function'
  );
}
