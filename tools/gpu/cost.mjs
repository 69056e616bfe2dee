// What one reading of a channel takes.
import { median, quantile } from '../bench/loadgen/table.mjs';

const READINGS = 500;
/** A channel that is slow is read less often. */
const LONGEST_MS = 2_000;

/** Of each channel its median and 99th percentile, in microseconds. */
export function readingCosts(meter, channels) {
  return channels.map((channel) => {
    const probe = meter.open([channel]);
    const out = new Float64Array(1);
    const took = [];
    const untilMs = performance.now() + LONGEST_MS;
    while (took.length < READINGS && performance.now() < untilMs) {
      const startNs = process.hrtime.bigint();
      probe.read(out, 0);
      took.push(Number(process.hrtime.bigint() - startNs) / 1e3);
    }
    probe.close();
    const sorted = took.toSorted((a, b) => a - b);
    return { quantity: channel.quantity, medianUs: median(sorted), p99Us: quantile(sorted, 0.99) };
  });
}
