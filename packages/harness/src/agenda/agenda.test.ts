import type { PlannedRun } from '@llem/core';
import { expect, it } from 'vitest';
import { createAgenda, type Agenda } from './agenda.js';

const run = (position: number, experimentId: string, cycle: number): PlannedRun => ({
  position,
  experimentId,
  cycle,
  seed: 1,
});

/** Carries out everything: every run completes. */
function told(agenda: Agenda): string[] {
  const lines: string[] = [];
  for (let step = agenda.next(); step !== null; step = agenda.next()) {
    const { experimentId, cycle } = step.run;
    lines.push(`${step.index} of ${step.of}: ${experimentId} ${cycle}, then ${agenda.upcoming().length}`);
    agenda.note(step.run, { status: 'completed', failure: null });
  }
  return lines;
}

it('gives the runs of a plan in their order, with their place among all', () => {
  const runs = [run(1, 'a', 1), run(2, 'b', 1), run(3, 'a', 2)];
  expect(told(createAgenda({ runs }))).toEqual([
    '1 of 3: a 1, then 2',
    '2 of 3: b 1, then 1',
    '3 of 3: a 2, then 0',
  ]);
});
