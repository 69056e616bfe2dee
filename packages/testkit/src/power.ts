/** Power over time that is known exactly, so that a measured energy can be held against the truth. */
import { z } from 'zod';

/** Watts: constant, or a trace in steps, each from its time on. Times are seconds of `process.hrtime`. */
export const powerSchema = z.union([
  z.number().min(0),
  z.array(z.strictObject({ from_s: z.number(), power_w: z.number().min(0) })).min(1),
]);

export type Power = z.output<typeof powerSchema>;

/** Exact energy in joules between two times, in seconds of `process.hrtime`; before its first step a trace has no power. */
export function joulesBetween(power: Power, fromS: number, toS: number): number {
  return joulesUntil(power, toS) - joulesUntil(power, fromS);
}

/** Joules since the origin of the clock, or since the first step of a trace. */
export function joulesUntil(power: Power, atS: number): number {
  if (typeof power === 'number') return power * atS;
  let joules = 0;
  for (let index = 0; index < power.length; index += 1) {
    const step = power[index];
    if (step === undefined || step.from_s >= atS) break;
    joules += step.power_w * (Math.min(atS, power[index + 1]?.from_s ?? Infinity) - step.from_s);
  }
  return joules;
}

/** Watts at a time; before its first step a trace has none. */
export function wattsAt(power: Power, atS: number): number {
  if (typeof power === 'number') return power;
  return power.findLast(({ from_s }) => from_s <= atS)?.power_w ?? 0;
}
