import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckResult, Plan, RunRecord } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { METRIC_IDS, METRICS } from '../statistics/metrics.js';
import { temporaryFolder } from '../store/folder.fixture.js';
import type { Manifest } from '../store/manifest.js';
import {
  check,
  fixtureExperiment,
  fixtureMeasurement,
  fixturePlan,
  fixtureRecord,
  type FixtureRecord,
} from '../study.fixture.js';
import { writeSummary } from './file.js';
import { summarySchema, type ExperimentSummary, type Summary } from './schema.js';
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

describe('the figures of an experiment', () => {
  it('are those of its completed runs, per metric', () => {
    const { metrics, energy, runs } = first(summaryOf([measured(0.5), measured(0.4), measured(0.6)]));
    expect(runs).toEqual({
      planned: 3,
      completed: 3,
      skipped: 0,
      overloaded: 0,
      failed: 0,
      interrupted: 0,
      missing: 0,
      publishable: 3,
    });
    expect(energy).toEqual({ scope: 'cpu', quality: 'counter', reason: null });
    expect(metrics.joulesPerOutputToken).toMatchObject({ n: 3, missing: 0, scale: 'log', reason: null });
    expect(metrics.joulesPerOutputToken.mean).toBeCloseTo(0.5, 12);
    expect(metrics.joulesPerOutputToken.centre).toBeCloseTo(Math.cbrt(0.12), 12);
    expect(metrics.joulesPerRequest.mean).toBeCloseTo(50, 9);
    expect(metrics.adjustedJoulesPerOutputToken).toMatchObject({ n: 3, scale: 'linear' });
    expect(metrics.adjustedJoulesPerOutputToken.mean).toBeCloseTo(0.25, 12);
    expect(metrics.ttftP99Ms.mean).toBe(20);
    expect(metrics.meanPowerW.mean).toBeCloseTo(0.5 * (1000 / 30), 9);
  });

  it('follow the order of the plan, whatever the order of the records', () => {
    const plan = fixturePlan();
    const records = plan.runs.map((run) => fixtureRecord(run));
    const summary = summarise(plan, records);
    expect(summary.experiments.map((experiment) => experiment.experimentId)).toEqual(['aaa', 'bbb']);
    expect(summarise(plan, records.toReversed())).toEqual(summary);
  });

  it('are all null with a reason where no run was made', () => {
    const summary = summarise(fixturePlan(), []);
    expect(summary).toMatchObject({ verdict: 'not-publishable', runs: { planned: 6, missing: 6 } });
    for (const id of METRIC_IDS) {
      expect(first(summary).metrics[id]).toMatchObject({ n: 0, centre: null, interval: null });
      expect(first(summary).metrics[id].reason).toBe('No run completed.');
    }
  });

  it('have no interval after one run', () => {
    const { metrics } = first(summaryOf([measured(0.5)]));
    expect(metrics.joulesPerOutputToken).toMatchObject({ n: 1, centre: 0.5, sd: null, interval: null });
    expect(metrics.joulesPerOutputToken.reason).toContain('at least two');
  });

  it('leave out runs without a value and say how many', () => {
    const { metrics } = first(
      summaryOf([
        measured(0.5),
        { measurement: fixtureMeasurement({ joulesPerOutputToken: null, latencyMs: null }) },
        { measurement: null },
        measured(0.6),
      ]),
    );
    expect(metrics.joulesPerOutputToken).toMatchObject({ n: 2, missing: 2 });
    expect(metrics.ttftMeanMs).toMatchObject({ n: 2, missing: 2 });
    expect(metrics.outputTokensPerS).toMatchObject({ n: 3, missing: 1 });
  });

  it('that no run has give the reason that the records give', () => {
    const none = {
      measurement: fixtureMeasurement({ joulesPerOutputToken: null, latencyMs: null }),
      reasons: {
        'measurement.energy': 'No meter covers the processor.',
        'measurement.latency.ttftMs': 'No request completed.',
      },
    };
    const { metrics, energy } = first(summaryOf([none, none]));
    expect(metrics.joulesPerOutputToken.reason).toBe('No meter covers the processor.');
    expect(metrics.meanPowerW.reason).toBe('No meter covers the processor.');
    expect(energy).toEqual({ scope: null, quality: null, reason: 'No meter covers the processor.' });
    expect(metrics.ttftP50Ms.reason).toBe('No request completed.');
    expect(metrics.itlMeanMs.reason).toBe('No run has a value.');
  });

  it('without energy tell of each scope why it has none', () => {
    const none = {
      measurement: fixtureMeasurement({ joulesPerOutputToken: null }),
      reasons: {
        'measurement.energy.totals.gpu': 'no meter covers it',
        'measurement.energy.totals.cpu': 'a domain of this scope has no figure',
      },
    };
    const { metrics } = first(summaryOf([none]));
    expect(metrics.joulesPerToken.reason).toBe(
      'gpu: no meter covers it; cpu: a domain of this scope has no figure',
    );
  });

  it.each([
    ['quality', { quality: 'estimated' }],
    ['scope', { scope: 'node' }],
  ] as const)('never put energy of another %s together', (_, other) => {
    const { metrics, energy } = first(
      summaryOf([measured(0.5), { measurement: fixtureMeasurement(other) }, measured(0.5)]),
    );
    expect(energy).toMatchObject({ scope: null, quality: null });
    expect(energy.reason).toContain('cycle 1, 3');
    for (const id of METRIC_IDS) {
      if (METRICS[id].notAsked !== undefined) continue;
      expect(metrics[id].centre === null).toBe(METRICS[id].energy);
    }
    expect(metrics.joulesPerOutputToken.reason).toContain('differ');
  });

  it('may be below zero for adjusted energy', () => {
    const noise = (adjustedPerOutputToken: number): FixtureRecord => ({
      measurement: fixtureMeasurement({ adjustedPerOutputToken }),
    });
    const { metrics } = first(summaryOf([noise(-0.1), noise(0.1), noise(-0.03)]));
    expect(metrics.adjustedJoulesPerOutputToken.mean).toBeCloseTo(-0.01, 12);
    expect(metrics.adjustedJoulesPerOutputToken.interval?.low).toBeLessThan(-0.01);
  });

  it('count one attempt a run: the last completed one', () => {
    const { plan, records } = studyOf([measured(0.5), measured(0.5)]);
    const [run] = plan.runs;
    if (!run) throw new Error('no run');
    const again = [
      fixtureRecord(run, { ...measured(0.7), attempt: 2 }),
      fixtureRecord(run, { status: 'failed', attempt: 3 }),
    ];
    const summary = summarise(plan, [...again, ...records]);
    expect(first(summary).runs).toMatchObject({ completed: 2, failed: 0 });
    expect(first(summary).metrics.joulesPerOutputToken.mean).toBeCloseTo(0.6, 12);
  });

  it('leave out records that the plan does not know', () => {
    const { plan, records } = studyOf([measured(0.5)]);
    const [record] = records;
    if (!record) throw new Error('no record');
    const foreign = { ...record, experimentId: '__proto__', cycle: 99 };
    expect(summarise(plan, [foreign, ...records])).toEqual(summarise(plan, records));
  });

  it('of a thousand cycles of many experiments are made in one go', () => {
    const experiments = Array.from({ length: 10 }, (_, index) => fixtureExperiment(`e${index}`));
    const plan = fixturePlan({ experiments, cycles: 100 });
    const record = fixtureRecord({ position: 1, experimentId: 'e0', cycle: 1, seed: 0 });
    const summary = summarise(
      plan,
      plan.runs.map((run) => ({ ...record, ...run })),
    );
    expect(summary.runs).toMatchObject({ planned: 1000, completed: 1000 });
  });
});

