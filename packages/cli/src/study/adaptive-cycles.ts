/** Cycles that a study is given until its figures are as precise as it asks (`execution.precision`). */
import { mostCycles, type Emit, type Plan } from '@llem/core';
import type { Growth } from '@llem/harness';
import { addDueCycle, cyclesOf, halfWidthText, type StudyStore } from '@llem/results';
import { addedCycles } from '@llem/study';

/** Of the whole plan of a study; undefined where its number of cycles is fixed. */
export function growthOf(plan: Plan, store: StudyStore, emit: Emit): Growth | undefined {
  const { precision } = plan.execution;
  if (precision === undefined) return undefined;
  const most = mostCycles(plan.execution);
  return {
    possible: () => addedCycles(plan, most - cyclesOf(plan)),
    async nextCycle() {
      const due = await addDueCycle(store, (soFar) => addedCycles(soFar, 1));
      if (due === null) return [];
      const { cycle, runs, widest } = due;
      const asked = halfWidthText(precision);
      const why =
        widest !== null && widest > precision
          ? `the widest interval is ${halfWidthText(widest)}, and ${asked} is asked for.`
          : `${asked} has to be reached after two cycles in a row.`;
      const message = `Cycle ${cycle} of at most ${most} is added: ${why}`;
      emit({ type: 'notice', level: 'info', message });
      return runs;
    },
  };
}
