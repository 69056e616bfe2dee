/** The next cycle of a study with `execution.precision`, where one is due: into its plan on disk, from what is on disk. */
import type { Plan, PlannedRun } from '@llem/core';
import type { StudyStore } from '../store/run-store.js';
import { readStudyDir } from '../store/study-dir.js';
import { cyclesOf, wantsCycle } from './adaptive.js';
import { summarise } from './summarise.js';

export interface DueCycle {
  readonly cycle: number;
  /** In the plan on disk by now. */
  readonly runs: readonly PlannedRun[];
  /** Half-width of the widest interval before it, as a share of the centre; null where there is none. */
  readonly widest: number | null;
}

/**
 * To be asked when every run of the plan is over; null where there are cycles enough. `next` gives the runs that come after
 * those of a plan. A study that was cut off and goes on is told the same. Throws LLEM_E_STORE, LLEM_E_RESULTS.
 */
export async function addDueCycle(
  store: StudyStore,
  next: (plan: Plan) => readonly PlannedRun[],
): Promise<DueCycle | null> {
  const { plan, records } = await readStudyDir(store.dir);
  if (!wantsCycle(plan, records)) return null;
  const runs = next(plan);
  await store.addRuns(runs);
  const widths = summarise(plan, records).experiments.flatMap(({ precision }) => precision?.halfWidth ?? []);
  return {
    cycle: cyclesOf(plan) + 1,
    runs,
    widest: widths.length === 0 ? null : Math.max(...widths),
  };
}