describe('the checks over cycles', () => {
  const checksAfter = (records: readonly FixtureRecord[]) =>
    Object.fromEntries(first(summaryOf(records)).checks.map(({ id, ok }) => [id, ok]));

  it('warn of fewer than three cycles, and of fewer than five for claims', () => {
    const runs = Array.from({ length: 5 }, () => measured(0.5));
    expect(checksAfter(runs.slice(0, 2))).toMatchObject({ repeats: false, 'repeats-claims': false });
    expect(checksAfter(runs.slice(0, 3))).toMatchObject({ repeats: true, 'repeats-claims': false });
    expect(checksAfter(runs)).toMatchObject({ repeats: true, 'repeats-claims': true });
  });

  it('count completed runs only', () => {
    const records: FixtureRecord[] = [measured(0.5), measured(0.5), { status: 'failed' }];
    expect(checksAfter(records)).toMatchObject({ repeats: false });
  });

  it('warn where the runs differ by more than 5 %, in energy or in throughput', () => {
    expect(checksAfter([measured(0.5), measured(0.51)])).toMatchObject({ 'repeats-spread': true });
    expect(checksAfter([measured(0.5), measured(0.6)])).toMatchObject({ 'repeats-spread': false });
    const throughput = [20, 25].map((outputTokensPerS) => ({
      measurement: fixtureMeasurement({ outputTokensPerS }),
    }));
    expect(checksAfter(throughput)).toMatchObject({ 'repeats-spread': false });
  });

  it('leave out how much the runs differ where it is not known', () => {
    const failed: FixtureRecord = { status: 'failed' };
    for (const records of [[failed], [measured(0.5)], [measured(0.5), failed]]) {
      expect(Object.keys(checksAfter(records))).toEqual(['repeats', 'repeats-claims']);
    }
  });

  it('warn where windows began at temperatures more than 10 degrees apart', () => {
    const at = (startC: number): FixtureRecord => ({
      measurement: {
        ...fixtureMeasurement(),
        thermal: { startC, endC: startC, maxC: startC, throttleS: null },
      },
    });
    expect(checksAfter([at(50), at(60)])).toMatchObject({ 'repeats-temperature': true });
    expect(checksAfter([at(50), at(55), at(61)])).toMatchObject({ 'repeats-temperature': false });
    expect(checksAfter([at(50), measured(0.5)])).not.toHaveProperty('repeats-temperature');
  });

  it('say what they found, their limit and what to do', () => {
    for (const one of first(summaryOf([measured(0.5), measured(0.9)])).checks) {
      expect(one).toMatchObject({ ok: false, severity: 'warning' });
      expect(one.limit).not.toBeNull();
      expect(one.message).toMatch(/execution\.|measure\./);
    }
  });
});

