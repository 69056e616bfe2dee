/** How long a study still takes: planned at first, then by the runs that have been measured. */
import type { Plan } from '@llem/core';
import { estimateDurationS } from '@llem/study';

export interface Pace {
  /** Expected seconds from now on, with so many runs to go, when so many have been measured. */
  leftS(left: number, measured: number): number;
}

/** Begins now. */
export function createPace(plan: Plan): Pace {
  const plannedS = estimateDurationS(plan) / Math.max(1, plan.runs.length);
  const startNs = process.hrtime.bigint();
  return {
    leftS(left, measured) {
      const passedS = Number(process.hrtime.bigint() - startNs) / 1e9;
      return left * (measured === 0 ? plannedS : passedS / measured);
    },
  };
}
