/** What the driver tells of a GPU that does not change while it works. */
import type { GpuFacts } from '@llem/core';
import { explainCode, NVML } from './codes.js';
import type { Gpu } from './gpus.js';
import type { Nvml, Words } from './library.js';
import { askNumber, askText, uint64, type Answer } from './words.js';

/** Facts, and why one that is null is. */
export interface Described {
  readonly facts: GpuFacts;
  readonly reasons: Readonly<Record<string, string>>;
  /** nvmlDeviceArchitecture_t: 5 Volta, 7 Ampere, 9 Hopper; null when unknown. */
  readonly architecture: number | null;
  /** `13.0`; null when unknown. */
  readonly cuda: string | null;
}

export function describeGpu(nvml: Nvml, { handle }: Gpu): Described {
  const reasons: Record<string, string> = {};
  const told = <T>(name: string, { value, code }: Answer<T>): T | null => {
    if (value === null) reasons[name] = explainCode(code);
    return value;
  };
  const watts = (name: string, answer: Answer<number>) => {
    const milliwatts = told(`powerLimitW.${name}`, answer);
    return milliwatts === null ? null : milliwatts / 1e3;
  };
  const isOn = (name: string, answer: Answer<number>) => {
    const mode = told(name, answer);
    return mode === null ? null : mode !== 0;
  };
  const constraints = limitConstraints(nvml, handle);
  const cuda = askNumber((value) => nvml.nvmlSystemGetCudaDriverVersion_v2(value)).value;
  return {
    facts: {
      driver: told(
        'driver',
        askText((text, length) => nvml.nvmlSystemGetDriverVersion(text, length)),
      ),
      vbios: told(
        'vbios',
        askText((text, length) => nvml.nvmlDeviceGetVbiosVersion(handle, text, length)),
      ),
      memoryBytes: told('memoryBytes', memoryTotal(nvml, handle)),
      powerLimitW: {
        enforced: watts(
          'enforced',
          askNumber((value) => nvml.nvmlDeviceGetEnforcedPowerLimit(handle, value)),
        ),
        default: watts(
          'default',
          askNumber((value) => nvml.nvmlDeviceGetPowerManagementDefaultLimit(handle, value)),
        ),
        min: watts('min', constraints.min),
        max: watts('max', constraints.max),
      },
      persistence: isOn(
        'persistence',
        askNumber((value) => nvml.nvmlDeviceGetPersistenceMode(handle, value)),
      ),
      partitioned: isPartitioned(told, nvml, handle),
      ecc: isOn(
        'ecc',
        askNumber((value) => nvml.nvmlDeviceGetEccMode(handle, value, new Uint32Array(1))),
      ),
    },
    reasons,
    architecture: askNumber((value) => nvml.nvmlDeviceGetArchitecture(handle, value)).value,
    cuda: cuda === null ? null : `${Math.floor(cuda / 1_000)}.${Math.floor((cuda % 1_000) / 10)}`,
  };
}

/** A GPU that does not support MIG is not partitioned. */
function isPartitioned(
  told: (name: string, answer: Answer<number>) => number | null,
  nvml: Nvml,
  handle: number,
): boolean | null {
  const answer = askNumber((value) => nvml.nvmlDeviceGetMigMode(handle, value, new Uint32Array(1)));
  if (answer.code === NVML.notSupported) return false;
  const mode = told('partitioned', answer);
  return mode === null ? null : mode !== 0;
}

function limitConstraints(nvml: Nvml, handle: number): { min: Answer<number>; max: Answer<number> } {
  const [min, max]: [Words, Words] = [new Uint32Array(1), new Uint32Array(1)];
  const code = nvml.nvmlDeviceGetPowerManagementLimitConstraints(handle, min, max);
  const answer = (words: Words) => ({ value: code === NVML.ok ? (words[0] ?? null) : null, code });
  return { min: answer(min), max: answer(max) };
}

/** nvmlMemory_t: total, free, used. */
function memoryTotal(nvml: Nvml, handle: number): Answer<number> {
  const memory: Words = new Uint32Array(6);
  const code = nvml.nvmlDeviceGetMemoryInfo(handle, memory);
  return { value: code === NVML.ok ? uint64(memory) : null, code };
}
