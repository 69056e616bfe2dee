import { workloadSchema, type LoadProbe, type SearchResult } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { SloOutcome } from '../window/slo.js';
import { nothingHeld, search } from './search-checks.js';

const probe: LoadProbe = {
  load: 8,
  held: true,
  reason: null,
  decided: true,
  windows: 1,
  durationS: 30,
  requests: 62,
  undecided: 2,
  failed: 0,
  errors: {},
  attainment: 0.95,
  attainmentInterval: { low: 0.9, high: 0.98 },
  requestsPerS: 2,
  ttftP99Ms: null,
  itlMeanMs: null,
};
const missed: LoadProbe = { ...probe, load: 9, held: false, attainment: 0.5, reason: 'slo' };
const found: SearchResult = { over: 'rate', found: 8, above: 9, probes: [probe, missed] };
const workload = workloadSchema.parse({ concurrency: 8, slo: { ttft_ms: 100, attainment: 0.9 } });

/** Of a hundred requests of the window so many held, evenly mixed. */
const check = (held: number, result: SearchResult = found) => {
  const sloOutcomes = Array.from({ length: 100 }, (_, index): SloOutcome =>
    Math.floor((index * held) / 100) < Math.floor(((index + 1) * held) / 100) ? 'held' : 'missed',
  );
  return search({ search: result, sloOutcomes, workload });
};

describe('what a search found', () => {
  it('is told with what did not hold, and with what the window says of it', () => {
    expect(check(97)).toMatchObject({ id: 'search', ok: true, value: 0.97, limit: 0.9 });
    expect(check(97)?.message).toBe(
      "8 requests/s held the SLO, and 97.0 % of the window's requests held it (95 % interval 91.5 % to 99.0 %); at 9 requests/s 50.0 % of 60 requests held the SLO.",
    );
    expect(check(97, { ...found, over: 'concurrency' })?.message).toMatch(/^8 requests in flight held/);
  });

  it('is not valid where plainly too few requests of the window held, or nobody knows', () => {
    expect(check(60)).toMatchObject({ ok: false, severity: 'invalid', value: 0.6, limit: 0.9 });
    expect(check(60)?.message).toMatch(/less than the 90\.0 % asked for\. Raise workload\.search\.probe_s/);
    const unknown = search({ search: found, sloOutcomes: ['undecided'], workload });
    expect(unknown).toMatchObject({ ok: false, severity: 'invalid', value: null });
    expect(unknown?.message).toMatch(/no request could be told to hold .* Raise/);
  });

  it('has a warning where it is too close to tell: in the window, or in the search', () => {
    expect(check(88)).toMatchObject({ ok: false, severity: 'warning' });
    const undecided = { ...found, probes: [{ ...probe, decided: false }, missed] };
    expect(check(97, undecided)).toMatchObject({ ok: false, severity: 'warning' });
    expect(check(97, undecided)?.message).toMatch(/too few requests.*Raise workload\.search\.probe_s\.$/);
  });

  it('has a warning where the limit lies above, unless the window says that it lies below', () => {
    const highest = { ...found, above: null, probes: [probe] };
    expect(check(97, highest)).toMatchObject({ ok: false, severity: 'warning' });
    expect(check(97, highest)?.message).toMatch(/Raise workload\.search\.to\.$/);
    expect(check(60, highest)).toMatchObject({ severity: 'invalid' });
  });

  it('is no check of a run without a search', () => {
    expect(search({ search: null, sloOutcomes: null, workload })).toBeNull();
  });
});

it('tells of a search whose lowest load did not hold how far it was from that, and why', () => {
  const lowest = (more: Partial<LoadProbe>) =>
    nothingHeld({ over: 'rate', found: null, above: 9, probes: [{ ...missed, ...more }] });
  expect(lowest({})).toMatchObject({ id: 'search', ok: false, severity: 'invalid', value: 0.5 });
  expect(lowest({}).message).toBe(
    'The lowest load of the search did not hold: at 9 requests/s 50.0 % of 60 requests held the SLO. Lower workload.search.from, or loosen workload.search.slo.',
  );
  expect(lowest({ reason: 'overloaded', attainment: null }).message).toContain(
    'at 9 requests/s the backlog grew, and no request could be told to hold the SLO.',
  );
  expect(lowest({ reason: 'failures', failed: 5, errors: { reset: 5 } }).message).toContain(
    '5 requests failed (reset)',
  );
});
