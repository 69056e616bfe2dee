// Counter and power over time, read as often as it takes to see each new value.
import { median, quantile } from '../bench/loadgen/table.mjs';

const PERIOD_MS = 2;

/**
 * Reads the counter and power every two milliseconds, or as fast as the driver answers: a map from quantity to
 * { atNs, callNs, values }, the times of process.hrtime in the middle of each reading.
 */
export async function record(meter, channels, seconds) {
  const recorded = new Map();
  const probes = channels
    .filter(({ quantity }) => quantity === 'energyJ' || quantity === 'powerW')
    .map((channel) => {
      const series = { atNs: [], callNs: [], values: [] };
      recorded.set(channel.quantity, series);
      return { probe: meter.open([channel]), series };
    });
  const out = new Float64Array(1);
  const untilNs = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
  while (process.hrtime.bigint() < untilNs) {
    for (const { probe, series } of probes) {
      const beforeNs = process.hrtime.bigint();
      if (probe.read(out, 0) !== 0) continue;
      const afterNs = process.hrtime.bigint();
      series.atNs.push((beforeNs + afterNs) / 2n);
      series.callNs.push(Number(afterNs - beforeNs));
      series.values.push(out[0]);
    }
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
  for (const { probe } of probes) probe.close();
  return recorded;
}

/** Times between new values of each quantity, in milliseconds. */
export function stepWidths(recording) {
  return [...recording].flatMap(([quantity, { atNs, values }]) => {
    const changesNs = atNs.filter((_, index) => index > 0 && values[index] !== values[index - 1]);
    const widths = changesNs
      .slice(1)
      .map((ns, index) => Number(ns - changesNs[index]) / 1e6)
      .sort((a, b) => a - b);
    if (widths.length === 0) return [];
    return [
      {
        quantity,
        p5Ms: quantile(widths, 0.05),
        medianMs: median(widths),
        p95Ms: quantile(widths, 0.95),
        longestMs: widths.at(-1),
      },
    ];
  });
}
