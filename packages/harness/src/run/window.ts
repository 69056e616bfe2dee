/** The steady window: opened and closed at token events while the load is held. */
import type { LoadThread } from '@llem/loadgen';
import type { Experiment } from '@llem/core';
import type { Interval } from '../energy/series.js';
import { awaitReadings } from '../sampler/readings.js';
import type { SamplerCounts } from '../sampler/shared.js';
import type { Sampler } from '../sampler/thread.js';
import { neededCompletions } from '../window/completions.js';
import type { Guard } from './guard.js';

/** Fast polling this long before and after each edge, so that readings lie close around it. */
const EDGE_MS = 250;
const EDGE_NS = BigInt(EDGE_MS) * 1_000_000n;
const LOOK_MS = 50;

export interface WindowMarks extends Interval {
  readonly wallStart: string;
  /** Processor time of this process inside the window, s. */
  readonly cpuS: number;
  /** What the sampler counted inside the window. */
  readonly ticks: SamplerCounts;
}

/**
 * At least `min_seconds`, and at least max(5 x slots, 30) completions; in a closed loop the latter also makes it five
 * times the mean end-to-end time. `seed` draws where in a request the window may close.
 */
export async function holdWindow(
  experiment: Experiment,
  load: LoadThread,
  sampler: Sampler,
  seed: number,
  guard: Guard,
): Promise<WindowMarks> {
  sampler.edge(true);
  await guard.wait(EDGE_MS);
  const startNs = await guard.race(load.mark('open'));
  const cpuAtStart = process.cpuUsage();
  const countsAtStart = sampler.counts();
  const wallStart = new Date().toISOString();
  const completedAtStart = load.counters().completed;
  await guard.wait(EDGE_MS);
  sampler.edge(false);

  const { concurrency } = experiment.workload;
  const needed = neededCompletions(concurrency);
  const completed = () => load.counters().completed - completedAtStart;
  let closeNs = startNs + BigInt(Math.round(experiment.measure.min_seconds * 1e9));
  await waitUntil(closeNs - EDGE_NS, guard);
  if (completed() < needed) {
    while (completed() < needed) await guard.wait(LOOK_MS);
    // A window that closes just after a completion holds one too many, on average: simulated, requests/s +1 to +2 %.
    // It goes on for a part of one end-to-end time (slots / rate), drawn beforehand, so that it closes anywhere.
    const elapsedNs = process.hrtime.bigint() - startNs;
    const endToEndNs = (Number(elapsedNs) / completed()) * concurrency;
    closeNs = startNs + elapsedNs + BigInt(Math.round(shareOf(seed) * endToEndNs)) + EDGE_NS;
    await waitUntil(closeNs - EDGE_NS, guard);
  }

  sampler.edge(true);
  await waitUntil(closeNs, guard);
  const endNs = await guard.race(load.mark('close'));
  const cpu = process.cpuUsage(cpuAtStart);
  const counts = sampler.counts();
  await guard.wait(EDGE_MS);
  await awaitReadings(sampler, endNs, guard);
  sampler.edge(false);
  return {
    startNs,
    endNs,
    wallStart,
    cpuS: (cpu.user + cpu.system) / 1e6,
    ticks: {
      ticks: counts.ticks - countsAtStart.ticks,
      lateTicks: counts.lateTicks - countsAtStart.lateTicks,
      missedTicks: counts.missedTicks - countsAtStart.missedTicks,
      failedReadings: counts.failedReadings - countsAtStart.failedReadings,
      lostReadings: counts.lostReadings - countsAtStart.lostReadings,
    },
  };
}

/** Not a nanosecond before: a timer may fire early, and a window must not fall short of what was asked for. */
async function waitUntil(atNs: bigint, guard: Guard): Promise<void> {
  for (;;) {
    const leftNs = Number(atNs - process.hrtime.bigint());
    if (leftNs <= 0) return;
    await guard.wait(Math.ceil(leftNs / 1e6));
  }
}

/** A number in [0, 1) from a seed: the golden ratio's multiplicative hash (Knuth, TAOCP 3, 6.4). */
function shareOf(seed: number): number {
  return (Math.imul(seed, 0x9e3779b1) >>> 0) / 2 ** 32;
}