describe('the verdict', () => {
  it('is publishable when every planned run completed and is publishable', () => {
    expect(summaryOf([measured(0.5), measured(0.5)])).toMatchObject({ verdict: 'publishable', reasons: [] });
  });

  it('is a demonstration when the settings ask for short windows and nothing failed but what comes of that', () => {
    const short = { checks: [invalid('window-length'), invalid('headline-energy'), invalid('steady')] };
    const warned = { checks: [check('window-length'), invalid('cache', { severity: 'warning' })] };
    const summary = summaryOf([short, warned], 10);
    expect(summary.verdict).toBe('demonstration');
    expect(summary.reasons).toEqual([
      expect.stringContaining('windows of 10 s'),
      '1 of 2 completed runs not publishable (window-length: 1, headline-energy: 1, steady: 1).',
    ]);
  });

  it.each([
    ...['requests', 'tokens', 'negative-energy', 'plausible', 'provenance', 'counter-coverage', 'cache'],
    ...['load-generator', 'a-check-of-a-later-version'],
  ])('is no demonstration where %s failed in a run', (id) => {
    const short = { checks: [invalid('window-length')] };
    const summary = summaryOf([short, { checks: [invalid('window-length'), invalid(id)] }, short], 10);
    expect(summary.verdict).toBe('not-publishable');
    expect(summary.reasons.join()).toContain(`${id}: 1`);
  });

  it('is no demonstration where a run failed or did not end', () => {
    for (const other of [{ status: 'failed' }, { status: 'interrupted' }] as const) {
      expect(summaryOf([measured(0.5), other], 10).verdict).toBe('not-publishable');
    }
  });

  it('is not-publishable where a window fell short by itself', () => {
    const summary = summaryOf([{ checks: [invalid('window-length')] }]);
    expect(summary.verdict).toBe('not-publishable');
  });

  it('is not-publishable where no run completed, even with short windows', () => {
    const failed = { status: 'failed', failureClass: 'out-of-memory' } as const;
    const summary = summaryOf([failed, failed], 10);
    expect(summary.verdict).toBe('not-publishable');
    expect(summary.reasons[0]).toBe('No run completed.');
    expect(summary.reasons.join()).toContain('out-of-memory: 2');
    expect(first(summary).failures).toEqual({ 'out-of-memory': 2 });
  });

  it.each(['failed', 'interrupted'] as const)('is not-publishable where one run %s', (status) => {
    expect(summaryOf([measured(0.5), { status }]).verdict).toBe('not-publishable');
  });

  it('is not-publishable where a run is missing', () => {
    const { plan, records } = studyOf([measured(0.5), measured(0.5)]);
    const summary = summarise(plan, records.slice(0, 1));
    expect(summary).toMatchObject({ verdict: 'not-publishable', reasons: ['1 of 2 runs did not end.'] });
  });

  it('is not spoiled by warnings, which are counted by their check', () => {
    const warned = { checks: [check('window-length'), invalid('temperature', { severity: 'warning' })] };
    const summary = summaryOf([warned, {}, warned]);
    expect(summary.verdict).toBe('publishable');
    expect(first(summary).failing).toEqual([
      expect.objectContaining({
        ...{ id: 'temperature', severity: 'warning', runs: 2, uniform: true },
        message: 'temperature was looked at.',
      }),
    ]);
  });

  it('of a study of both kinds is not-publishable and names the short experiments', () => {
    const plan = fixturePlan({
      experiments: [fixtureExperiment('aaa', 10), fixtureExperiment('bbb')],
      cycles: 1,
    });
    const summary = summarise(
      plan,
      plan.runs.map((run) => fixtureRecord(run)),
    );
    expect(summary.experiments.map(({ verdict }) => verdict)).toEqual(['demonstration', 'publishable']);
    expect(summary.verdict).toBe('not-publishable');
    expect(summary.reasons).toEqual([expect.stringMatching(/^workload\.concurrency=aaa: .*10 s/)]);
  });

  it('of a study says once what holds for every experiment', () => {
    const plan = fixturePlan({ experiments: [fixtureExperiment('aaa', 10), fixtureExperiment('bbb', 10)] });
    const summary = summarise(
      plan,
      plan.runs.map((run) => fixtureRecord(run)),
    );
    expect(summary).toMatchObject({ verdict: 'demonstration' });
    expect(summary.reasons).toEqual([expect.stringMatching(/^Every experiment: .*10 s/)]);
  });
});

