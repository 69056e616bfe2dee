import type { LlemEvent } from '@llem/core';
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
};
const after = (...events: LlemEvent[]) =>
  events.reduce((state, event) => advance(state, event, 0), NOTHING_YET);

describe('progressLine', () => {
  it('says run, label, phase, throughput, power with its mark, and time left', () => {
    expect(progressLine(after(RUN, WINDOW, PROGRESS), 12_000, 120)).toBe(
      'run 3 of 6  workload.concurrency=8  window 12/30 s  412 tok/s  31.2 W est.  left 1 min 53 s',
    );
  });

  it('has nothing to say between runs', () => {
    expect(progressLine(NOTHING_YET, 0, 80)).toBe('');
    const ended: LlemEvent = {
      type: 'study-ended',
      dir: '/d',
      completed: 1,
      overloaded: 0,
      failed: 0,
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

  it('leaves out figures that were not measured', () => {
    const line = eventLine({
      type: 'run-ended',
      runId: 'r',
      experimentId: 'e',
      label: 'l',
      cycle: 1,
      index: 1,
      of: 1,
      status: 'completed',
      headline: {
        joulesPerOutputToken: null,
        energyQuality: null,
        outputTokensPerS: 412.3,
        offeredPerS: null,
        requestsPerS: null,
        goodputPerS: null,
        foundLoad: null,
        foundOver: null,
        ttftP50Ms: null,
        itlMeanMs: null,
        meanPowerW: null,
        publishable: false,
      },
      failure: null,
    });
    expect(line).toBe('run 1 of 1  l  completed  412 tok/s');
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
