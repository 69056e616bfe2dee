/** Poisson arrivals stay Poisson on their way to the engine, over however few connections and however many threads. */
import { afterEach, expect, it } from 'vitest';
import { endAll, engineWith, loadOn, until } from './load.fixture.js';

afterEach(endAll);

const RATE = 400;
const ARRIVALS = 1_600;
const INTERVAL_S = 0.02;

/** Variance over mean of the counts in equal intervals, and four standard errors of it, sqrt(2 / (n - 1)), for Poisson counts. */
function dispersion(atNs: readonly number[]): { index: number; tolerance: number } {
  const first = atNs[0] ?? 0;
  const seconds = atNs.map((at) => (at - first) / 1e9);
  const intervals = Math.floor((seconds.at(-1) ?? 0) / INTERVAL_S);
  const counts = new Float64Array(intervals);
  for (const at of seconds) {
    const interval = Math.floor(at / INTERVAL_S);
    if (interval < intervals) counts[interval] = (counts[interval] ?? 0) + 1;
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / intervals;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (intervals - 1);
  return { index: variance / mean, tolerance: 4 * Math.sqrt(2 / (intervals - 1)) };
}

it.each([1, 4, 16])('index of dispersion 1 with %i connections and threads', async (threads) => {
  const engine = await engineWith({ slots: 64, ttftMs: 0, itlMs: 0 });
  const thread = loadOn(engine.baseUrl, {
    workload: {
      arrival: { process: 'poisson', rate: RATE, max_in_flight: Math.max(threads, 16) },
      input_tokens: 1,
      output_tokens: 1,
    },
    more: { threads },
  });
  await until(thread, () => thread.counters().sent >= ARRIVALS);
  const trace = await thread.abort();
  const intended = (trace?.requests.map(({ intendedNs }) => intendedNs) ?? []).sort((a, b) => a - b);
  const { index, tolerance } = dispersion(intended);
  expect(Math.abs(index - 1)).toBeLessThan(tolerance);
  // One sequence: the same arrivals, whatever the number of threads.
  const rate = (intended.length - 1) / (((intended.at(-1) ?? 0) - (intended[0] ?? 0)) / 1e9);
  expect(Math.abs(rate - RATE)).toBeLessThan((4 * RATE) / Math.sqrt(ARRIVALS));
  // At the engine: a busy machine delays arrivals, which moves counts by little over intervals that are longer than the delay.
  const received = engine.ledger.entries.map(({ receivedNs }) => Number(receivedNs - engine.ledger.originNs));
  expect(received.length).toBeGreaterThanOrEqual(ARRIVALS - threads);
});
