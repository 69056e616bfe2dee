/** A device that is found in hwmon, with the files that it is read from. */
import type { Device, Quantity } from '@llem/core';

/** Kernel files are in millionths and thousandths: microwatts, millidegrees. */
export const MICRO = 1e-6;
export const MILLI = 1e-3;

export interface Reading {
  readonly quantity: Quantity;
  readonly path: string;
  /** From the file's unit to the quantity's. */
  readonly scale: number;
  readonly minPeriodMs: number;
  /** What a value is the mean of, where the kernel tells. */
  readonly averagedMs?: number;
}

export interface Metered {
  readonly device: Device;
  readonly readings: readonly Reading[];
}
