/** Which run is next, given what has been recorded. Pure: no clock, no disk; the same records give the same answers. */
import { retryAfter, runKey, type PastAttempt, type Plan, type PlannedRun, type RunRecord } from '@llem/core';
import { createBreaker, type Breaker } from './breaker.js';

/** An attempt at a run. */
export interface RunStep {
  readonly kind: 'run';
  readonly run: PlannedRun;
  /** Which run of this invocation it is, from 1; another attempt at a run keeps its number. */
  readonly index: number;
  /** Runs of this invocation as far as they are known: those that are over, this one, and those left. */
  readonly of: number;
  /** True where `of` counts runs that may be added, and seldom all are. */
  readonly atMost: boolean;
  /** Of another attempt at a run that failed by the class `after`: which one of how many at most. */
  readonly retry: { readonly number: number; readonly of: number; readonly after: string } | null;
}

/** Runs of one experiment that are given up. */
export interface SkipStep {
  readonly kind: 'skip';
  readonly experimentId: string;
  readonly runs: readonly PlannedRun[];
  /** A sentence. */
  readonly reason: string;
}

/** What is to be done now. */
export type Step = RunStep | SkipStep;

/** Runs that are over, by how they ended; `interrupted` ones are not over. */
export interface Tally {
  readonly completed: number;
  readonly overloaded: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Asked for one step at a time: what it gave has been noted before it gives the next. */
export interface Agenda {
  /** Null when nothing is left to do. */
  next(): Step | null;
  /** How an attempt at the run of the last step ended, once its record is on disk. */
  note(run: PlannedRun, record: Pick<RunRecord, 'status' | 'failure'>): void;
  /** Puts runs at the end, of those that may be added. */
  add(runs: readonly PlannedRun[]): void;
  /** The runs that come after the last step, in their order, as far as they are known. */
  upcoming(): readonly PlannedRun[];
  tally(): Tally;
  /** Whether a run that failed has ended the study, and left undone what there was, or might have been added. */
  stopped(): boolean;
}

/**
 * The runs of a plan, one after the other: again where a failure is worth it (execution.retries), without the experiments
 * that only fail (execution.breaker), and not beyond the first failed run where that is to end the study
 * (execution.fail_fast). `past` are attempts of earlier invocations, in the order in which they ended; `possible` is how many
 * runs may be added.
 */
export function createAgenda(
  { runs, execution }: Pick<Plan, 'runs' | 'execution'>,
  past: readonly PastAttempt[] = [],
  possible = 0,
): Agenda {
  const { retries, fail_fast: failFast } = execution;
  const queue = [...runs];
  const failures = failuresByRun(past);
  const breaker = createBreaker(execution.breaker);
  notePast(breaker, past, new Set(runs.map(runKey)));
  const tally = { completed: 0, overloaded: 0, failed: 0, skipped: 0 };
  let again: PlannedRun | null = null;
  let failed = false;
  let toCome = possible;

  const skip = ({ experimentId }: PlannedRun): SkipStep => {
    const given = queue.filter((run) => run.experimentId === experimentId);
    queue.splice(0, queue.length, ...queue.filter((run) => run.experimentId !== experimentId));
    tally.skipped += given.length;
    return {
      kind: 'skip',
      experimentId,
      runs: given,
      reason:
        execution.breaker === 1
          ? 'One of its runs failed (execution.breaker).'
          : `${execution.breaker} of its runs failed one after the other (execution.breaker).`,
    };
  };

  return {
    next() {
      const given = queue.find(({ experimentId }) => breaker.hasTripped(experimentId));
      if (given) return skip(given);
      if (failFast && failed) return null;
      const run = again ?? queue.shift();
      if (!run) return null;
      again = null;
      const index = over(tally) + 1;
      const earlier = failures.get(runKey(run)) ?? [];
      const number = retryAfter(earlier, retries);
      return {
        kind: 'run',
        run,
        index,
        of: index + queue.length + toCome,
        atMost: toCome > 0,
        retry: number === null ? null : { number, of: retries.max, after: earlier.at(-1) ?? '' },
      };
    },
    note(run, { status, failure }) {
      if (status === 'interrupted') return;
      if (status === 'failed') {
        const all = [...(failures.get(runKey(run)) ?? []), failure?.class ?? null];
        failures.set(runKey(run), all);
        if (retryAfter(all, retries) !== null) {
          again = run;
          return;
        }
        failed = true;
      }
      tally[status] += 1;
      breaker.note(run.experimentId, status);
    },
    add(added) {
      queue.push(...added);
      toCome = Math.max(0, toCome - added.length);
    },
    upcoming: () => queue,
    tally: () => tally,
    stopped: () => failFast && failed && queue.length + toCome > 0,
  };
}

const over = ({ completed, overloaded, failed, skipped }: Tally) => completed + overloaded + failed + skipped;

/** The classes of the failed attempts at each run. */
function failuresByRun(past: readonly PastAttempt[]): Map<string, (string | null)[]> {
  const failures = new Map<string, (string | null)[]>();
  for (const attempt of past.filter(({ status }) => status === 'failed'))
    failures.set(runKey(attempt), [...(failures.get(runKey(attempt)) ?? []), attempt.failureClass]);
  return failures;
}

/** Of earlier invocations, how each run ended that is not still to do, in the order of their last attempts. */
function notePast(breaker: Breaker, past: readonly PastAttempt[], toDo: ReadonlySet<string>): void {
  const attempts = new Map<string, PastAttempt[]>();
  for (const attempt of past) {
    const key = runKey(attempt);
    const earlier = attempts.get(key) ?? [];
    // To its end: a run stands where its last attempt does.
    attempts.delete(key);
    attempts.set(key, [...earlier, attempt]);
  }
  for (const [key, all] of attempts) {
    if (toDo.has(key)) continue;
    const counting =
      all.findLast(({ status }) => status === 'completed' || status === 'overloaded') ?? all.at(-1);
    if (counting) breaker.note(counting.experimentId, counting.status);
  }
}
