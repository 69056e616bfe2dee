import { executionSchema, type PastAttempt, type PlannedRun, type RunStatus } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { createAgenda } from './agenda.js';

/** `a1 b1 a2`: experiment and cycle of each run, in their order. */
const runsOf = (text: string): PlannedRun[] =>
  text.split(' ').map((name, index) => ({
    position: index + 1,
    experimentId: name.charAt(0),
    cycle: Number(name.slice(1)),
    seed: 1,
  }));

/** How the attempts at a run end: a class of failure or a status; the last holds on. A run that is not named completes. */
type Ends = Readonly<Record<string, readonly string[]>>;

const statusOf = (end: string): RunStatus =>
  end === 'completed' || end === 'overloaded' || end === 'interrupted' ? end : 'failed';

/** Carries out a plan to its end; gives what was done, and how much of it. */
function carriedOut(text: string, settings: object, ends: Ends = {}, past: readonly PastAttempt[] = []) {
  const agenda = createAgenda({ runs: runsOf(text), execution: executionSchema.parse(settings) }, past);
  const done: string[] = [];
  const attempts = new Map<string, number>();
  for (let step = agenda.next(); step !== null; step = agenda.next()) {
    if (step.kind === 'skip') {
      done.push(`skip ${step.runs.map(({ experimentId, cycle }) => `${experimentId}${cycle}`).join(' ')}`);
      continue;
    }
    const { run, index, of, retry } = step;
    const name = `${run.experimentId}${run.cycle}`;
    const again = retry ? ` retry ${retry.number} of ${retry.of} after ${retry.after}` : '';
    done.push(`${index}/${of} ${name}${again}`);
    const attempt = attempts.get(name) ?? 0;
    attempts.set(name, attempt + 1);
    const end = ends[name]?.[attempt] ?? ends[name]?.at(-1) ?? 'completed';
    const status = statusOf(end);
    const failure = { type: 'start' as const, class: end, message: '', remedy: '', logTail: [] };
    agenda.note(run, { status, failure: status === 'failed' ? failure : null });
  }
  return { done, tally: agenda.tally(), stopped: agenda.stopped() };
}

const attempt = (name: string, end: string): PastAttempt => ({
  experimentId: name.charAt(0),
  cycle: Number(name.slice(1)),
  status: statusOf(end),
  failureClass: statusOf(end) === 'failed' ? end : null,
});

it('gives the runs of a plan in their order, with their place among all', () => {
  expect(carriedOut('a1 b1 a2', {})).toEqual({
    done: ['1/3 a1', '2/3 b1', '3/3 a2'],
    tally: { completed: 3, overloaded: 0, failed: 0, skipped: 0 },
    stopped: false,
  });
});

it('tells what comes after the last step', () => {
  const agenda = createAgenda({ runs: runsOf('a1 b1 a2'), execution: executionSchema.parse({}) });
  agenda.next();
  expect(agenda.upcoming().map(({ experimentId }) => experimentId)).toEqual(['b', 'a']);
});

describe('a retry', () => {
  it('follows a transient failure at once, as the same run, which then counts once', () => {
    expect(carriedOut('a1 b1', {}, { a1: ['port-in-use', 'completed'] })).toMatchObject({
      done: ['1/2 a1', '1/2 a1 retry 1 of 1 after port-in-use', '2/2 b1'],
      tally: { completed: 2, failed: 0 },
    });
  });

  it('is tried no more often than is allowed', () => {
    const settings = { retries: { max: 2, classes: ['crashed'] } };
    expect(carriedOut('a1', settings, { a1: ['crashed'] })).toMatchObject({
      done: ['1/1 a1', '1/1 a1 retry 1 of 2 after crashed', '1/1 a1 retry 2 of 2 after crashed'],
      tally: { failed: 1 },
    });
  });

  it.each(['start-timeout', 'run-timeout', 'engine-hung', 'overloaded', 'interrupted'])(
    'does not follow %s',
    (end) => {
      expect(carriedOut('a1 b1', {}, { a1: [end] }).done.filter((line) => line.includes('retry'))).toEqual(
        [],
      );
    },
  );

  it('that was owed when the last invocation ended is made by this one', () => {
    const past = [attempt('a1', 'port-in-use')];
    expect(carriedOut('a1 b1', {}, {}, past).done).toEqual([
      '1/2 a1 retry 1 of 1 after port-in-use',
      '2/2 b1',
    ]);
    expect(carriedOut('a1', {}, { a1: ['port-in-use'] }, past)).toMatchObject({
      done: ['1/1 a1 retry 1 of 1 after port-in-use'],
      tally: { failed: 1 },
    });
  });
});

