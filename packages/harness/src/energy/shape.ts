/** The shape of power over time: what instant power says of how energy grew, and how far that may be trusted. */
import { lastBefore, withinS, type Readings } from './series.js';

export interface Shape {
  readonly fromS: number;
  readonly toS: number;
  /** Joules from the first reading to a time, by the trapezoid rule; linear on beyond the ends. */
  joulesAt(seconds: number): number;
  /**
   * Variance of that, J^2, summed from the first reading: where power changes by d between two readings h apart it is unknown
   * when, which is d (h^2 + u^2)^(1/2) / 12^(1/2) of energy if a value may be as old as u (JCGM 100:2008, 4.3.7); calls widen h.
   */
  varianceAt(seconds: number): number;
  /** Mean power of the 40 ms around a time, W. */
  wattsAt(seconds: number): number;
  /** Longest time between two readings in a stretch. */
  longestGapS(fromS: number, toS: number): number;
}

/** Half of the time over which power is taken as one figure. */
const AROUND_S = 0.02;

/**
 * `delayS` is how old a value is on average when it is read, `updateS` the time between two values of the source. Null for
 * fewer than two readings.
 */
export function shapeOf(
  { atS: readS, callS, values }: Readings,
  delayS: number,
  updateS: number,
): Shape | null {
  const count = readS.length;
  if (count < 2) return null;
  const atS = readS.map((at) => at - delayS);
  const joules = new Float64Array(count);
  const variance = new Float64Array(count);
  for (let i = 1; i < count; i += 1) {
    const h = (atS[i] ?? 0) - (atS[i - 1] ?? 0);
    const [before, after] = [values[i - 1] ?? 0, values[i] ?? 0];
    joules[i] = (joules[i - 1] ?? 0) + (h * (before + after)) / 2;
    const within = withinS(h, callS[i - 1] ?? 0, callS[i] ?? 0);
    variance[i] =
      (variance[i - 1] ?? 0) + ((after - before) ** 2 * (within * within + updateS * updateS)) / 12;
  }
  /** The reading that begins the part of a time, and how far into it the time lies. */
  const place = (seconds: number) => {
    const i = Math.min(count - 2, Math.max(0, lastBefore(atS, seconds)));
    const h = (atS[i + 1] ?? 0) - (atS[i] ?? 0);
    return { i, h, into: seconds - (atS[i] ?? 0) };
  };
  const joulesAt = (seconds: number) => {
    const { i, h, into } = place(seconds);
    const [before, after] = [values[i] ?? 0, values[i + 1] ?? 0];
    const inside = Math.min(h, Math.max(0, into));
    const beyond = into - inside;
    const part = inside * before + ((after - before) * inside * inside) / (2 * h);
    return (joules[i] ?? 0) + part + beyond * (into > h ? after : before);
  };
  return {
    fromS: atS[0] ?? 0,
    toS: atS[count - 1] ?? 0,
    joulesAt,
    varianceAt(seconds) {
      const { i, h, into } = place(seconds);
      const [before, after] = [variance[i] ?? 0, variance[i + 1] ?? 0];
      return before + (after - before) * Math.min(1, Math.max(0, into / h));
    },
    wattsAt: (seconds) => (joulesAt(seconds + AROUND_S) - joulesAt(seconds - AROUND_S)) / (2 * AROUND_S),
    longestGapS(fromS, toS) {
      let longest = 0;
      const last = Math.min(count - 1, lastBefore(atS, toS) + 1);
      for (let i = Math.max(1, lastBefore(atS, fromS) + 1); i <= last; i += 1)
        longest = Math.max(longest, (atS[i] ?? 0) - (atS[i - 1] ?? 0));
      return longest;
    },
  };
}
