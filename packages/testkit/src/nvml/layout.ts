/**
 * The control file of the simulated NVML: what is in it and where. The structures that the library is compiled with are
 * written from the same lists, so that the two cannot disagree. Numbers are doubles of the machine, text ends with NUL.
 */

interface Member {
  readonly bytes: number;
  /** The declaration in C. */
  readonly declare: (name: string) => string;
  readonly about: string;
}

const DOUBLE_BYTES = 8;
const number = (about: string): Member => ({
  bytes: DOUBLE_BYTES,
  declare: (name) => `double ${name};`,
  about,
});
const numbers = (count: number, about: string): Member => ({
  bytes: count * DOUBLE_BYTES,
  declare: (name) => `double ${name}[${count}];`,
  about,
});
/** `bytes` is a multiple of 8, so that the numbers behind it stay aligned. */
const text = (bytes: number, about: string): Member => ({
  bytes,
  declare: (name) => `char ${name}[${bytes}];`,
  about,
});
const texts = (count: number, bytes: number, about: string): Member => ({
  bytes: count * bytes,
  declare: (name) => `char ${name}[${count}][${bytes}];`,
  about,
});

/** Every function that the library exports, by the name of the real one. */
export const NVML_CALLS = [
  'nvmlInit_v2',
  'nvmlShutdown',
  'nvmlErrorString',
  'nvmlSystemGetDriverVersion',
  'nvmlSystemGetNVMLVersion',
  'nvmlSystemGetCudaDriverVersion_v2',
  'nvmlDeviceGetCount_v2',
  'nvmlDeviceGetHandleByIndex_v2',
  'nvmlDeviceGetHandleByUUID',
  'nvmlDeviceGetUUID',
  'nvmlDeviceGetName',
  'nvmlDeviceGetPciInfo_v3',
  'nvmlDeviceGetArchitecture',
  'nvmlDeviceGetVbiosVersion',
  'nvmlDeviceGetDeviceHandleFromMigDeviceHandle',
  'nvmlDeviceGetTotalEnergyConsumption',
  'nvmlDeviceGetFieldValues',
  'nvmlDeviceGetPowerUsage',
  'nvmlDeviceGetTemperature',
  'nvmlDeviceGetClockInfo',
  'nvmlDeviceGetCurrentClocksEventReasons',
  'nvmlDeviceGetCurrentClocksThrottleReasons',
  'nvmlDeviceGetViolationStatus',
  'nvmlDeviceGetUtilizationRates',
  'nvmlDeviceGetMemoryInfo',
  'nvmlDeviceGetMemoryInfo_v2',
  'nvmlDeviceGetComputeRunningProcesses_v2',
  'nvmlDeviceGetComputeRunningProcesses_v3',
  'nvmlDeviceGetGraphicsRunningProcesses_v2',
  'nvmlDeviceGetGraphicsRunningProcesses_v3',
  'nvmlDeviceGetEnforcedPowerLimit',
  'nvmlDeviceGetPowerManagementDefaultLimit',
  'nvmlDeviceGetPowerManagementLimitConstraints',
  'nvmlDeviceGetPersistenceMode',
  'nvmlDeviceGetMigMode',
  'nvmlDeviceGetEccMode',
] as const;
export type NvmlCall = (typeof NVML_CALLS)[number];

/** Fields of nvmlDeviceGetFieldValues, each with a code of its own. */
export const NVML_FIELDS = ['energy', 'powerAverage', 'powerInstant'] as const;
export type NvmlField = (typeof NVML_FIELDS)[number];

/** Of a GPU's UUID, which is what a GPU begins with. */
export const UUID_BYTES = 96;
export const MAX_PROCESSES = 16;
export const MAX_INSTANCES = 7;
/** Steps of a power trace. The file is sparse: those that are not used take no room. */
export const MAX_STEPS = 65_536;

interface Layout<Name extends string> {
  readonly bytes: number;
  /** Offset in bytes of a member, or of the element `index` of `elementBytes` each. */
  at(name: Name, index?: number, elementBytes?: number): number;
  /** `struct tag { ... };` */
  declare(tag: string): string;
}

function layout<Name extends string>(members: Readonly<Record<Name, Member>>): Layout<Name> {
  const entries = Object.entries<Member>(members);
  const offsets = new Map<string, number>();
  let bytes = 0;
  for (const [name, member] of entries) {
    offsets.set(name, bytes);
    bytes += member.bytes;
  }
  return {
    bytes,
    at: (name, index = 0, elementBytes = DOUBLE_BYTES) =>
      (offsets.get(name) ?? Number.NaN) + index * elementBytes,
    declare: (tag) =>
      [
        `struct ${tag} {`,
        ...entries.map(([name, member]) => `  ${member.declare(name)} /* ${member.about} */`),
        '};',
      ].join('\n'),
  };
}

