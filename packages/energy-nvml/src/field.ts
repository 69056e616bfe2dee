/** Single values of nvmlDeviceGetFieldValues (nvmlFieldValue_t), read into memory that is used again. */
import { NVML } from './codes.js';
import type { Handle, Nvml, Words } from './library.js';
import { uint64 } from './words.js';

/** Field ids. */
export const FIELD = { energy: 83, powerAverage: 185, powerInstant: 186 } as const;
/** What a value is to cover: the GPU, or the module that carries it (a superchip, with its processor and memory). */
export const SCOPE = { gpu: 0, module: 1 } as const;

/** nvmlFieldValue_t in elements of 4 bytes: field 0, scope 1, type 6, return 7, value 8 and 9. */
const AT = { field: 0, scope: 1, type: 6, code: 7, value: 8, words: 10 } as const;
/** nvmlValueType_t: unsigned int, unsigned long (64 bits where there are NVIDIA drivers for servers), unsigned long long. */
const TYPE = { uint: 1, ulong: 2, ulonglong: 3 } as const;

/** A value that is asked for again and again in the same memory. */
export interface Field {
  readonly memory: Words;
  /** Reads again into the memory; NVML's code. */
  readonly read: (memory: Words) => number;
  readonly valueIn: (memory: Words) => number;
}

export function openField(nvml: Nvml, handle: Handle, field: number, scope: number): Field {
  const memory: Words = new Uint32Array(AT.words);
  memory[AT.field] = field;
  memory[AT.scope] = scope;
  const { nvmlDeviceGetFieldValues } = nvml;
  return {
    memory,
    read(words) {
      const code = nvmlDeviceGetFieldValues(handle, 1, words);
      // The call succeeds even when its fields do not.
      return code === NVML.ok ? (words[AT.code] ?? NVML.noData) : code;
    },
    valueIn: valueOf,
  };
}

function valueOf(words: Words): number {
  switch (words[AT.type]) {
    case TYPE.uint:
      return words[AT.value] ?? Number.NaN;
    case TYPE.ulong:
    case TYPE.ulonglong:
      return uint64(words, AT.value);
    default:
      return Number.NaN;
  }
}
