/** The order of the runs: every experiment once in every cycle. */
import { runSeed, type Execution, type Experiment, type Plan, type PlannedRun } from '@llem/core';
import { fingerprint } from './canonical.js';
import { randomSequence, shuffle } from './random.js';

/** The seed of the shuffled order: the study's own where it names one, otherwise from its hash, the same anywhere. */
export function shuffleSeedOf(execution: Execution, studyHash: string): number {
  return execution.shuffle_seed ?? Number.parseInt(studyHash.slice(0, 8), 16);
}

/** The runs in their order; positions count from 1. */
export function orderRuns(
  experiments: readonly Experiment[],
  execution: Execution,
  shuffleSeed: number,
): PlannedRun[] {
  const cycles = Array.from({ length: execution.cycles }, (_, index) => index + 1);
  const ordered = inOrder(experiments, cycles, execution, shuffleSeed);
  return ordered.map(({ experiment, cycle }, index) => ({
    position: index + 1,
    experimentId: experiment.id,
    cycle,
    seed: runSeed(experiment.workload.seed, cycle),
  }));
}

/** The runs of so many cycles more, to come after those of the plan: those that it would have had from the start. */
export function addedCycles(
  plan: Pick<Plan, 'experiments' | 'execution' | 'shuffleSeed' | 'runs'>,
  count: number,
): PlannedRun[] {
  if (count <= 0) return [];
  const last = plan.runs.reduce((most, { cycle }) => Math.max(most, cycle), 0);
  const execution = { ...plan.execution, cycles: last + count };
  return orderRuns(plan.experiments, execution, plan.shuffleSeed)
    .filter(({ cycle }) => cycle > last)
    .map((run, index) => ({ ...run, position: plan.runs.length + index + 1 }));
}

interface Turn {
  readonly experiment: Experiment;
  readonly cycle: number;
}

function inOrder(
  experiments: readonly Experiment[],
  cycles: readonly number[],
  { order, service }: Execution,
  shuffleSeed: number,
): Turn[] {
  const together = service === 'per_block' ? byService : each;
  switch (order) {
    case 'sequential':
      return experiments.flatMap((experiment) => cycles.map((cycle) => ({ experiment, cycle })));
    case 'interleaved': {
      const inCycle = together(experiments).flat();
      return cycles.flatMap((cycle) => inCycle.map((experiment) => ({ experiment, cycle })));
    }
    case 'shuffled': {
      // From the ids and not from the file: moving lines about changes nothing. A sequence of its own for every
      // cycle: adding cycles leaves the earlier ones as they were.
      const groups = together([...experiments].sort((a, b) => (a.id < b.id ? -1 : 1)));
      return cycles.flatMap((cycle) => {
        const draw = randomSequence(`llem.order/1 ${shuffleSeed} ${cycle}`);
        const inCycle = shuffle(groups, draw).flatMap((group) =>
          group.length > 1 ? shuffle(group, draw) : group,
        );
        return inCycle.map((experiment) => ({ experiment, cycle }));
      });
    }
  }
}

type Group = readonly Experiment[];

const each = (experiments: readonly Experiment[]): Group[] => experiments.map((experiment) => [experiment]);

/**
 * Experiments that one service may do for, in the order of the first of each. Only a backend can say how its engine is started,
 * and only once the model is there: workload and measure may be part of it too, as where the engine's room follows from the
 * concurrency. Then such experiments stand together, and each starts its own.
 */
function byService(experiments: readonly Experiment[]): Group[] {
  const groups = new Map<string, Experiment[]>();
  for (const experiment of experiments) {
    const { model, backend, runner, devices, options } = experiment;
    const key = fingerprint({ model, backend, runner, devices, options });
    const group = groups.get(key);
    if (group) group.push(experiment);
    else groups.set(key, [experiment]);
  }
  return [...groups.values()];
}
