import type { LlemEvent, LoadProbe, RunHeadline } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { eventLine } from './event-lines.js';
import { advance, NOTHING_YET, progressLine } from './progress.js';

const RUN: LlemEvent = {
  type: 'run-started',
  runId: 'r',
  experimentId: 'e',
  label: 'workload.concurrency=8',
  cycle: 1,
  index: 3,
  of: 6,
  leftS: 125,
};
const WINDOW: LlemEvent = { type: 'phase', runId: 'r', phase: 'window', expectedS: 30 };
const PROGRESS: LlemEvent = {
  type: 'progress',
  runId: 'r',
  phase: 'window',
  elapsedS: 12,
  inFlight: 8,
  completed: 40,
  failed: 0,
  outputTokensPerS: 412.3,
  offeredPerS: null,
  powerW: 31.24,
  powerEstimated: true,
  temperatureC: null,
};
const after = (...events: LlemEvent[]) =>
  events.reduce((state, event) => advance(state, event, 0), NOTHING_YET);

describe('progressLine', () => {
  it('says run, label, phase, throughput, power with its mark, and time left', () => {
    expect(progressLine(after(RUN, WINDOW, PROGRESS), 12_000, 120)).toBe(
      'run 3 of 6  workload.concurrency=8  window 12/30 s  412 tok/s  31.2 W est.  left 1 min 53 s',
    );
  });

  it('says how hot the hottest GPU is, and what a gap waits for', () => {
    const gap: LlemEvent = { type: 'phase', runId: 'r', phase: 'gap', expectedS: 10, untilC: 45 };
    const cooling: LlemEvent = {
      ...PROGRESS,
      phase: 'gap',
      outputTokensPerS: null,
      powerW: null,
      temperatureC: 61,
    };
    const line = (...events: LlemEvent[]) => progressLine(after(RUN, ...events), 12_000, 120);
    expect(line(gap, cooling)).toContain('  gap 12 s  61 °C, waits for 45 °C  left ');
    expect(line(gap)).toContain('  gap 12 s  waits for 45 °C  left ');
    expect(line(WINDOW, { ...PROGRESS, temperatureC: 61 })).toContain('  31.2 W est.  61 °C  left ');
  });

  it('says in an open loop how many requests are in flight, and at which rate', () => {
    const open: LlemEvent = { ...PROGRESS, inFlight: 12, offeredPerS: 4 };
    expect(progressLine(after(RUN, WINDOW, open), 12_000, 120)).toContain(
      'window 12/30 s  12 in flight at 4.00 req/s',
    );
    expect(progressLine(after(RUN, WINDOW, open, WINDOW), 12_000, 120)).not.toContain('in flight');
  });

  it('says in a search which load is tried, and what is known of those around it', () => {
    const phase: LlemEvent = { ...WINDOW, phase: 'search', expectedS: null };
    const tries: LlemEvent = {
      type: 'search',
      runId: 'r',
      over: 'rate',
      load: 8.246,
      window: 1,
      found: 5.66,
      above: 12,
    };
    const line = (...events: LlemEvent[]) => progressLine(after(RUN, phase, ...events), 12_000, 140);
    const open: LlemEvent = { ...PROGRESS, phase: 'search', inFlight: 3, offeredPerS: 8.246 };
    expect(line(tries, open)).toContain(
      'search 12 s  tries 8.25 req/s (5.66 held, 12.0 not)  3 in flight  412 tok/s',
    );
    expect(line({ ...tries, over: 'concurrency', load: 6, found: null, above: null })).toContain(
      'tries 6 in flight  left',
    );
    expect(line({ ...tries, above: null })).toContain('tries 8.25 req/s (5.66 held)');
    expect(line(tries, WINDOW)).not.toContain('tries');
  });

  it('has nothing to say between runs', () => {
    expect(progressLine(NOTHING_YET, 0, 80)).toBe('');
    const ended: LlemEvent = {
      type: 'study-ended',
      dir: '/d',
      completed: 1,
      overloaded: 0,
      failed: 0,
      skipped: 0,
      interrupted: false,
    };
    expect(progressLine(after(RUN, WINDOW, ended), 0, 80)).toBe('');
  });

  it('shows no end of a phase that is already past, and no figures of the phase before', () => {
    const state = after(RUN, WINDOW, PROGRESS, { ...WINDOW, phase: 'drain', expectedS: 2 });
    expect(progressLine(state, 9_000, 120)).toBe(
      'run 3 of 6  workload.concurrency=8  drain 9 s  left 1 min 56 s',
    );
  });

  it.each([79, 60, 50, 30, 10, 1])('keeps to %i columns: the label gives way first', (width) => {
    const line = progressLine(after(RUN, WINDOW, PROGRESS), 0, width);
    expect(line.length).toBeLessThanOrEqual(width);
    if (width >= 60) expect(line).toContain('412 tok/s');
  });
});

