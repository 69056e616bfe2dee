/** How long cores were busy, from the time of their threads. */

/**
 * A tick shows so much later than its time passed, at most: each of the five fields that are summed is rounded down to 10 ms. What
 * shows late was used earlier, so that it is not to be cut off because the time since the last reading is short.
 */
export const LATENESS_S = 0.05;

/**
 * Takes a reading: seconds since the one before, and the time of each core's threads as `ProcessorTime` tells it. Returns the time that
 * cores were busy since the first reading, summed over cores, in seconds.
 */
export type CountBusyCores = (elapsedS: number, threadS: Float64Array) => number;

/**
 * A core is busy for as long as its threads together, but no longer than time passes: with one busy thread of two it is busy, and with
 * both no more so. Over any stretch of time this holds to within `LATENESS_S` a core, however often it is read. Nothing is
 * allocated after the start. `firstS` is the first reading.
 */
export function countBusyCores(firstS: Float64Array): CountBusyCores {
  const lastS = Float64Array.from(firstS);
  // How much longer each core may have been busy in the time that has passed.
  const roomS = new Float64Array(firstS.length).fill(LATENESS_S);
  let busyCoreS = 0;
  return (elapsedS, threadS) => {
    for (let core = 0; core < lastS.length; core += 1) {
      const nowS = threadS[core] ?? 0;
      const room = (roomS[core] ?? 0) + elapsedS;
      const busy = Math.min(room, Math.max(0, nowS - (lastS[core] ?? 0)));
      busyCoreS += busy;
      roomS[core] = Math.min(room - busy, LATENESS_S);
      lastS[core] = nowS;
    }
    return busyCoreS;
  };
}
