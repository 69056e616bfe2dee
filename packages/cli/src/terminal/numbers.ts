/** Intervals, durations and sizes as people read them. */
import { figure } from '@llem/core';

/** Energy per token is shown in millijoules below this, in joules. */
const MILLIJOULES_BELOW_J = 0.1;

export function inMillijoules(joules: number): boolean {
  return joules > 0 && joules < MILLIJOULES_BELOW_J;
}

/** `0.412 J`, `9.79 mJ` */
export function energy(joules: number): string {
  return inMillijoules(joules) ? `${figure(joules * 1_000)} mJ` : `${figure(joules)} J`;
}

/** `low–high` with digits enough to tell its ends apart, as many after the point for both. */
export function interval(low: number, high: number): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return '–';
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest === 0) return '0–0';
  if (largest >= 1e7 || largest < 1e-5) return `${low.toExponential(2)}–${high.toExponential(2)}`;
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(largest)));
  return `${low.toFixed(decimals)}–${high.toFixed(decimals)}`;
}

/** `45 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3_600)} h ${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')} min`;
}

/** `512 MiB`, `1.86 GiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return `${figure(value / 1_024 ** step)} ${units[step] ?? 'B'}`;
}
