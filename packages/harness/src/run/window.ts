/** The steady window: opened and closed at token events while the load is held. */
import type { Measure, Workload } from '@llem/core';
import { foreignCores, readProcessor } from '../devices/processor.js';
import type { Interval } from '../energy/series.js';
import { awaitReadings } from '../sampler/readings.js';
import { samplerFigures } from '../sampler/figures.js';
import { MIN_END_TO_END_TIMES, neededCompletions } from '../window/completions.js';
import type { Target } from './context.js';
import { startFlow } from './flow.js';
import type { Guard } from './guard.js';
import type { RunningLoad } from './load.js';
import { slotsOf } from './load-level.js';

const LOOK_NS = 50_000_000n;
/** What a window is held for beyond five times the mean time of a conversation, since the verdict knows the median exactly. */
const CONVERSATION_MARGIN = 1.05;

export interface WindowMarks extends Interval {
  readonly wallStart: string;
  /** Processor time of this process inside the window, s. */
  readonly cpuS: number;
  /** Cores that neither this process nor the engine kept busy inside the window; null where it cannot be told. */
  readonly foreignCpu: number | null;
  readonly machineCores: number | null;
  /** What the sampler counted inside the window. */
  readonly sampled: ReturnType<typeof samplerFigures>;
}

/**
 * At least `min_seconds`, at least five times the mean time of a conversation, and until at least max(5 x slots, 30) of them
 * have ended, 30 in an open loop; a prompt without follow-ups is a conversation of one turn. `seed` draws where in a
 * conversation the window may close. Where a queue grows, `growsAlready` or from now on, how long they take is a moving target,
 * and the time that was asked for is enough.
 */
export async function holdWindow(
  measure: Measure,
  workload: Workload,
  load: RunningLoad,
  { sampler, service, watch }: Pick<Target, 'sampler' | 'service' | 'watch'>,
  seed: number,
  guard: Guard,
  growsAlready: boolean,
): Promise<WindowMarks> {
  // Fast polling this long before and after each edge, so that its readings lie close around it.
  const leadMs = sampler.leadMs();
  const leadNs = BigInt(Math.round(leadMs * 1e6));
  sampler.edge(true);
  await guard.wait(leadMs);
  const startNs = await guard.race(load.thread.mark('open'));
  const flow = startFlow(load.flow, guard);
  const cpuAtStart = process.cpuUsage();
  const processorAtStart = readProcessor(service);
  const countsAtStart = sampler.counts();
  sampler.forgetLongestCalls();
  const wallStart = new Date().toISOString();
  await flow.until(process.hrtime.bigint() + leadNs);
  sampler.edge(false);
  await guard.race(watch.begin());

  const needed = neededCompletions(slotsOf(workload));
  const growing = () => growsAlready || flow.growing();
  const isLongEnough = () =>
    flow.elapsedS() >= CONVERSATION_MARGIN * MIN_END_TO_END_TIMES * (flow.conversationS() ?? 0) || growing();
  const isEnough = () => flow.conversations() >= needed && isLongEnough();
  let closeNs = startNs + BigInt(Math.round(measure.min_seconds * 1e9));
  await flow.until(closeNs - leadNs);
  if (!isEnough()) {
    while (!isEnough()) await flow.until(process.hrtime.bigint() + LOOK_NS);
    // A window that closes just after an end holds one too many, on average: simulated, requests/s +1 to +2 %.
    // It goes on for a part of one conversation, drawn beforehand, so that it closes anywhere.
    const conversationS = growing() ? 0 : (flow.conversationS() ?? 0);
    const partNs = BigInt(Math.round(shareOf(seed) * conversationS * 1e9));
    closeNs = process.hrtime.bigint() + partNs + leadNs;
    await flow.until(closeNs - leadNs);
  }

  watch.pause();
  sampler.edge(true);
  await flow.until(closeNs);
  const endNs = await guard.race(load.thread.mark('close'));
  const cpu = process.cpuUsage(cpuAtStart);
  const counts = sampler.counts();
  const [processorBefore, processorAfter] = [await processorAtStart, await readProcessor(service)];
  await guard.wait(leadMs);
  await awaitReadings(sampler, endNs, guard);
  sampler.edge(false);
  await guard.race(watch.end());
  return {
    startNs,
    endNs,
    wallStart,
    cpuS: (cpu.user + cpu.system) / 1e6,
    foreignCpu: foreignCores(processorBefore, processorAfter),
    machineCores: processorAfter?.cores ?? null,
    sampled: samplerFigures(countsAtStart, counts, sampler.channels()),
  };
}

/** A number in [0, 1) from a seed: the golden ratio's multiplicative hash (Knuth, TAOCP 3, 6.4). */
function shareOf(seed: number): number {
  return (Math.imul(seed, 0x9e3779b1) >>> 0) / 2 ** 32;
}
