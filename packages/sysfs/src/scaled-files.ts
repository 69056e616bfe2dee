/** Several files, each in a unit of its own: the probe of a meter that is nothing but files. */
import { constants } from 'node:os';
import { openNumberFile, type NumberFile } from './number-file.js';

export interface ScaledFile {
  readonly path: string;
  /** What the number is multiplied by: 1e-6 from microwatts to watts. */
  readonly scale: number;
  /** 0 is no reading, as with the power of something that runs. */
  readonly positive: boolean;
}

export interface ScaledFiles {
  /** Reads file `index` into `out[index]`; NaN where it says nothing. 0, or the errno of what went wrong. Allocates nothing. */
  read(out: Float64Array, index: number): number;
  /** Idempotent. */
  close(): void;
}

/** Opens all of them or none. Throws what `openNumberFile` throws. */
export function openScaledFiles(files: readonly ScaledFile[]): ScaledFiles {
  const opened: { readonly file: NumberFile; readonly scaled: ScaledFile }[] = [];
  const close = () => {
    for (const { file } of opened) file.close();
  };
  try {
    for (const scaled of files) opened.push({ file: openNumberFile(scaled.path), scaled });
  } catch (error) {
    close();
    throw error;
  }
  return {
    read(out, index) {
      const each = opened[index];
      if (each === undefined) return constants.errno.EINVAL;
      const code = each.file.read();
      const value = each.file.value * each.scaled.scale;
      const isNone = value === 0 && each.scaled.positive;
      out[index] = isNone ? Number.NaN : value;
      return isNone ? constants.errno.EIO : code;
    },
    close,
  };
}
