/** Several files read together, each in a unit of its own: the probe of a meter that is nothing but files. */
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
  /** One value a file, in their order; NaN where there is none. 0, or the errno of the first that could not be read. Allocates nothing. */
  read(out: Float64Array): number;
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
    read(out) {
      let result = 0;
      for (let index = 0; index < opened.length; index += 1) {
        const each = opened[index];
        if (each === undefined) continue;
        let code = each.file.read();
        let value = each.file.value * each.scaled.scale;
        if (code === 0 && value === 0 && each.scaled.positive) {
          code = constants.errno.EIO;
          value = Number.NaN;
        }
        out[index] = value;
        // The first error is the answer; the other files are read all the same.
        if (result === 0) result = code;
      }
      return result;
    },
    close,
  };
}
