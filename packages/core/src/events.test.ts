/** Which events a slow reader may lose. */
import { expect, test } from 'vitest';
import { mayBeDropped, type LlemEvent } from './events.js';

const place = { experimentId: 'a', label: 'a', cycle: 1, index: 1, of: 1 };
const run = { runId: '001', ...place };
const ALL: {
  readonly [T in LlemEvent['type']]: readonly [event: LlemEvent & { type: T }, dropped: boolean];
} = {
  preflight: [{ type: 'preflight', findings: [] }, false],
  'study-started': [
    {
      type: 'study-started',
      name: 'a',
      studyHash: 'b',
      dir: 'c',
      experiments: 1,
      runs: 1,
      skipped: 0,
      expectedS: 1,
      meters: [],
    },
    false,
  ],
  'run-started': [{ type: 'run-started', ...run, leftS: 1 }, false],
  phase: [{ type: 'phase', runId: '001', phase: 'window', expectedS: null }, false],
  progress: [
    {
      type: 'progress',
      runId: '001',
      phase: 'window',
      elapsedS: 1,
      inFlight: 1,
      completed: 1,
      failed: 0,
      outputTokensPerS: null,
      offeredPerS: null,
      powerW: null,
      powerEstimated: false,
      temperatureC: null,
    },
    true,
  ],
  search: [
    { type: 'search', runId: '001', over: 'rate', load: 1, window: 1, found: null, above: null },
    false,
  ],
  probe: [
    {
      type: 'probe',
      runId: '001',
      over: 'rate',
      probe: {
        load: 1,
        held: true,
        reason: null,
        decided: true,
        windows: 1,
        durationS: 1,
        requests: 1,
        undecided: 0,
        failed: 0,
        errors: {},
        attainment: 1,
        attainmentInterval: null,
        requestsPerS: 1,
        ttftP99Ms: null,
        itlMeanMs: null,
      },
    },
    false,
  ],
  'engine-log': [{ type: 'engine-log', runId: '001', line: 'x' }, true],
  notice: [{ type: 'notice', level: 'warning', message: 'x' }, false],
  'run-ended': [{ type: 'run-ended', ...run, status: 'completed', headline: null, failure: null }, false],
  retry: [{ type: 'retry', ...place, retry: 1, retries: 1, after: 'port-in-use' }, false],
  'runs-skipped': [
    { type: 'runs-skipped', experimentId: 'a', label: 'a', cycles: [4], reason: 'It failed.' },
    false,
  ],
  'study-ended': [
    { type: 'study-ended', dir: 'c', completed: 1, overloaded: 0, failed: 0, skipped: 0, interrupted: false },
    false,
  ],
};

test.each(Object.values(ALL))('$type may be dropped only where nothing is lost by it', (event, dropped) => {
  expect(mayBeDropped(event)).toBe(dropped);
});
