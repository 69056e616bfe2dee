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

/** Every function in use, by its own name. All return an nvmlReturn_t, and 13 where the library lacks them. */
export type Nvml = ReturnType<typeof bind>;

/**
 * `void *` stands for whatever memory the caller gives: typed arrays that are used again and again, with which a call allocates
 * nothing. Powers are milliwatts, energies millijoules, clocks MHz, temperatures degrees Celsius.
 */
function bind(library: Koffi.LibraryHandle) {
  const call = <Arguments extends readonly Argument[]>(name: string, parameters: string) =>
    functionOf<Arguments>(library, name, parameters);
  const ofDevice = <Out extends readonly Argument[]>(name: string, parameters: string) =>
    call<readonly [device: Handle, ...out: Out]>(name, `void *, ${parameters}`);
  type Text = readonly [text: Uint8Array, length: number];
  type Value = readonly [value: Words];
  /** Of nvmlProcessInfo_t, 24 bytes each; `count` is the room before and the number after. */
  type Processes = readonly [count: Words, infos: Uint8Array];
  return {
    nvmlInit_v2: call<[]>('nvmlInit_v2', ''),
    nvmlShutdown: call<[]>('nvmlShutdown', ''),
    nvmlSystemGetDriverVersion: call<Text>('nvmlSystemGetDriverVersion', 'void *, uint32_t'),
    /** 1000 x major + 10 x minor. */
    nvmlSystemGetCudaDriverVersion_v2: call<Value>('nvmlSystemGetCudaDriverVersion_v2', 'void *'),
    nvmlDeviceGetCount_v2: call<Value>('nvmlDeviceGetCount_v2', 'void *'),
    nvmlDeviceGetHandleByIndex_v2: call<readonly [index: number, device: Words]>(
      'nvmlDeviceGetHandleByIndex_v2',
      'uint32_t, void *',
    ),
    nvmlDeviceGetHandleByUUID: call<readonly [uuid: string, device: Words]>(
      'nvmlDeviceGetHandleByUUID',
      'const char *, void *',
    ),
    nvmlDeviceGetDeviceHandleFromMigDeviceHandle: ofDevice<readonly [whole: Words]>(
      'nvmlDeviceGetDeviceHandleFromMigDeviceHandle',
      'void *',
    ),
    nvmlDeviceGetUUID: ofDevice<Text>('nvmlDeviceGetUUID', 'void *, uint32_t'),
    nvmlDeviceGetName: ofDevice<Text>('nvmlDeviceGetName', 'void *, uint32_t'),
    nvmlDeviceGetVbiosVersion: ofDevice<Text>('nvmlDeviceGetVbiosVersion', 'void *, uint32_t'),
    /** nvmlPciInfo_t, 68 bytes: domain 16, bus 20, device 24, device and vendor id 28, bus id as text 36. */
    nvmlDeviceGetPciInfo_v3: ofDevice<readonly [pci: Uint8Array]>('nvmlDeviceGetPciInfo_v3', 'void *'),
    nvmlDeviceGetArchitecture: ofDevice<Value>('nvmlDeviceGetArchitecture', 'void *'),
    nvmlDeviceGetTotalEnergyConsumption: ofDevice<Value>('nvmlDeviceGetTotalEnergyConsumption', 'void *'),
    nvmlDeviceGetPowerUsage: ofDevice<Value>('nvmlDeviceGetPowerUsage', 'void *'),
    /** nvmlFieldValue_t, 40 bytes each: see `field.ts`. */
    nvmlDeviceGetFieldValues: ofDevice<readonly [count: number, values: Words]>(
      'nvmlDeviceGetFieldValues',
      'int, void *',
    ),
    nvmlDeviceGetTemperature: ofDevice<readonly [sensor: number, celsius: Words]>(
      'nvmlDeviceGetTemperature',
      'int, void *',
    ),
    nvmlDeviceGetClockInfo: ofDevice<readonly [type: number, mhz: Words]>(
      'nvmlDeviceGetClockInfo',
      'int, void *',
    ),
    nvmlDeviceGetCurrentClocksEventReasons: ofDevice<Value>(
      'nvmlDeviceGetCurrentClocksEventReasons',
      'void *',
    ),
    nvmlDeviceGetCurrentClocksThrottleReasons: ofDevice<Value>(
      'nvmlDeviceGetCurrentClocksThrottleReasons',
      'void *',
    ),
    /** nvmlViolationTime_t, 16 bytes: reference time (us) 0, violation time (ns) 8. */
    nvmlDeviceGetViolationStatus: ofDevice<readonly [policy: number, time: Words]>(
      'nvmlDeviceGetViolationStatus',
      'int, void *',
    ),
    /** nvmlUtilization_t: GPU and memory, percent. */
    nvmlDeviceGetUtilizationRates: ofDevice<Value>('nvmlDeviceGetUtilizationRates', 'void *'),
    /** nvmlMemory_t, 24 bytes: total 0, free 8, used 16. */
    nvmlDeviceGetMemoryInfo: ofDevice<Value>('nvmlDeviceGetMemoryInfo', 'void *'),
    /** nvmlMemory_v2_t, 40 bytes: version 0, total 8, reserved 16, free 24, used 32. */
    nvmlDeviceGetMemoryInfo_v2: ofDevice<Value>('nvmlDeviceGetMemoryInfo_v2', 'void *'),
    nvmlDeviceGetComputeRunningProcesses_v3: ofDevice<Processes>(
      'nvmlDeviceGetComputeRunningProcesses_v3',
      'void *, void *',
    ),
    nvmlDeviceGetComputeRunningProcesses_v2: ofDevice<Processes>(
      'nvmlDeviceGetComputeRunningProcesses_v2',
      'void *, void *',
    ),
    nvmlDeviceGetGraphicsRunningProcesses_v3: ofDevice<Processes>(
      'nvmlDeviceGetGraphicsRunningProcesses_v3',
      'void *, void *',
    ),
    nvmlDeviceGetGraphicsRunningProcesses_v2: ofDevice<Processes>(
      'nvmlDeviceGetGraphicsRunningProcesses_v2',
      'void *, void *',
    ),
    nvmlDeviceGetEnforcedPowerLimit: ofDevice<Value>('nvmlDeviceGetEnforcedPowerLimit', 'void *'),
    nvmlDeviceGetPowerManagementDefaultLimit: ofDevice<Value>(
      'nvmlDeviceGetPowerManagementDefaultLimit',
      'void *',
    ),
    nvmlDeviceGetPowerManagementLimitConstraints: ofDevice<readonly [min: Words, max: Words]>(
      'nvmlDeviceGetPowerManagementLimitConstraints',
      'void *, void *',
    ),
    nvmlDeviceGetPersistenceMode: ofDevice<Value>('nvmlDeviceGetPersistenceMode', 'void *'),
    nvmlDeviceGetMigMode: ofDevice<readonly [current: Words, pending: Words]>(
      'nvmlDeviceGetMigMode',
      'void *, void *',
    ),
    nvmlDeviceGetEccMode: ofDevice<readonly [current: Words, pending: Words]>(
      'nvmlDeviceGetEccMode',
      'void *, void *',
    ),
  };
}

function functionOf<Arguments extends readonly Argument[]>(
  library: Koffi.LibraryHandle,
  name: string,
  parameters: string,
): (...args: Arguments) => number {
  try {
    return library.func(`int ${name}(${parameters})`);
  } catch {
    return () => NVML.functionNotFound;
  }
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
