/** The pause between two runs. */
import type { Execution, PlannedRun } from '@llem/core';

/**
 * Least seconds between the end of one run and the start of the next; none before the first. Where a cycle ends, the longer
 * of both pauses; in sequential order cycles are no stretches of time, and every pause is one between runs.
 */
export function pauseBeforeS(
  { gaps, order }: Pick<Execution, 'gaps' | 'order'>,
  run: Pick<PlannedRun, 'cycle'>,
  previous: Pick<PlannedRun, 'cycle'> | null,
): number {
  if (previous === null) return 0;
  const cycleEnds = order !== 'sequential' && run.cycle !== previous.cycle;
  return cycleEnds ? Math.max(gaps.between_runs_s, gaps.between_cycles_s) : gaps.between_runs_s;
}
