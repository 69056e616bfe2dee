/** A simulated NVML as its writer sees it: a test, or the engine whose load draws the power. */
import { joulesBetween } from '../power.js';
import { createControlFile, gpuAt, openControlFile, type ControlFile } from './file.js';
import {
  CONTROL,
  GPU,
  UUID_BYTES,
  NVML_CALLS,
  NVML_FIELDS,
  type NvmlCall,
  type NvmlField,
} from './layout.js';
import { simulatedNvmlSchema, type SimulatedNvmlInput } from './options.js';
import { addStep, readTrace, type PowerStep } from './trace.js';
import { readProcesses, writeProcesses, writeSettings, type SimulatedProcess } from './write.js';

/** What of a GPU may change while it is looked at, in the units of `GPU` in layout.ts. */
export type GpuState =
  | 'temperatureC'
  | 'smClockMHz'
  | 'memoryClockMHz'
  | 'reasons'
  | 'powerViolationNs'
  | 'thermalViolationNs'
  | 'utilization'
  | 'memoryUsed'
  | 'enforcedLimitMw'
  | 'lostFromNs'
  | 'counterResetNs';

export interface SimulatedNvml {
  /** Of the control file: what LLEM_SIMULATED_NVML is to hold. */
  readonly path: string;
  /** Nanoseconds of its clock. */
  nowNs(): number;
  /** Sets the virtual clock. */
  setNowNs(ns: number): void;
  /** The GPU draws so much from now on. */
  draw(gpu: number, watts: number): void;
  set(gpu: number, state: GpuState, value: number): void;
  /** Who uses the GPU; `bytes` of its memory, null where the driver does not know. */
  setProcesses(gpu: number, processes: readonly SimulatedProcess[]): void;
  /** A process begins to use the GPU and takes memory of it, beside what is there already. */
  join(gpu: number, pid: number, bytes: number): void;
  /** A process has ended and given its memory back. */
  leave(gpu: number, pid: number): void;
  /** Of every GPU, in their order. */
  uuids(): readonly string[];
  /** What a call returns instead of answering, of one GPU or, with null, of all; 0 is to answer again. */
  fail(gpu: number | null, call: NvmlCall, code: number): void;
  /** The same for one field of nvmlDeviceGetFieldValues, while the call itself succeeds. */
  failField(gpu: number, field: NvmlField, code: number): void;
  /** What it has drawn so far, in steps. */
  power(gpu: number): readonly PowerStep[];
  /** Joules that the GPU used between two times of its clock, in nanoseconds: the truth. */
  joulesBetween(gpu: number, fromNs: number, toNs: number): number;
  close(): void;
}

/** Writes a control file and opens it. Throws where the settings are wrong. */
export function createSimulatedNvml(path: string, input: SimulatedNvmlInput = {}): SimulatedNvml {
  const settings = simulatedNvmlSchema.parse(input);
  const file = createControlFile(path, settings.gpus.length);
  writeSettings(file, settings);
  return control(path, file);
}

/** Opens a control file that another process has written. */
export const openSimulatedNvml = (path: string): SimulatedNvml => control(path, openControlFile(path));

function control(path: string, file: ControlFile): SimulatedNvml {
  const isVirtual = file.number(CONTROL.at('virtualClock')) === 1;
  const nowNs = () => (isVirtual ? file.number(CONTROL.at('nowNs')) : Number(process.hrtime.bigint()));
  return {
    path,
    nowNs,
    setNowNs: (ns) => file.put(CONTROL.at('nowNs'), ns),
    draw: (gpu, watts) => addStep(file, gpu, nowNs(), watts),
    set: (gpu, state, value) => file.put(gpuAt(gpu) + GPU.at(state), value),
    setProcesses: (gpu, processes) => writeProcesses(file, gpu, processes),
    join(gpu, pid, bytes) {
      const at = gpuAt(gpu) + GPU.at('memoryUsed');
      file.put(at, file.number(at) + bytes);
      writeProcesses(file, gpu, [...readProcesses(file, gpu), { pid, bytes }]);
    },
    leave(gpu, pid) {
      const at = gpuAt(gpu) + GPU.at('memoryUsed');
      const all = readProcesses(file, gpu);
      const bytes = all.reduce((sum, each) => sum + (each.pid === pid ? (each.bytes ?? 0) : 0), 0);
      file.put(at, file.number(at) - bytes);
      writeProcesses(
        file,
        gpu,
        all.filter((each) => each.pid !== pid),
      );
    },
    uuids: () =>
      Array.from({ length: file.number(CONTROL.at('gpus')) }, (_, gpu) => file.text(gpuAt(gpu), UUID_BYTES)),
    fail(gpu, call, code) {
      const index = NVML_CALLS.indexOf(call);
      file.put(gpu === null ? CONTROL.at('errors', index) : gpuAt(gpu) + GPU.at('errors', index), code);
    },
    failField: (gpu, field, code) =>
      file.put(gpuAt(gpu) + GPU.at('fieldErrors', NVML_FIELDS.indexOf(field)), code),
    power: (gpu) => readTrace(file, gpu),
    joulesBetween: (gpu, fromNs, toNs) => joulesBetween(readTrace(file, gpu), fromNs / 1e9, toNs / 1e9),
    close: () => file.close(),
  };
}
