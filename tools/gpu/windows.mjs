// The energy of windows anywhere in a recording, by several methods: those of the harness, and the plain difference.
import { counterEnergy } from '../../packages/harness/dist/energy/counter.js';
import { integralEnergy } from '../../packages/harness/dist/energy/integral.js';
import { quantile } from '../bench/loadgen/table.mjs';

const WINDOWS = 200;
/** What the edges of a window need on both sides, in seconds. */
const MARGIN_S = 0.4;
/** Of instant power through NVML. */
const POWER = { updateMs: 20, resolutionW: 0.001 };

/**
 * Of each length the relative differences: counter with interpolated edges and plain counter against integrated power, and all three
 * against the truth where `joulesBetween(fromNs, toNs)` knows it. Empty without both a counter and power.
 */
export function compareWindows(recording, lengths, joulesBetween) {
  const [counter, power] = [recording.get('energyJ'), recording.get('powerW')];
  if (counter === undefined || power === undefined) return [];
  const firstNs = counter.atNs[0];
  const spanS = Number(counter.atNs.at(-1) - firstNs) / 1e9;
  return lengths.map((seconds) => {
    const rows = [];
    for (let index = 0; index < WINDOWS; index += 1) {
      // Spread evenly: golden-ratio steps never fall into step with the counter's.
      const fromS = MARGIN_S + ((index * 0.618_033_988_75) % 1) * (spanS - seconds - 2 * MARGIN_S);
      const startNs = firstNs + BigInt(Math.round(fromS * 1e9));
      const interval = { startNs, endNs: startNs + BigInt(Math.round(seconds * 1e9)) };
      const interpolated = counterEnergy(counter, interval, { series: power, ...POWER })?.joules;
      const integral = integralEnergy(power, interval, POWER)?.joules;
      if (interpolated === undefined || integral === undefined) continue;
      const plain = valueAt(counter, interval.endNs) - valueAt(counter, startNs);
      rows.push({
        counter: interpolated / integral - 1,
        plain: plain / integral - 1,
        truth: joulesBetween === null ? null : joulesBetween(Number(startNs), Number(interval.endNs)),
        joules: { interpolated, plain, integral },
      });
    }
    const p95 = (list) =>
      quantile(
        list.map(Math.abs).sort((a, b) => a - b),
        0.95,
      );
    const error = (method) =>
      joulesBetween === null ? null : p95(rows.map(({ truth, joules }) => joules[method] / truth - 1));
    return {
      seconds,
      windows: rows.length,
      meanOfCounter: rows.reduce((sum, row) => sum + row.counter, 0) / rows.length,
      p95OfCounter: p95(rows.map((row) => row.counter)),
      p95OfPlain: p95(rows.map((row) => row.plain)),
      counterError: error('interpolated'),
      plainError: error('plain'),
      integralError: error('integral'),
    };
  });
}

/** The last reading at or before a time. */
function valueAt({ atNs, values }, ns) {
  let [low, high] = [0, atNs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (atNs[middle] <= ns) low = middle + 1;
    else high = middle;
  }
  return values[low - 1];
}
