/** One energy counter: read without allocating, and unwrapped. */
import { join } from 'node:path';
import { READ_OK } from '@llem/core';
import { openNumberFile } from '@llem/sysfs';
import type { Zone } from './zones.js';

/**
 * More than what a counter covers can draw, in watts: twenty times the largest package (500 W, thermal design power of AMD's EPYC 9965
 * and Intel's Xeon 6980P), and about what a server with eight accelerators takes at most (NVIDIA DGX H100: 10.2 kW).
 */
const MAX_W = 10_000;
/** Energy may show so much later than it was used: counters step about once a millisecond, some platforms' less often. */
const LATENESS_MS = 100;

export interface Counter {
  /** Joules since the counter was last zero before the first read; NaN when the read failed. */
  joules: number;
  /** Reads again. READ_OK, or the errno of what went wrong. */
  read(): number;
  close(): void;
}

/**
 * Opens a zone's counter. Throws what `openNumberFile` throws. `nowMs` is a monotonic clock.
 *
 * The counter wraps at `rangeUj`: after about a quarter of an hour at 300 W. A counter that has fallen is taken for one that wrapped only
 * where the energy that this implies could have been used since the last read. Otherwise it was set to zero (its driver was reloaded,
 * the machine slept), and `joules` falls with it, so that whoever reads it sees the break instead of a range's worth of energy
 * that nobody used. What cannot be told apart: a counter set to zero close to its range, or after so long without a read (half a minute
 * for 262 kJ) that any energy could have been used; and of several wraps between two reads all but one are lost.
 */
export function openCounter(zone: Pick<Zone, 'path' | 'rangeUj'>, nowMs = () => performance.now()): Counter {
  const file = openNumberFile(join(zone.path, 'energy_uj'));
  const last = { uj: -1, beforeMs: 0 };
  let wrappedUj = 0;
  return {
    joules: Number.NaN,
    read() {
      // The time from before the last read to after this one is at least as long as that between the two.
      const beforeMs = nowMs();
      const code = file.read();
      if (code !== READ_OK) {
        this.joules = Number.NaN;
        return code;
      }
      const uj = file.value;
      if (uj < last.uj && zone.rangeUj - last.uj + uj <= mostUj(nowMs() - last.beforeMs)) {
        wrappedUj += zone.rangeUj;
      }
      last.uj = uj;
      last.beforeMs = beforeMs;
      this.joules = (wrappedUj + uj) / 1e6;
      return READ_OK;
    },
    close() {
      file.close();
    },
  };
}

/** The most that a counter can have counted in so many milliseconds, in microjoules. */
const mostUj = (ms: number) => MAX_W * (ms + LATENESS_MS) * 1_000;
