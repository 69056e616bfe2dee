/** Writes what a simulated NVML is told to be into its control file. */
import { gpuAt, type ControlFile } from './file.js';
import { CONTROL, GPU, NVML_CALLS, NVML_FIELDS, type NvmlField } from './layout.js';
import type { SimulatedGpu, SimulatedNvmlSettings } from './options.js';
import { addStep } from './trace.js';

const NVIDIA = 0x10de;
/** nvmlValueType_t: 1 is 32 bits, 3 is 64 bits. */
const FIELD_TYPES: Readonly<Record<NvmlField, number>> = { energy: 3, powerAverage: 1, powerInstant: 1 };

export function writeSettings(file: ControlFile, settings: SimulatedNvmlSettings): void {
  file.putText(CONTROL.at('driverVersion'), settings.driver);
  file.put(CONTROL.at('cudaVersion'), settings.cuda);
  file.put(CONTROL.at('virtualClock'), settings.clock === 'virtual' ? 1 : 0);
  file.put(CONTROL.at('nowNs'), settings.now_s * 1e9);
  for (const [index, call] of NVML_CALLS.entries()) {
    file.put(CONTROL.at('errors', index), settings.errors[call] ?? 0);
    file.put(CONTROL.at('latencyNs', index), (settings.latency_ms[call] ?? 0) * 1e6);
  }
  for (const [index, gpu] of settings.gpus.entries()) writeGpu(file, index, gpu);
  // Counted last: a library that looks too early sees none.
  file.put(CONTROL.at('gpus'), settings.gpus.length);
}

function writeGpu(file: ControlFile, index: number, gpu: SimulatedGpu): void {
  const base = gpuAt(index);
  const bus = (gpu.bus ?? index + 1).toString(16).padStart(2, '0');
  file.putText(
    base + GPU.at('uuid'),
    gpu.uuid ?? `GPU-00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
  );
  file.putText(base + GPU.at('name'), gpu.name);
  file.putText(base + GPU.at('vbios'), gpu.vbios);
  file.putText(base + GPU.at('busId'), `00000000:${bus.toUpperCase()}:00.0`);
  for (const [name, value] of numbersOf(gpu)) file.put(base + GPU.at(name), value);
  for (const [at, call] of NVML_CALLS.entries()) file.put(base + GPU.at('errors', at), gpu.errors[call] ?? 0);
  for (const [at, field] of NVML_FIELDS.entries()) {
    file.put(base + GPU.at('fieldErrors', at), gpu.field_errors[field] ?? 0);
    file.put(base + GPU.at('fieldTypes', at), gpu.field_types[field] ?? FIELD_TYPES[field]);
  }
  for (const [at, uuid] of gpu.mig_uuids.entries()) file.putText(base + GPU.at('instanceUuid', at, 96), uuid);
  writeProcesses(file, index, gpu.processes);
  const trace = typeof gpu.power_w === 'number' ? [{ from_s: 0, power_w: gpu.power_w }] : gpu.power_w;
  for (const { from_s, power_w } of trace) addStep(file, index, from_s * 1e9, power_w);
}

export interface SimulatedProcess {
  readonly pid: number;
  readonly bytes: number | null;
  readonly graphics?: boolean;
}

export function readProcesses(file: ControlFile, gpu: number): SimulatedProcess[] {
  const base = gpuAt(gpu);
  return Array.from({ length: file.number(base + GPU.at('processes')) }, (_, at) => {
    const bytes = file.number(base + GPU.at('processBytes', at));
    return {
      pid: file.number(base + GPU.at('processPid', at)),
      bytes: Number.isNaN(bytes) ? null : bytes,
      graphics: file.number(base + GPU.at('processGraphics', at)) === 1,
    };
  });
}

/** The list is counted last; what it held before is gone. */
export function writeProcesses(file: ControlFile, gpu: number, processes: readonly SimulatedProcess[]): void {
  const base = gpuAt(gpu);
  file.put(base + GPU.at('processes'), 0);
  for (const [at, { pid, bytes, graphics }] of processes.entries()) {
    file.put(base + GPU.at('processPid', at), pid);
    file.put(base + GPU.at('processBytes', at), bytes ?? Number.NaN);
    file.put(base + GPU.at('processGraphics', at), graphics === true ? 1 : 0);
  }
  file.put(base + GPU.at('processes'), processes.length);
}

type GpuMember = Parameters<typeof GPU.at>[0];

function numbersOf(gpu: SimulatedGpu): (readonly [GpuMember, number])[] {
  const { counter, power, memory, limits_w: limits } = gpu;
  return [
    ['pciDeviceId', gpu.pci_device * 2 ** 16 + NVIDIA],
    ['architecture', gpu.architecture],
    ['lostFromNs', (gpu.lost_at_s ?? Infinity) * 1e9],
    ['counterStepNs', counter.step_ms * 1e6],
    ['counterJitterNs', counter.jitter_ms * 1e6],
    ['counterLagNs', counter.lag_ms * 1e6],
    ['counterMissing', counter.missing],
    ['counterSeed', counter.seed],
    ['counterBaseJ', counter.base_j],
    ['counterResetNs', (counter.reset_at_s ?? Infinity) * 1e9],
    ['counterGain', counter.gain],
    ['counterOfModule', counter.of_module ? 1 : 0],
    ['moduleExtraW', gpu.module_extra_w ?? Number.NaN],
    ['powerStepNs', power.step_ms * 1e6],
    ['powerAverageNs', power.average_ms * 1e6],
    ['powerGain', power.gain],
    ['temperatureC', gpu.temperature_c],
    ['smClockMHz', gpu.sm_clock_mhz],
    ['memoryClockMHz', gpu.memory_clock_mhz],
    ['reasons', gpu.reasons],
    ['powerViolationNs', gpu.power_violation_s * 1e9],
    ['thermalViolationNs', gpu.thermal_violation_s * 1e9],
    ['utilization', gpu.utilization],
    ['memoryUtilization', gpu.memory_utilization],
    ['memoryTotal', memory.total],
    ['memoryReserved', memory.reserved],
    ['memoryUsed', memory.used],
    ['enforcedLimitMw', limits.enforced * 1e3],
    ['defaultLimitMw', limits.default * 1e3],
    ['minLimitMw', limits.min * 1e3],
    ['maxLimitMw', limits.max * 1e3],
    ['persistence', gpu.persistence ? 1 : 0],
    ['mig', gpu.mig ? 1 : 0],
    ['ecc', gpu.ecc ? 1 : 0],
    ['instances', gpu.mig_uuids.length],
  ];
}