/** What a manifest says of a run of the only experiment. */
const stateOf = (cycle: number, state: Partial<Manifest['runs'][number]>): Manifest['runs'][number] => ({
  position: cycle,
  experimentId: 'aaa',
  label: 'aaa',
  cycle,
  status: 'waiting',
  runId: null,
  attempts: 0,
  skipReason: null,
  ...state,
});

it('does not count the failure of a run that is being tried again: it is still to come', () => {
  const { plan, records } = studyOf([measured(0.5), { status: 'failed' }]);
  const failed = { runs: { completed: 1, failed: 1, missing: 0 } };
  expect(summarise(plan, records)).toMatchObject(failed);
  expect(summarise(plan, records, { runs: [stateOf(2, { status: 'failed' })] })).toMatchObject(failed);
  const summary = summarise(plan, records, { runs: [stateOf(2, { status: 'open' })] });
  expect(summary).toMatchObject({ runs: { completed: 1, failed: 0, missing: 1 } });
});

it('counts runs that were given up apart, with the reason, and not what an attempt at them left', () => {
  const { plan, records } = studyOf([measured(0.5), { status: 'failed' }, { status: 'interrupted' }, {}]);
  const reason = 'They only failed.';
  const summary = summarise(plan, records.slice(0, 3), {
    runs: [3, 4].map((cycle) => stateOf(cycle, { status: 'skipped', skipReason: reason })),
  });
  expect(summary.runs).toMatchObject({ planned: 4, completed: 1, failed: 1, skipped: 2, missing: 0 });
  expect(summary.runs.interrupted).toBe(0);
  expect(first(summary)).toMatchObject({ runs: summary.runs, skipReason: reason });
  expect(first(summary).reasons).toContain(`2 of 4 runs skipped: ${reason}`);
  expect(first(summarise(plan, records)).skipReason).toBeNull();
});

describe('a check that failed in several runs', () => {
  const of = (value: number | null, limit: number) => ({
    checks: [invalid('steady', { value, limit, message: `found ${value}` })],
  });

  it.each([
    ['below its limit', [of(13.6, 30), of(10.2, 30), of(12, 30)], 'found 10.2'],
    ['above its limit, of either sign', [of(0.06, 0.05), of(-0.2, 0.05)], 'found -0.2'],
    ['where none is allowed', [of(1, 0), of(7, 0), of(2, 0)], 'found 7'],
    ['on figures of two kinds', [of(6.3, 6.4), of(0.5, 0.05)], 'found 0.5'],
    ['where one has no figure', [of(null, 1), of(2, 1)], 'found 2'],
  ])('quotes the worst %s', (_, records, message) => {
    const [failing] = first(summaryOf(records)).failing;
    expect(failing).toMatchObject({ runs: records.length, message, uniform: false });
  });

  it('says so where all say the same', () => {
    expect(first(summaryOf([of(1, 0), of(1, 0)])).failing).toMatchObject([{ runs: 2, uniform: true }]);
  });
});

describe('the notes', () => {
  it.each(['sequential', 'interleaved'] as const)('warn that %s order allows no pairs', (order) => {
    const summary = summarise(fixturePlan({ order }), []);
    expect(summary.paired).toBe(false);
    expect(summary.notes.join()).toContain(`The order was ${order}`);
  });

  it('are empty for a shuffled, measured study', () => {
    expect(summaryOf([measured(0.5)])).toMatchObject({ paired: true, notes: [] });
  });
});

describe('summary.json', () => {
  it('is what was summarised', async () => {
    const folder = await temporaryFolder();
    const summary = summaryOf([measured(0.5), measured(0.6), { status: 'failed' }]);
    await writeSummary(folder, summary);
    await writeSummary(folder, summary);
    const read: unknown = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'));
    expect(summarySchema.parse(read)).toEqual(summary);
    expect(await readdir(folder)).toEqual(['summary.json']);
  });

  it('that cannot be written is told with what to do', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'summary.json'));
    await expect(writeSummary(folder, summaryOf([{}]))).rejects.toMatchObject({ code: 'LLEM_E_STORE' });
  });
});
