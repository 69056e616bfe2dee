/** The search for the highest load that holds an SLO: one load after another, each on its own. */
import type { LoadProbe, Search, SearchResult, Workload } from '@llem/core';
import type { LoadTrace } from '@llem/loadgen';
import { estimateRunS } from '@llem/study';
import { nextLoad, searchResult } from '../search/bisection.js';
import { scrapeOnce } from '../server/scrape.js';
import { accountWindow } from '../window/accounting.js';
import { MIN_END_TO_END_TIMES } from '../window/completions.js';
import { overloadOf } from '../window/overload.js';
import { resetIdleCache } from './cache.js';
import type { Run, Target } from './context.js';
import { startFlow, type Flow } from './flow.js';
import { beginLoad, endLoad, type RunningLoad } from './load.js';
import { atLoad, rateOf, slotsOf } from './load-level.js';

const LOOK_NS = 50_000_000n;
/** An engine may take this long to drop requests that were cancelled; where it tells nothing, this is waited. */
const DRAIN_MS = 500;
const LONGEST_DRAIN_MS = 30_000;
const DRAIN_LOOK_MS = 100;
/** Beyond its limits a request has failed to hold them: this long and twice its own usual time it is waited for. */
const LEAST_PATIENCE_S = 2;
/** Ends of the ramp-in of an open loop, in times of its first request. */
const RAMP_FIRST_TIMES = 2;

/** Tries loads until the highest that holds is known. Every load gets prompts of its own and an idle engine. */
export async function searchLoad(run: Run, target: Target, search: Search): Promise<SearchResult> {
  const { workload } = run.experiment;
  const over = workload.arrival === null ? 'concurrency' : 'rate';
  const probes: LoadProbe[] = [];
  const withoutSearch = { ...run.experiment, workload: { ...workload, search: null } };
  run.progress.phase('search', estimateRunS(run.experiment) - estimateRunS(withoutSearch));
  for (;;) {
    const load = nextLoad(search, probes, over === 'concurrency');
    if (load === null) return searchResult(over, probes);
    const at = { ...atLoad(workload, load), slo: search.slo };
    probes.push({ load, ...(await probe(run, target, search, at, seedOf(run.planned.seed, probes.length))) });
    run.found.search = searchResult(over, probes);
    await drain(run, target);
  }
}

/** Holds one load, and says how its requests fared. */
async function probe(
  run: Run,
  target: Target,
  search: Search,
  workload: Workload,
  seed: number,
): Promise<Omit<LoadProbe, 'load'>> {
  const load = beginLoad(run, target, workload, seed);
  const flow = await hold(run, load, search, workload);
  const patienceS =
    LEAST_PATIENCE_S +
    Math.max(search.slo.ttft_ms ?? 0, search.slo.e2e_ms ?? 0) / 1_000 +
    2 * (flow?.endToEndS() ?? 0);
  const failing = load.watch.failing();
  const trace = await endLoad(run, load, flow ? patienceS : 0);
  // Where nothing but errors comes at the lowest load, it is the engine that is broken.
  if (failing && run.found.search === null) throw failing;
  return judgeProbe(trace, workload, load.eventPerToken, flow !== null, search);
}

/** Ramps in and holds the window between its marks; null when the engine gave only errors. */
async function hold(
  { guard }: Run,
  { thread, watch, flow: of }: RunningLoad,
  { probe_s: probeS }: Search,
  workload: Workload,
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
  // Once as many requests have ended as there are slots, about the time of one request has passed.
  const ramp = startFlow(of, guard);
  await until(ramp, () => ramp.completed() >= (slots ?? 1));
  if (slots === null) {
    const rampS = RAMP_FIRST_TIMES * ramp.elapsedS();
    await until(ramp, () => ramp.elapsedS() >= rampS);
  }
  if (!(await mark(ramp, 'open'))) return null;
  const flow = startFlow(of, guard);
  await until(flow, () => {
    if (flow.elapsedS() < probeS) return false;
    return flow.growing() || flow.elapsedS() >= MIN_END_TO_END_TIMES * (flow.endToEndS() ?? 0);
  });
  return (await mark(flow, 'close')) ? flow : null;
}

async function judgeProbe(
  trace: LoadTrace,
  workload: Workload,
  eventPerToken: boolean,
  held: boolean,
  { slo }: Search,
): Promise<Omit<LoadProbe, 'load'>> {
  const account = await accountWindow(trace, workload, eventPerToken);
  const attainment = account.throughput.sloAttainment;
  const overloaded = held && workload.arrival !== null && overloadOf(trace, rateOf(workload)).overloaded;
  return {
    held: held && !overloaded && attainment !== null && attainment >= slo.attainment,
    attainment,
    overloaded,
    durationS: account.durationS,
    requests: held ? account.requests.sent : trace.requests.length,
    requestsPerS: account.throughput.requestsPerS,
    ttftP99Ms: account.latency.fromIntended.ttftMs?.p99 ?? null,
    itlMeanMs: account.latency.itlMs?.mean ?? null,
  };
}

/** What was in flight has been cancelled: waits until the engine has dropped it, and empties its cache where it can. */
async function drain(run: Run, { service }: Target): Promise<void> {
  const { backend, guard } = run;
  await guard.wait(DRAIN_MS);
  const { serverMetrics } = backend;
  for (let waitedMs = 0; serverMetrics && waitedMs < LONGEST_DRAIN_MS; waitedMs += DRAIN_LOOK_MS) {
    const told = await scrapeOnce(service.endpoint, serverMetrics, guard.signal);
    if ((told?.running ?? 0) + (told?.waiting ?? 0) === 0) break;
    await guard.wait(DRAIN_LOOK_MS);
  }
  await resetIdleCache(run, service.endpoint);
}

/** A seed of its own for every probe, 32 bits: probes are few, so the golden ratio's steps never meet. */
function seedOf(seed: number, probe: number): number {
  return (seed + Math.imul(probe + 1, 0x9e3779b1)) >>> 0;
}