const NO_FIGURES: RunHeadline = {
  joulesPerOutputToken: null,
  energyQuality: null,
  outputTokensPerS: null,
  offeredPerS: null,
  requestsPerS: null,
  goodputPerS: null,
  foundLoad: null,
  foundOver: null,
  ttftP50Ms: null,
  itlMeanMs: null,
  meanPowerW: null,
  publishable: false,
};

describe('eventLine', () => {
  it('puts a failed run on a line with what to do', () => {
    const line = eventLine({
      type: 'run-ended',
      runId: 'r',
      experimentId: 'e',
      label: 'l',
      cycle: 1,
      index: 1,
      of: 2,
      status: 'failed',
      headline: null,
      failure: {
        type: 'start',
        class: 'start-timeout',
        message: 'It did\nnot answer',
        remedy: 'Look at the log.',
        logTail: [],
      },
    });
    expect(line).toBe('run 1 of 2  l  failed: start: It did not answer\n  what to do: Look at the log.');
  });

  it('says a retry and what is skipped on one line each', () => {
    const place = { experimentId: 'e', label: 'l', cycle: 2, index: 3, of: 9 };
    expect(eventLine({ type: 'retry', ...place, retry: 1, retries: 2, after: 'port-in-use' })).toBe(
      'run 3 of 9  l  is tried again after port-in-use (retry 1 of 2)',
    );
    const reason = '3 of its runs failed one after the other (execution.breaker).';
    expect(eventLine({ type: 'runs-skipped', experimentId: 'e', label: 'l', cycles: [4, 5], reason })).toBe(
      `l  2 runs skipped: ${reason}`,
    );
  });

  const ended = (status: 'completed' | 'overloaded', figures: Partial<RunHeadline> | null) =>
    eventLine({
      type: 'run-ended',
      runId: 'r',
      experimentId: 'e',
      label: 'l',
      cycle: 1,
      index: 1,
      of: 1,
      status,
      headline: figures && { ...NO_FIGURES, ...figures },
      failure: null,
    });

  it('leaves out figures that were not measured', () => {
    const line = ended('completed', { outputTokensPerS: 412.3 });
    expect(line).toBe('run 1 of 1  l  completed  412 tok/s');
  });

  it('says of an overloaded run what was asked of it and what it gave, and no figure that the queue spoilt', () => {
    const figures = {
      offeredPerS: 4,
      requestsPerS: 2.51,
      goodputPerS: 0.31,
      ttftP50Ms: 9e6,
      outputTokensPerS: 321,
    };
    expect(ended('overloaded', figures)).toBe(
      'run 1 of 1  l  overloaded: 4.00 req/s offered, 2.51 served, goodput 0.310 req/s',
    );
    expect(ended('overloaded', null)).toBe('run 1 of 1  l  overloaded');
    expect(ended('overloaded', {})).toBe('run 1 of 1  l  overloaded');
  });

  it('says of each load that a search tried whether it held, and if not, why', () => {
    const probe: LoadProbe = {
      load: 8.246,
      held: true,
      reason: null,
      decided: true,
      windows: 1,
      durationS: 100,
      requests: 814,
      undecided: 2,
      failed: 0,
      errors: {},
      attainment: 0.994,
      attainmentInterval: { low: 0.986, high: 0.998 },
      requestsPerS: 8.2,
      ttftP99Ms: 310,
      itlMeanMs: 20,
    };
    const said = (more: Partial<LoadProbe>, over: 'rate' | 'concurrency' = 'rate') =>
      eventLine({ type: 'probe', runId: 'r', over, probe: { ...probe, ...more } });
    expect(said({})).toBe('  8.25 req/s  held: 99.4 % of 812 requests within the SLO');
    const missed = { held: false, attainment: 0.43 };
    expect(said({ ...missed, load: 12, reason: 'slo', decided: false }, 'concurrency')).toBe(
      '  12 in flight  not held, too close to tell: 43.0 % of 812 requests within the SLO',
    );
    expect(said({ ...missed, reason: 'overloaded' })).toMatch(/not held: .*, and the backlog grew$/);
    expect(said({ ...missed, reason: 'failures', failed: 9, errors: { timeout: 9 } })).toMatch(
      /, 9 failed \(timeout\)$/,
    );
    expect(said({ ...missed, reason: 'overloaded', attainment: null })).toContain(
      'not held: no request within the SLO',
    );
  });

  it('says what a search found, in the unit of what it searched', () => {
    expect(ended('completed', { foundLoad: 12.4, foundOver: 'rate', goodputPerS: 12.3 })).toBe(
      'run 1 of 1  l  completed  found 12.4 req/s  goodput 12.3 req/s',
    );
    expect(ended('completed', { foundLoad: 12, foundOver: 'concurrency' })).toContain('found 12 in flight');
  });

  it('says of the preflight only what is a warning', () => {
    const finding = (status: 'ok' | 'warning' | 'failed') => ({
      id: status,
      status,
      message: 'm',
      remedy: 'r',
    });
    expect(eventLine({ type: 'preflight', findings: [finding('ok'), finding('failed')] })).toBeNull();
    expect(eventLine({ type: 'preflight', findings: [finding('warning')] })).toBe(
      'warning: warning: m\n  what to do: r',
    );
  });
});