/** At the beginning of the file; the GPUs follow. */
export const CONTROL = layout({
  gpus: number('how many follow'),
  virtualClock: number('1: the time is nowNs; 0: it is CLOCK_MONOTONIC, the clock of process.hrtime'),
  nowNs: number('nanoseconds of the virtual clock'),
  cudaVersion: number('1000 x major + 10 x minor'),
  driverVersion: text(80, 'as nvidia-smi shows it'),
  errors: numbers(
    NVML_CALLS.length,
    'what a call returns instead of answering, for all GPUs; 0 is to answer',
  ),
  latencyNs: numbers(NVML_CALLS.length, 'how long a call takes on the real clock'),
});

export const GPU = layout({
  uuid: text(UUID_BYTES, 'GPU-...'),
  name: text(96, 'of the product'),
  vbios: text(32, 'version'),
  busId: text(32, 'domain:bus:device.function in hexadecimal'),
  pciDeviceId: number('device id << 16 | vendor id'),
  architecture: number('5 Volta, 6 Turing, 7 Ampere, 8 Ada, 9 Hopper, 10 Blackwell'),
  errors: numbers(NVML_CALLS.length, 'what a call returns instead of answering; 0 is to answer'),
  fieldErrors: numbers(NVML_FIELDS.length, 'the same for single fields'),
  fieldTypes: numbers(NVML_FIELDS.length, 'the type that a field says its value has'),
  lostFromNs: number('every call returns 15 from then on'),
  counterStepNs: number('time between updates of the energy counter'),
  counterJitterNs: number('an update is so much early or late at most'),
  counterLagNs: number('an update shows the energy of up to so long before it'),
  counterMissing: number('share of the updates that do not take place, 0 to 1'),
  counterSeed: number('of jitter, lag and missing updates'),
  counterBaseJ: number('joules on the counter at the first step of the trace'),
  counterResetNs: number('when the counter begins again at zero'),
  counterGain: number('joules shown for each that is used'),
  counterOfModule: number('1: the only counter is that of the module'),
  moduleExtraW: number('what the module draws beside the GPU; NaN where there is no module'),
  powerStepNs: number('time between updates of power'),
  powerAverageNs: number('what nvmlDeviceGetPowerUsage and the field for average power are the mean of'),
  powerGain: number('watts shown for each that is drawn'),
  temperatureC: number('of the GPU'),
  smClockMHz: number('of the compute units'),
  memoryClockMHz: number('of the memory'),
  reasons: number('event reasons of the clocks, bits'),
  powerViolationNs: number('time in which the power limit held clocks down'),
  thermalViolationNs: number('time in which the temperature held clocks down'),
  utilization: number('percent of the last second'),
  memoryUtilization: number('percent of the last second'),
  memoryTotal: number('bytes'),
  memoryReserved: number('bytes that the driver keeps'),
  memoryUsed: number('bytes that processes use'),
  enforcedLimitMw: number('milliwatts'),
  defaultLimitMw: number('milliwatts'),
  minLimitMw: number('milliwatts'),
  maxLimitMw: number('milliwatts'),
  persistence: number('1: on'),
  mig: number('1: on'),
  ecc: number('1: on'),
  instances: number('MIG devices'),
  instanceUuid: texts(MAX_INSTANCES, 96, 'MIG-...'),
  processes: number('how many use the GPU'),
  processPid: numbers(MAX_PROCESSES, 'process ids'),
  processBytes: numbers(MAX_PROCESSES, 'bytes of memory; NaN where the driver does not know'),
  processGraphics: numbers(MAX_PROCESSES, '1: draws, 0: computes'),
  steps: number('of the power trace; the writer adds a step before it counts it'),
  stepFromNs: numbers(MAX_STEPS, 'when a step begins; the first is also what was before it'),
  stepW: numbers(MAX_STEPS, 'watts from then on'),
  stepJ: numbers(MAX_STEPS, 'joules from the first step to this one'),
});

/** The header that the library is compiled with. */
export function controlHeader(): string {
  return [
    '/* Written from layout.ts. */',
    ...NVML_CALLS.map((name, index) => `#define CALL_${name} ${index}`),
    ...NVML_FIELDS.map((name, index) => `#define FIELD_${name} ${index}`),
    `#define MAX_STEPS ${MAX_STEPS}`,
    CONTROL.declare('control'),
    GPU.declare('gpu'),
    '',
  ].join('\n');
}
