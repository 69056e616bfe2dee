/** Loads in a summary: what they are judged by, and those that were too much. */
import type { CheckResult, Plan, RunRecord } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { METRIC_IDS } from '../statistics/metrics.js';
import {
  check,
  fixtureExperiment,
  fixtureMeasurement,
  fixturePlan,
  fixtureRecord,
  type FixtureRecord,
} from '../study.fixture.js';
import type { ExperimentSummary, Summary } from './schema.js';
import { summarise } from './summarise.js';

/** One experiment over as many cycles as there are records. */
function studyOf(records: readonly FixtureRecord[], minSeconds = 30): { plan: Plan; records: RunRecord[] } {
  const plan = fixturePlan({ experiments: [fixtureExperiment('aaa', minSeconds)], cycles: records.length });
  return { plan, records: plan.runs.map((run, index) => fixtureRecord(run, records[index])) };
}

function summaryOf(records: readonly FixtureRecord[], minSeconds = 30): Summary {
  const study = studyOf(records, minSeconds);
  return summarise(study.plan, study.records);
}

function first(summary: Summary): ExperimentSummary {
  const [experiment] = summary.experiments;
  if (!experiment) throw new Error('The summary has no experiment.');
  return experiment;
}

const measured = (joulesPerOutputToken: number): FixtureRecord => ({
  measurement: fixtureMeasurement({ joulesPerOutputToken }),
});
const invalid = (id: string, of: Partial<CheckResult> = {}): CheckResult => check(id, { ok: false, ...of });

describe('a load', () => {
  const search = (found: number | null, over: 'rate' | 'concurrency' = 'rate'): FixtureRecord => ({
    search: { over, found, above: 20, probes: [] },
  });
  const overloaded: FixtureRecord = {
    status: 'overloaded',
    measurement: fixtureMeasurement({
      offeredPerS: 4,
      outputTokensPerS: 50,
      latencyMs: 1e6,
      sloAttainment: 0,
    }),
    checks: [invalid('steady'), invalid('window-length')],
  };
  const good: FixtureRecord = { measurement: fixtureMeasurement({ sloAttainment: 0.5 }) };

  it('has its goodput, SLO attainment and found rate with intervals', () => {
    const { metrics } = first(summaryOf([10, 11, 12].map((found) => ({ ...good, ...search(found) }))));
    expect(metrics.goodputPerS).toMatchObject({ n: 3, centre: 0.165, scale: 'linear' });
    expect(metrics.sloAttainment.centre).toBe(0.5);
    expect(metrics.foundRatePerS.interval?.low).toBeLessThan(10.9);
    expect(metrics.foundRatePerS.interval?.high).toBeGreaterThan(11);
    expect(metrics.foundConcurrency).toMatchObject({
      centre: null,
      reason: 'The workload has no search for a concurrency.',
    });
    expect(metrics.scheduleDelayP99Ms.centre).toBe(20);
    expect(metrics.ttftFromIntendedP99Ms.centre).toBeCloseTo(20, 9);
  });

  it('without an SLO and a search says so in their place', () => {
    const { metrics } = first(summaryOf([measured(0.5)]));
    expect(metrics.goodputPerS).toMatchObject({ n: 0, centre: null, reason: 'The workload has no slo.' });
    expect(metrics.foundRatePerS).toMatchObject({ reason: 'The workload has no search for a rate.' });
  });

  it('that was too much is in no figure of energy or latency, and is counted', () => {
    const summary = summaryOf([good, overloaded, good]);
    const { metrics, runs, overload, verdict, reasons } = first(summary);
    expect(runs).toMatchObject({ planned: 3, completed: 2, overloaded: 1, failed: 0, missing: 0 });
    for (const id of METRIC_IDS) expect(metrics[id].n).toBeLessThanOrEqual(2);
    expect(metrics.ttftP50Ms.centre).toBeCloseTo(10, 9);
    expect(overload).toMatchObject({ offeredPerS: 4, requestsPerS: 0.5, goodputPerS: 0 });
    expect(verdict).toBe('not-publishable');
    expect(reasons).toEqual([expect.stringContaining('1 of 3 runs overloaded: the load is at the edge')]);
  });

  it('that was too much in every run is an answer', () => {
    const summary = summaryOf([overloaded, overloaded]);
    expect(summary).toMatchObject({ verdict: 'overloaded', reasons: [] });
    expect(first(summary)).toMatchObject({ verdict: 'overloaded', failing: [], failures: {}, checks: [] });
    expect(first(summary).metrics.joulesPerOutputToken.reason).toBe('No run completed.');
    expect(summaryOf([{ ...overloaded, measurement: null }])).toMatchObject({
      verdict: 'overloaded',
      experiments: [{ overload: { offeredPerS: null, requestsPerS: null } }],
    });
  });

  it('that was too much in short windows is a demonstration, and none where the client was the limit', () => {
    expect(summaryOf([overloaded], 10).verdict).toBe('demonstration');
    const late = { ...overloaded, checks: [invalid('load-generator', { message: 'Sent late.' })] };
    const { verdict, reasons } = summaryOf([late]);
    expect(verdict).toBe('not-publishable');
    expect(reasons).toEqual(["The overload may not be the engine's (load-generator): Sent late."]);
  });

  it('that was too much in one experiment takes nothing from the others', () => {
    const plan = fixturePlan({ cycles: 2 });
    const records = plan.runs.map((run) =>
      fixtureRecord(run, run.experimentId === 'aaa' ? overloaded : measured(0.5)),
    );
    expect(summarise(plan, records)).toMatchObject({
      verdict: 'publishable',
      reasons: [],
      runs: { completed: 2, overloaded: 2, publishable: 2 },
    });
  });
});
