/** All channels of a probe in one go, for tests. */
import { READ_OK, type Probe } from '@llem/core';

/** Reads channels 0 to `out.length - 1` into `out`. READ_OK, or the code of the first that could not be read. */
export function readEvery(probe: Probe, out: Float64Array): number {
  let first: number = READ_OK;
  for (let index = 0; index < out.length; index += 1) {
    const code = probe.read(out, index);
    if (first === READ_OK) first = code;
  }
  return first;
}
