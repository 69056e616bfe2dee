import { executionSchema, type PlannedRun } from '@llem/core';
import { expect, it } from 'vitest';
import type { Growth } from '../request.js';
import { createAgenda, type Agenda } from './agenda.js';
import { nextStep } from './growth.js';

const { signal } = new AbortController();
const cycleOf = (cycle: number): PlannedRun[] =>
  ['a', 'b'].map((experimentId, index) => ({
    position: 2 * cycle - 1 + index,
    experimentId,
    cycle,
    seed: 1,
  }));

const execution = executionSchema.parse({});
const agendaOf = (runs: readonly PlannedRun[], growth?: Growth): Agenda =>
  createAgenda({ runs, execution }, [], growth?.possible().length);

/** May go to the fourth cycle and has enough after the third. */
function growing(): Growth & { asked: number } {
  const growth = {
    asked: 0,
    possible: () => [2, 3, 4].flatMap(cycleOf),
    nextCycle: () => {
      growth.asked += 1;
      return Promise.resolve(growth.asked < 3 ? cycleOf(growth.asked + 1) : []);
    },
  };
  return growth;
}

it('goes on with whole cycles until there are enough, and tells how many runs there are at most', async () => {
  const growth = growing();
  const agenda = agendaOf(cycleOf(1), growth);
  const lines: string[] = [];
  for (
    let step = await nextStep(agenda, growth, signal);
    step !== null;
    step = await nextStep(agenda, growth, signal)
  ) {
    if (step.kind !== 'run') throw new Error('nothing is to be skipped');
    const { run, index, of, atMost } = step;
    lines.push(`${index} of ${atMost ? 'at most ' : ''}${of}: ${run.experimentId} ${run.cycle}`);
    agenda.note(run, { status: 'completed', failure: null });
  }
  expect(lines).toEqual([
    '1 of at most 8: a 1',
    '2 of at most 8: b 1',
    '3 of at most 8: a 2',
    '4 of at most 8: b 2',
    '5 of at most 8: a 3',
    '6 of at most 8: b 3',
  ]);
  expect(growth.asked).toBe(3);
});

it('knows in the last cycle that may be added how many runs there are', async () => {
  const growth: Growth = { possible: () => cycleOf(2), nextCycle: () => Promise.resolve(cycleOf(2)) };
  const agenda = agendaOf([], growth);
  expect(await nextStep(agenda, growth, signal)).toMatchObject({ index: 1, of: 2, atMost: false });
});

it('asks for no cycle while runs of the plan are left, and none without a growth', async () => {
  const growth = growing();
  const agenda = agendaOf(cycleOf(1), growth);
  await nextStep(agenda, growth, signal);
  expect(growth.asked).toBe(0);
  expect(await nextStep(agendaOf([]), undefined, signal)).toBeNull();
});

it('asks for no cycle once a run has failed that ends the study, the last one of its cycle too', async () => {
  const growth = growing();
  const agenda = createAgenda(
    { runs: cycleOf(1), execution: executionSchema.parse({ fail_fast: true }) },
    [],
    growth.possible().length,
  );
  for (const status of ['completed', 'failed'] as const) {
    const step = await nextStep(agenda, growth, signal);
    if (step?.kind !== 'run') throw new Error('a run is next');
    agenda.note(step.run, { status, failure: null });
  }
  expect(await nextStep(agenda, growth, signal)).toBeNull();
  expect(growth.asked).toBe(0);
  expect(agenda.stopped()).toBe(true);
});

it('begins no run of a cycle when the study was interrupted while it was decided', async () => {
  const interrupt = new AbortController();
  const growth: Growth = {
    possible: () => cycleOf(2),
    nextCycle: () => {
      interrupt.abort();
      return Promise.resolve(cycleOf(2));
    },
  };
  expect(await nextStep(agendaOf([]), growth, interrupt.signal)).toBeNull();
});

it('leaves an experiment that was given up out of the cycles that are added', async () => {
  const growth: Growth = {
    possible: () => [4, 5].flatMap(cycleOf),
    nextCycle: () => Promise.resolve(cycleOf(4)),
  };
  const agenda = agendaOf([1, 2, 3].flatMap(cycleOf), growth);
  for (let cycle = 1; cycle <= 3; cycle += 1) {
    for (const experimentId of ['a', 'b']) {
      const step = await nextStep(agenda, growth, signal);
      if (step?.kind !== 'run') throw new Error('a run is next');
      expect(step.run).toMatchObject({ experimentId, cycle });
      const status = experimentId === 'a' ? 'failed' : 'completed';
      agenda.note(step.run, { status, failure: null });
    }
  }
  expect(await nextStep(agenda, growth, signal)).toMatchObject({
    kind: 'skip',
    experimentId: 'a',
    runs: [{ cycle: 4 }],
  });
  expect(await nextStep(agenda, growth, signal)).toMatchObject({ run: { experimentId: 'b', cycle: 4 } });
});
