/** Roughly how long a plan takes. */
import { MIN_COMPLETIONS, type Arrival, type Experiment, type Plan, type Search } from '@llem/core';
import { pauseBeforeS } from './pause.js';

/** Rough time from the start of an engine to its readiness plus that of its end, in seconds; a large model takes longer. */
const START_AND_STOP_S = 5;

/** Usual length of a warm-up that ends because the load is steady, in seconds. */
const USUAL_WARMUP_S = 15;

/** Idle power before any engine is measured at the beginning and again after this long, in seconds. */
const IDLE_BARE_EVERY_S = 3_600;

/** So many times probe_s a load is held for, on average over searches of simulated queues: 1.1 to 2.6 (docs/method.md). */
const PROBE_TIMES = 2;

/** A load that a search tries has to become steady before it is judged, and to drain before the next, in seconds. */
const PROBE_AROUND_S = 5;

/**
 * Rough seconds of one run without the pause before it: start and stop (5 s) + settling + idle_loaded_s + a search +
 * the smaller of 15 s and warmup.max_s + min_seconds, or in an open loop the time in which as many requests come as a
 * window needs. Of a trace that time is not known here.
 */
export function estimateRunS({ measure, workload }: Pick<Experiment, 'measure' | 'workload'>): number {
  return (
    START_AND_STOP_S +
    settleS(measure) +
    measure.idle_loaded_s +
    (workload.search === null ? 0 : estimateSearchS(workload.search)) +
    Math.min(USUAL_WARMUP_S, measure.warmup.max_s) +
    Math.max(measure.min_seconds, arrivalsS(workload.arrival))
  );
}

/** Power that is at rest from the beginning has settled once it has been looked at: twice settle_s long, 10 s at most. */
const settleS = ({ settle_s }: Experiment['measure']): number =>
  Math.max(settle_s, Math.min(10, 2 * settle_s));

const arrivalsS = (arrival: Arrival | null): number =>
  arrival === null || arrival.process === 'trace' || arrival.rate === undefined
    ? 0
    : MIN_COMPLETIONS / arrival.rate;

/**
 * Rough seconds of a search: the lowest and the highest load, then halvings of the logarithm of what lies between until
 * it is less than `precision`, each held for twice probe_s. For whole numbers it may end sooner; where requests are so few
 * or so long that they need longer than probe_s it takes longer.
 */
function estimateSearchS({ from, to, precision, probe_s }: Search): number {
  const halvings = Math.ceil(Math.log2(Math.max(1, Math.log(to / from) / Math.log1p(precision))));
  return (2 + halvings) * PROBE_TIMES * (probe_s + PROBE_AROUND_S);
}

/**
 * Rough seconds of all runs of a plan: the sum over its runs, a pause between each two, and the longest settling and
 * idle_bare_s once for every hour begun. How long GPUs take to cool down is not known here.
 */
export function estimateDurationS(plan: Pick<Plan, 'experiments' | 'runs' | 'execution'>): number {
  if (plan.runs.length === 0) return 0;
  const runS = new Map(plan.experiments.map((experiment) => [experiment.id, estimateRunS(experiment)]));
  const runsS = plan.runs.reduce((sum, { experimentId }) => sum + (runS.get(experimentId) ?? 0), 0);
  const gapsS = plan.runs.reduce(
    (sum, run, index) => sum + pauseBeforeS(plan.execution, run, plan.runs[index - 1] ?? null),
    0,
  );
  const idleBareS = Math.max(
    0,
    ...plan.experiments.map(({ measure }) =>
      measure.idle_bare_s === 0 ? 0 : settleS(measure) + measure.idle_bare_s,
    ),
  );
  return runsS + gapsS + idleBareS * Math.ceil((runsS + gapsS) / IDLE_BARE_EVERY_S);
}
