/** The steady window: opened and closed at token events while the load is held. */
import type { LoadThread } from '@llem/loadgen';
import type { Experiment } from '@llem/core';
import type { Interval } from '../energy/series.js';
import { awaitReadings } from '../sampler/readings.js';
import type { Sampler } from '../sampler/thread.js';
import type { Guard } from './guard.js';

/** Fast polling this long before and after each edge, so that readings lie close around it. */
const EDGE_MS = 250;
const LOOK_MS = 50;
const MIN_COMPLETIONS = 30;
const MIN_COMPLETIONS_PER_SLOT = 5;

export interface WindowMarks extends Interval {
  readonly wallStart: string;
  /** Processor time of this process inside the window, s. */
  readonly cpuS: number;
}

/**
 * At least `min_seconds`, and at least max(5 x slots, 30) completions; in a closed loop the latter also makes it five
 * times the mean end-to-end time.
 */
export async function holdWindow(
  experiment: Experiment,
  load: LoadThread,
  sampler: Sampler,
  guard: Guard,
): Promise<WindowMarks> {
  const mark = async (which: 'open' | 'close') => {
    sampler.edge(true);
    await guard.wait(EDGE_MS);
    const atNs = await guard.race(load.mark(which));
    return atNs;
  };
  const startNs = await mark('open');
  const cpuAtStart = process.cpuUsage();
  const wallStart = new Date().toISOString();
  const completedAtStart = load.counters().completed;
  await guard.wait(EDGE_MS);
  sampler.edge(false);

  const { concurrency } = experiment.workload;
  const needed = Math.max(MIN_COMPLETIONS, MIN_COMPLETIONS_PER_SLOT * concurrency);
  const lengthNs = BigInt(Math.round(experiment.measure.min_seconds * 1e9));
  // The closing edge begins its polling early, so that it falls at the length asked for.
  const leadNs = BigInt(EDGE_MS) * 1_000_000n;
  for (;;) {
    const leftNs = startNs + lengthNs - leadNs - process.hrtime.bigint();
    const completed = load.counters().completed - completedAtStart;
    if (leftNs <= 0n && completed >= needed) break;
    await guard.wait(leftNs > 0n ? Math.ceil(Number(leftNs) / 1e6) : LOOK_MS);
  }
  const endNs = await mark('close');
  const cpu = process.cpuUsage(cpuAtStart);
  await guard.wait(EDGE_MS);
  await awaitReadings(sampler, endNs, guard);
  sampler.edge(false);
  return { startNs, endNs, wallStart, cpuS: (cpu.user + cpu.system) / 1e6 };
}
