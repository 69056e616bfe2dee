/** The search for the highest load that holds an SLO: one load after another, each on its own. */
import {
  llemError,
  longestRequest,
  type LoadProbe,
  type Search,
  type SearchResult,
  type Workload,
} from '@llem/core';
import { estimateRunS } from '@llem/study';
import { nextLoad, searchResult } from '../search/bisection.js';
import { judgeProbe, MOST_WINDOWS, observe, windowLength, type ProbeWindow } from '../search/probe.js';
import { MIN_END_TO_END_TIMES, neededCompletions } from '../window/completions.js';
import { decidedAfterS } from '../window/slo.js';
import { resetIdleCache } from './cache.js';
import type { Run, Target } from './context.js';
import { startFlow, type Flow } from './flow.js';
import { beginLoad, endLoad, type RunningLoad } from './load.js';
import { atLoad, rateOf, slotsOf } from './load-level.js';
import { awaitQuiet } from './quiet.js';
import { seedAfter } from './seeds.js';

const LOOK_NS = 50_000_000n;
/** What is waited for beyond the moment at which every request sent inside a window has held or missed its limits. */
const DECIDED_MARGIN_S = 1;
/** A request that takes longer than so many times the mean end-to-end time is not waited for, unless a limit is longer. */
const USUAL_TIMES = 2;
/** Ends of the ramp-in of an open loop, in times of its first request. */
const RAMP_FIRST_TIMES = 2;

/**
 * Tries loads until the highest that holds is known. Every window gets prompts of its own and an idle engine. Throws
 * LLEM_E_LOAD where requests fail at the lowest load, for then it is the engine that is broken and not the load too high.
 */
export async function searchLoad(run: Run, target: Target, search: Search): Promise<SearchResult> {
  const { workload } = run.experiment;
  const { emit } = run.session.request;
  const { runId } = run.folder;
  const over = workload.arrival === null ? 'concurrency' : 'rate';
  const probes: LoadProbe[] = [];
  const withoutSearch = { ...run.experiment, workload: { ...workload, search: null } };
  run.progress.phase('search', estimateRunS(run.experiment) - estimateRunS(withoutSearch));
  const seeds = seedsFrom(run.planned.seed);
  let result = searchResult(over, probes);
  for (;;) {
    const load = nextLoad(search, probes, over === 'concurrency');
    if (load === null) return result;
    const { found, above } = result;
    const windows: ProbeWindow[] = [];
    let probe: LoadProbe;
    do {
      const window = windows.length + 1;
      emit({ type: 'search', runId, over, load, window, found, above });
      windows.push(
        await holdLoad(run, target, search, atLoad(workload, load), seeds(), windowLength(window)),
      );
      probe = judgeProbe(load, windows, search.slo);
      await drain(run, target);
    } while (!probe.decided && windows.length < MOST_WINDOWS);
    probes.push(probe);
    result = searchResult(over, probes);
    run.found.search = result;
    emit({ type: 'probe', runId, over, probe });
    if (probes.length === 1 && probe.reason === 'failures') throw failedAtLowest(probe);
  }
}

/** Holds one load for a window, and says how its requests fared. `times` is how many times as long as the first. */
async function holdLoad(
  run: Run,
  target: Target,
  search: Search,
  workload: Workload,
  seed: number,
  times: number,
): Promise<ProbeWindow> {
  const load = beginLoad(run, target, workload, seed);
  const flow = await holdWindow(run, load, search.probe_s * times, workload, times);
  const failing = load.watch.failing();
  const trace = await endLoad(run, load, flow ? patienceS(search, workload, flow) : 0);
  // Where nothing but errors comes at the lowest load, it is the engine that is broken.
  if (failing && run.found.search === null) throw failing;
  return observe(trace, search.slo, rateOf(workload), flow === null);
}

/**
 * Long enough that what is then cut off has held or missed its limits, and that an open loop shows whether it is answered
 * at all; where a queue plainly grows that need not be waited for.
 */
function patienceS({ slo }: Search, workload: Workload, flow: Flow): number {
  const usualS = flow.growing() ? 0 : USUAL_TIMES * (flow.endToEndS() ?? 0);
  const decidedS = decidedAfterS(slo, longestRequest(workload).outputTokens, usualS);
  return DECIDED_MARGIN_S + (workload.arrival === null ? decidedS : Math.max(decidedS, usualS));
}

/** Ramps in and holds the window between its marks; null when the engine gave only errors. */
async function holdWindow(
  { guard }: Run,
  { thread, watch, flow: of }: RunningLoad,
  atLeastS: number,
  workload: Workload,
  times: number,
): Promise<Flow | null> {
  const slots = slotsOf(workload);
  const until = async (flow: Flow, done: () => boolean) => {
    while (!done() && !watch.failing()) await flow.until(process.hrtime.bigint() + LOOK_NS);
  };
  const mark = async (flow: Flow, which: 'open' | 'close') => {
    let set = false;
    void guard.race(thread.mark(which)).then(
      () => {
        set = true;
      },
      () => undefined,
    );
    await until(flow, () => set);
    return set;
  };
  // Once as many conversations have ended as there are slots, about the time of one has passed.
  const ramp = startFlow(of, guard);
  await until(ramp, () => ramp.conversations() >= (slots ?? 1));
  if (slots === null) {
    const rampS = RAMP_FIRST_TIMES * ramp.elapsedS();
    await until(ramp, () => ramp.elapsedS() >= rampS);
  }
  if (!(await mark(ramp, 'open'))) return null;
  const flow = startFlow(of, guard);
  const needed = times * neededCompletions(slots);
  const isEnough = () =>
    flow.conversations() >= needed && flow.elapsedS() >= MIN_END_TO_END_TIMES * (flow.conversationS() ?? 0);
  await until(flow, () => flow.elapsedS() >= atLeastS && (flow.growing() || isEnough()));
  return (await mark(flow, 'close')) ? flow : null;
}

/**
 * What was in flight has been cancelled: waits until the engine has dropped it, and empties its cache where it can. An
 * engine that has forgotten them may be given the same prompts again.
 */
async function drain(run: Run, { service: { endpoint } }: Target): Promise<void> {
  await awaitQuiet(run, endpoint);
  if ((await resetIdleCache(run, endpoint)) === 'done') run.found.promptsUsed = 0;
}

function failedAtLowest({ load, failed, requests, errors }: LoadProbe): Error {
  const classes = Object.entries(errors).map(([name, count]) => `${name}: ${count}`);
  return llemError(
    'LLEM_E_LOAD',
    `At ${load}, the lowest load of the search, ${failed} of ${requests} requests failed (${classes.join(', ')}).`,
    {
      remedy:
        'Read engine.log in the folder of the run; where the engine refuses the load, lower workload.search.from.',
      failureClass: 'requests-failing',
    },
  );
}

/** A seed of its own for every window. */
function seedsFrom(seed: number): () => number {
  let windows = 0;
  return () => seedAfter(seed, (windows += 1));
}
