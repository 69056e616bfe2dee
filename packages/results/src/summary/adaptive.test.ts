/** What a summary says of a study whose number of cycles followed from its figures. */
import type { EnergyQuality, Plan, RunRecord } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { fixtureMeasurement, fixturePlan, fixtureRecord, type FixtureRecord } from '../study.fixture.js';
import { wantsCycle } from './adaptive.js';
import { summarise } from './summarise.js';

const energy = (joulesPerOutputToken: number | null, quality: EnergyQuality = 'counter'): FixtureRecord => ({
  measurement: fixtureMeasurement({ joulesPerOutputToken, quality }),
});
/** Nearly equal: within ±2 % from the third on. */
const steady = (cycle: number): FixtureRecord => energy(0.5 + (cycle % 2) * 0.002);
/** Never within ±2 % in so few cycles. */
const restless = (cycle: number): FixtureRecord => energy(0.5 + (cycle % 2) * 0.05);

/** Experiments `aaa` and `bbb` over so many cycles of eight at most. */
function study(
  cycles: number,
  of: { aaa: (cycle: number) => FixtureRecord; bbb: (cycle: number) => FixtureRecord },
): { plan: Plan; records: RunRecord[] } {
  const plan = fixturePlan({ cycles, precision: { precision: 0.02, max_cycles: 8 } });
  const execution = { ...plan.execution, cycles: 5 };
  const records = plan.runs.map((run) =>
    fixtureRecord(run, run.experimentId === 'aaa' ? of.aaa(run.cycle) : of.bbb(run.cycle)),
  );
  return { plan: { ...plan, execution }, records };
}

describe('a study with precision', () => {
  it('is labelled adaptive, with what was asked, what every experiment reached and how it ended', () => {
    const { plan, records } = study(6, { aaa: steady, bbb: steady });
    const { adaptive, experiments, notes } = summarise(plan, records);
    expect(adaptive).toEqual({
      metric: 'joulesPerOutputToken',
      precision: 0.02,
      cycles: 6,
      mostCycles: 8,
      ended: 'precise',
    });
    for (const { precision, checks } of experiments) {
      expect(precision).toMatchObject({ reached: true, reason: null });
      // sd 0.001095 over 0.501, t(5) = 2.571, six runs: 0.229 %.
      expect(precision?.halfWidth).toBeCloseTo(0.0023, 4);
      expect(checks.find(({ id }) => id === 'repeats-precision')).toMatchObject({ ok: true, limit: 0.02 });
    }
    expect(notes[0]).toContain('within ±2 % for every experiment');
    expect(notes[0]).toContain('after 6 cycles.');
  });

  it('that ends at the most says which experiments are not there', () => {
    const { plan, records } = study(8, { aaa: steady, bbb: restless });
    expect(wantsCycle(plan, records)).toBe(false);
    const { adaptive, experiments, notes } = summarise(plan, records);
    expect(adaptive?.ended).toBe('most-cycles');
    expect(notes[0]).toContain(
      'ended at 8 cycles, the most that execution.max_cycles allows; 1 of 2 did not',
    );
    const [aaa, bbb] = experiments;
    expect(aaa?.precision?.reached).toBe(true);
    expect(bbb?.precision?.reached).toBe(false);
    const check = bbb?.checks.find(({ id }) => id === 'repeats-precision');
    expect(check).toMatchObject({ ok: false, severity: 'warning', limit: 0.02 });
    expect(check?.message).toMatch(/is ±4\.\d+ %, more than the ±2 % asked for/);
  });

  it('has not come to its end while a cycle is due, or a run is missing', () => {
    const due = study(5, { aaa: steady, bbb: steady });
    expect(wantsCycle(due.plan, due.records)).toBe(true);
    expect(summarise(due.plan, due.records).adaptive?.ended).toBeNull();
    const { plan, records } = study(6, { aaa: steady, bbb: steady });
    expect(summarise(plan, records.slice(1)).adaptive?.ended).toBeNull();
    expect(summarise(plan, records.slice(1)).notes[0]).toContain('It has not come to its end.');
  });

  it.each<[string, (cycle: number) => FixtureRecord]>([
    ['fails', () => ({ status: 'failed' })],
    ['is overloaded', () => ({ status: 'overloaded' })],
    ['has no figure of energy', () => energy(null)],
    ['has figures of two kinds', (cycle) => energy(0.5, cycle === 3 ? 'integrated' : 'counter')],
  ])('does not wait for an experiment that %s', (_, bbb) => {
    const { plan, records } = study(6, { aaa: steady, bbb });
    expect(wantsCycle(plan, records)).toBe(false);
    const { adaptive, experiments, notes } = summarise(plan, records);
    expect(adaptive?.ended).toBe('precise');
    expect(experiments[1]?.precision).toMatchObject({ halfWidth: null, reached: false });
    expect(experiments[1]?.precision?.reason).not.toBeNull();
    expect(notes[0]).toContain('1 of 2 did not get there, and had no figure of energy in the last ones');
  });
});

it('a study without precision is not adaptive', () => {
  const plan = fixturePlan();
  const records = plan.runs.map((run) => fixtureRecord(run));
  const { adaptive, experiments, notes } = summarise(plan, records);
  expect(wantsCycle(plan, records)).toBe(false);
  expect(adaptive).toBeNull();
  expect(experiments.map(({ precision }) => precision)).toEqual([null, null]);
  expect(notes.join()).not.toContain('daptive');
});