describe('the breaker', () => {
  const failing = { a1: ['bad-model'], a2: ['bad-model'], a3: ['bad-model'] };

  it('skips the rest of an experiment after three failed runs of it in a row, whatever lies between', () => {
    expect(carriedOut('a1 b1 a2 b2 a3 b3 a4 b4 a5', {}, failing)).toEqual({
      done: ['1/9 a1', '2/9 b1', '3/9 a2', '4/9 b2', '5/9 a3', 'skip a4 a5', '8/9 b3', '9/9 b4'],
      tally: { completed: 4, overloaded: 0, failed: 3, skipped: 2 },
      stopped: false,
    });
  });

  it('counts runs, not attempts', () => {
    const ends = { a1: ['port-in-use'], a2: ['port-in-use'] };
    expect(carriedOut('a1 a2 a3', { breaker: 3 }, ends).tally).toMatchObject({ completed: 1, failed: 2 });
  });

  it.each(['completed', 'overloaded'])('begins to count anew after a run that %s', (end) => {
    const ends = { ...failing, a2: [end] };
    expect(carriedOut('a1 a2 a3 a4', { breaker: 2 }, ends).tally).toMatchObject({ failed: 2, skipped: 0 });
  });

  it('is off with 0', () => {
    expect(carriedOut('a1 a2 a3 a4', { breaker: 0 }, failing).tally).toMatchObject({ skipped: 0 });
  });

  it('goes on counting where the last invocation ended, in the order in which runs ended', () => {
    const past = [attempt('a2', 'bad-model'), attempt('a1', 'completed'), attempt('a4', 'bad-model')];
    expect(carriedOut('a3 a5', { breaker: 2 }, failing, past).done).toEqual(['1/2 a3', 'skip a5']);
    expect(carriedOut('a3 a5', { breaker: 3 }, failing, past).done).toEqual(['1/2 a3', '2/2 a5']);
  });

  it('counts no run that is still to do, nor an attempt that a later one replaced', () => {
    const past = [
      attempt('a1', 'bad-model'),
      attempt('a2', 'port-in-use'),
      attempt('a2', 'completed'),
      attempt('a3', 'bad-model'),
      attempt('a4', 'port-in-use'),
    ];
    expect(carriedOut('a4 a5', { breaker: 2 }, {}, past).tally).toMatchObject({ completed: 2, skipped: 0 });
  });

  it('takes a run for as late as its last attempt', () => {
    const past = [attempt('a1', 'bad-model'), attempt('a2', 'bad-model'), attempt('a1', 'completed')];
    expect(carriedOut('a3 a4', { breaker: 2 }, failing, past).tally).toMatchObject({ failed: 1, skipped: 0 });
  });

  it('skips at once what was left when it had tripped already', () => {
    const past = [attempt('a1', 'bad-model'), attempt('a2', 'bad-model'), attempt('a3', 'bad-model')];
    expect(carriedOut('a4 b1 a5', {}, {}, past).done).toEqual(['skip a4 a5', '3/3 b1']);
  });
});

describe('fail-fast', () => {
  it('ends the study with the first failed run, after its retries', () => {
    const ends = { a1: ['port-in-use', 'completed'], b1: ['port-in-use'] };
    const study = carriedOut('a1 b1 a2', { fail_fast: true }, ends);
    expect(study.done.at(-1)).toBe('2/3 b1 retry 1 of 1 after port-in-use');
    expect(study).toMatchObject({ tally: { completed: 1, failed: 1 }, stopped: true });
  });

  it('has stopped nothing where the last run failed', () => {
    expect(carriedOut('a1', { fail_fast: true }, { a1: ['bad-model'] }).stopped).toBe(false);
  });

  it('does not hold failures of earlier invocations against this one', () => {
    expect(carriedOut('a2', { fail_fast: true }, {}, [attempt('a1', 'bad-model')]).done).toEqual(['1/1 a2']);
  });
});
