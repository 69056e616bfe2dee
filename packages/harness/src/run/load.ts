/** The load: its start, whatever it is for, and its warm-up, window and drain. */
import { llemError, type Workload } from '@llem/core';
import { startLoad, type LoadThread, type LoadTrace } from '@llem/loadgen';
import { awaitReadings } from '../sampler/readings.js';
import { emptyCache } from './cache.js';
import type { Held, Run, Target } from './context.js';
import { promptsOf } from './dataset.js';
import type { FlowOf } from './flow.js';
import type { Guard } from './guard.js';
import { loadThreads, rateOf } from './load-level.js';
import { watchLoad, type LoadWatch } from './load-watch.js';
import { servedAs } from './served-model.js';
import { warmUp } from './warm-up.js';
import { holdWindow, type WindowMarks } from './window.js';

/** The load generator's own time to hand over what it has, beyond what the requests take. */
const LEAST_DRAIN_S = 60;
/** Of the window's length: what requests that were sent inside it may take to end in an open loop. */
const DRAIN_WINDOWS = 2;

/** One request that an engine has lost fails later than an engine that is silent altogether, which ends the run. */
const SILENCE_STALLS = 2;

/** A load that is on and watched. */
export interface RunningLoad {
  readonly thread: LoadThread;
  readonly flow: FlowOf;
  readonly eventPerToken: boolean;
  readonly watch: LoadWatch;
}

/** Begins a load. Whatever happens, the run's cleanup ends it. */
export function beginLoad(run: Run, target: Target, workload: Workload, seed: number): RunningLoad {
  const { session, experiment, backend, guard, live, found } = run;
  const { execution } = session.request.plan;
  const { endpoint } = target.service;
  const dialect = servedAs(endpoint, backend.dialect(experiment, target.artifacts, target.dataset.facts));
  const thread = startLoad({
    endpoint,
    dialect,
    workload,
    model: target.artifacts.model,
    dataset: target.dataset.ref,
    context: session.request.plugins.context,
    seed,
    prompts: promptsOf(run, target.dataset, seed),
    threads: loadThreads(execution.load_threads, workload),
    silenceS: SILENCE_STALLS * execution.stall_timeout_s,
  });
  found.load = thread;
  guard.endOn(thread.failed);
  const ratePerS = rateOf(workload);
  live.load = { counters: thread.counters, offeredPerS: ratePerS };
  const { arrival } = workload;
  return {
    thread,
    flow: {
      counters: thread.counters,
      open: arrival && { maxInFlight: arrival.max_in_flight, ratePerS },
    },
    eventPerToken: dialect.stream.eventPerToken,
    watch: watchLoad({
      counters: thread.counters,
      stallTimeoutS: execution.stall_timeout_s,
      isClosedLoop: arrival === null,
      guard,
    }),
  };
}

/** Ends a load once what was sent inside the window has ended, or `limitS` has passed, and gives what it saw. */
export async function endLoad(
  { found, guard, live }: Pick<Run, 'found' | 'guard' | 'live'>,
  { thread, watch }: RunningLoad,
  limitS: number,
): Promise<LoadTrace> {
  const finished = thread.finish();
  // It is raced below; alone it must not count as unhandled.
  finished.catch(() => undefined);
  const trace = (await within(finished, limitS, guard)) ?? (await guard.race(thread.abort()));
  watch.stop();
  live.load = null;
  found.load = null;
  if (trace) {
    const last = trace.requests.reduce((highest, { conversation }) => Math.max(highest, conversation), -1);
    found.promptsUsed += last + 1;
    return trace;
  }
  throw llemError('LLEM_E_LOAD', 'The load threads did not hand over what they saw.', {
    remedy: 'Keep the machine free of other work, and lower the load.',
    failureClass: 'load-generator',
  });
}

/** Warm-up, window and drain, under one load. */
export async function measureLoad(
  run: Run,
  target: Target,
  workload: Workload,
): Promise<Omit<Held, 'settle' | 'loadedIdle' | 'memoryBefore'>> {
  const { experiment, planned, headlineIds, guard, progress } = run;
  const { measure } = experiment;
  const { sampler } = target;
  progress.phase('warmup', measure.warmup.max_s);
  const load = beginLoad(run, target, workload, planned.seed);
  load.watch.endOnFailures();
  const { conversationS, growing, ...warmup } = await warmUp(
    measure,
    workload,
    load.flow,
    sampler,
    headlineIds,
    guard,
  );
  // A queue that grows would have to be answered first, for a figure that nobody will publish.
  const cacheReset =
    warmup.endReason === 'left-out' || growing
      ? 'not-needed'
      : await emptyCache(run, target.service.endpoint, load, workload, conversationS);

  progress.phase('window', measure.min_seconds);
  const marks = await holdWindow(measure, workload, load, target, planned.seed, guard, growing);

  progress.phase('drain', null);
  const trace = await endLoad(run, load, drainLimitS(workload, marks));
  // Readings after the last token, for the figures of the whole run.
  await awaitReadings(sampler, process.hrtime.bigint(), guard);
  return {
    workload,
    trace,
    marks,
    warmup,
    cacheReset,
    company: target.watch.company(),
    eventPerToken: load.eventPerToken,
  };
}

/** In a closed loop the engine answers in its own time; the backlog of an open one may be hopeless. */
function drainLimitS({ arrival }: Workload, { startNs, endNs }: WindowMarks): number {
  if (arrival === null) return Infinity;
  return Math.max(LEAST_DRAIN_S, (DRAIN_WINDOWS * Number(endNs - startNs)) / 1e9);
}

/** What a promise gives; null when it takes longer. */
async function within<T>(promise: Promise<T>, limitS: number, guard: Guard): Promise<T | null> {
  if (limitS === Infinity) return guard.race(promise);
  let late: () => void = () => undefined;
  const limit = new Promise<null>((resolve) => {
    late = () => resolve(null);
  });
  const timer = setTimeout(() => late(), limitS * 1_000);
  try {
    return await guard.race(Promise.race([promise, limit]));
  } finally {
    clearTimeout(timer);
  }
}
