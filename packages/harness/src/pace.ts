/** How long a study still takes: planned at first, then by the runs that have ended. */
import type { Plan } from '@llem/core';
import { estimateDurationS } from '@llem/study';

export interface Pace {
  /** Expected seconds from now on, with so many runs to go. */
  leftS(left: number): number;
  /** A run, with the pause before it, has just ended. */
  note(): void;
}

export function createPace(plan: Plan): Pace {
  const plannedS = estimateDurationS(plan) / Math.max(1, plan.runs.length);
  const startNs = process.hrtime.bigint();
  let noted = 0;
  let meanS = plannedS;
  return {
    leftS: (left) => meanS * left,
    note() {
      noted += 1;
      meanS = Number(process.hrtime.bigint() - startNs) / 1e9 / noted;
    },
  };
}
