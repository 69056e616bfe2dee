/** What the composition root hands to preflight and execute. */
import type {
  Artifacts,
  Backend,
  Dataset,
  DatasetFacts,
  Emit,
  Experiment,
  Finding,
  Neighbour,
  PastAttempt,
  Plan,
  PlannedRun,
  PluginContext,
  PluginRef,
  Runner,
  RunStore,
} from '@llem/core';
import type { ResolvedRunner } from '@llem/study';

/** Everything that a plan needs, already loaded: the harness imports no plugin but meters, in its sampler thread. */
export interface Plugins {
  readonly context: PluginContext;
  /** Bound to the experiment's options. */
  backend(experiment: Experiment): Backend;
  resolveRunner(experiment: Experiment): ResolvedRunner;
  runner(resolved: ResolvedRunner): Runner;
  /** The data set of the experiment's workload: an instance to prepare, and where the load threads find it. */
  dataset(experiment: Experiment): { readonly ref: PluginRef; readonly instance: Dataset };
  /** The meters that the study asks for, or every installed one for `auto`; options parsed. */
  readonly meters: readonly PluginRef[];
}

export interface HarnessRequest {
  readonly plan: Plan;
  readonly plugins: Plugins;
  readonly emit: Emit;
  /** Aborted by SIGINT or SIGTERM: the current run is torn down and recorded as interrupted. */
  readonly signal: AbortSignal;
}

/** Who else has a study on this machine now, on devices of their own. Slow. Never rejects. */
export type AskNeighbours = () => Promise<readonly Neighbour[]>;

/** Where the number of cycles follows from the figures: what comes after the runs of the plan. */
export interface Growth {
  /** The runs that may still be added, in their order; all of them seldom are. */
  possible(): readonly PlannedRun[];
  /** Asked when no run is left: the runs of one cycle more, which are in the plan on disk by then, or none where there are enough. */
  nextCycle(): Promise<readonly PlannedRun[]>;
}

export interface ExecuteRequest extends HarnessRequest {
  /** Null, or left out, where studies of this system do not know of each other. */
  readonly neighbours?: AskNeighbours | null;
  readonly store: RunStore;
  /** Left out where the plan has all the runs that there will be. */
  readonly growth?: Growth;
  /**
   * Attempts of earlier invocations at the runs of the whole study, in the order in which they ended; the plan has the runs
   * that are left. What they say of retries and of experiments that only fail still holds; without them all begin anew.
   */
  readonly past?: readonly PastAttempt[];
  /** What preflight has prepared already, by experiment id; the rest is prepared when its run begins. */
  readonly artifacts?: ReadonlyMap<string, Artifacts>;
  /** The data sets that preflight has prepared already, by experiment id. */
  readonly datasets?: ReadonlyMap<string, DatasetFacts>;
  /** Version of llem, and of every plugin in use by package name. */
  readonly versions: { readonly llem: string; readonly plugins: Readonly<Record<string, string>> };
}

export interface PreflightReport {
  readonly ok: boolean;
  readonly findings: readonly (Finding & { readonly id: string })[];
  /** What was prepared on the way, for `execute`. */
  readonly artifacts: ReadonlyMap<string, Artifacts>;
  readonly datasets: ReadonlyMap<string, DatasetFacts>;
}

export interface StudyOutcome {
  readonly completed: number;
  /** Runs whose load was more than the engine could take. */
  readonly overloaded: number;
  readonly failed: number;
  /** Runs that were given up (execution.breaker). */
  readonly skipped: number;
  readonly interrupted: boolean;
}
