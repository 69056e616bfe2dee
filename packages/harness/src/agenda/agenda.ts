/** Which run is next, given what has been recorded. Pure: no clock, no disk; the same records give the same answers. */
import type { Plan, PlannedRun, RunRecord } from '@llem/core';

/** An attempt at a run. */
export interface RunStep {
  readonly kind: 'run';
  readonly run: PlannedRun;
  /** Which run of this invocation it is, from 1; another attempt at a run keeps its number. */
  readonly index: number;
  /** Runs of this invocation as far as they are known: those that are over, this one, and those left. */
  readonly of: number;
}

/** What is to be done now. */
export type Step = RunStep;

/** Asked for one step at a time: what it gave has been noted before it gives the next. */
export interface Agenda {
  /** Null when nothing is left to do. */
  next(): Step | null;
  /** How an attempt at the run of the last step ended, once its record is on disk. */
  note(run: PlannedRun, record: Pick<RunRecord, 'status' | 'failure'>): void;
  /** The runs that come after the last step, in their order, as far as they are known. */
  upcoming(): readonly PlannedRun[];
}

/** The runs of a plan, one after the other. */
export function createAgenda({ runs }: Pick<Plan, 'runs'>): Agenda {
  const queue = [...runs];
  let over = 0;
  return {
    next() {
      const run = queue.shift();
      return run ? { kind: 'run', run, index: over + 1, of: over + 1 + queue.length } : null;
    },
    note() {
      over += 1;
    },
    upcoming: () => queue,
  };
}
