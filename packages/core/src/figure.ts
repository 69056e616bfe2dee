/** Figures in messages, as people write them. */

/** `digits` significant digits without an exponent for anything that a benchmark measures; `–` for nothing. */
export function figure(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  // Rounded first: 99.96 has three digits as 100, not as 100.0.
  const size = Math.abs(Number(value.toPrecision(digits)));
  if (size >= 1e7 || size < 1e-5) return value.toExponential(digits - 1);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(decimals);
}
