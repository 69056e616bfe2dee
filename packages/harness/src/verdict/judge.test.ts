import { isPublishable, type CheckResult, type EnergyTotal, type Measurement } from '@llem/core';
import { describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.js';
import { judge } from './judge.js';

const total: EnergyTotal = {
  joules: 3000,
  adjustedJ: 2000,
  quality: 'counter',
  edgeJ: 3,
  gainRel: 0.05,
  meanPowerW: 100,
  joulesPerOutputToken: 0.5,
  joulesPerToken: 0.3,
  joulesPerRequest: 30,
};

/** A run to which there is nothing to object. */
const good: Measurement = {
  window: {
    kind: 'steady',
    startNs: 0,
    endNs: 30e9,
    durationS: 30,
    wallStart: '2026-01-01T00:00:00.000Z',
    warmup: { seconds: 20, requests: 100, endReason: 'steady' },
    gap: { seconds: 10 },
  },
  requests: { sent: 100, completed: 100, failed: 0, cancelled: 0, errors: {}, completedInside: 100 },
  tokens: { input: 4000, inputCached: 0, output: 6000, source: 'server', mismatch: 0, wrongLength: 0 },
  latency: { ttftMs: null, itlMs: null, tpotMs: null, e2eMs: null },
  throughput: {
    outputTokensPerS: 200,
    totalTokensPerS: 333,
    requestsPerS: 3.3,
    outputTokensPerSByPart: [200, 201, 199, 200, 202, 198, 200, 201, 199, 200],
    meanInFlight: 7.9,
  },
  energy: {
    domains: [
      {
        id: 'cpu:package-0',
        scope: 'cpu',
        name: 'package-0',
        meter: 'rapl',
        joules: 3000,
        quality: 'counter',
        edgeJ: 3,
        gainRel: 0.05,
        meanPowerW: 100,
        maxPowerW: 110,
        samples: 300,
        idle: { bareW: 20, loadedW: 30, sdW: 1, ageS: 60 },
        adjustedJ: 2000,
        overlaps: [],
        reason: null,
      },
    ],
    totals: { gpu: null, cpu: total, dram: null, node: null },
    headline: 'cpu',
    joulesPerOutputToken: 0.5,
    joulesPerToken: 0.3,
    joulesPerRequest: 30,
    wholeRun: {
      durationS: 60,
      outputTokens: 9000,
      inputTokens: 6000,
      joules: 5000,
      joulesPerOutputToken: 0.55,
    },
  },
  harness: {
    cpuS: 1,
    loadThreadUtilization: 0.1,
    ticks: 300,
    lateTicks: 0,
    missedTicks: 0,
    failedReadings: 0,
    lostReadings: 0,
  },
};

const evidence: Evidence = {
  measurement: good,
  workload: { concurrency: 8, input_tokens: 40, output_tokens: 60, seed: 0 },
  model: {
    name: 'm',
    revision: 'abc',
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
  },
  engineVersion: '1.0',
  headline: total,
  headlineDomains: good.energy.domains,
  longestReadingGapS: 0.2,
  missedTickShare: 0,
  logicalCpus: 64,
  leftOut: [],
};

const withMeasurement = (more: Partial<Measurement>): Evidence => ({
  ...evidence,
  measurement: { ...good, ...more },
});
const find = (results: readonly CheckResult[], id: string) => results.find((result) => result.id === id);

it('finds nothing to object to in a good run, and calls it publishable', () => {
  const results = judge(evidence);
  expect(results.filter((result) => !result.ok)).toEqual([]);
  expect(isPublishable(results)).toBe(true);
});

it('publishes nothing that was not checked', () => {
  expect(isPublishable([])).toBe(false);
});

const slope = [200, 203, 206, 209, 212, 215, 218, 221, 224, 227];
const invalid: readonly [string, string, Evidence][] = [
  ['window-length', 'a short window', withMeasurement({ window: { ...good.window, durationS: 29.9 } })],
  [
    'window-length',
    'too few completions',
    withMeasurement({ requests: { ...good.requests, completedInside: 39 } }),
  ],
  [
    'steady',
    'a trend',
    withMeasurement({ throughput: { ...good.throughput, outputTokensPerSByPart: slope } }),
  ],
  ['steady', 'idle slots', withMeasurement({ throughput: { ...good.throughput, meanInFlight: 6.3 } })],
  ['headline-energy', 'no energy', { ...evidence, headline: null }],
  ['headline-energy', 'an estimate', { ...evidence, headline: { ...total, quality: 'estimated' } }],
  ['plausible', 'no joules', { ...evidence, headline: { ...total, joulesPerToken: 0 } }],
  ['plausible', 'absurd joules', { ...evidence, headline: { ...total, joulesPerToken: 101 } }],
  ['counter-coverage', 'a gap in the readings', { ...evidence, longestReadingGapS: 3.1 }],
  [
    'negative-energy',
    'a counter that went backwards',
    withMeasurement({
      energy: {
        ...good.energy,
        domains: good.energy.domains.map((domain) => ({
          ...domain,
          joules: null,
          reason: 'the counter went backwards inside the window',
        })),
      },
    }),
  ],
  [
    'requests',
    'a failed request',
    withMeasurement({ requests: { ...good.requests, failed: 1, errors: { 'http-500': 1 } } }),
  ],
  ['tokens', 'a wrong length', withMeasurement({ tokens: { ...good.tokens, wrongLength: 1 } })],
  ['tokens', 'counts that differ', withMeasurement({ tokens: { ...good.tokens, mismatch: -0.02 } })],
  ['cache', 'cached prompts', withMeasurement({ tokens: { ...good.tokens, inputCached: 100 } })],
  [
    'load-generator',
    'a saturated load thread',
    withMeasurement({ harness: { ...good.harness, loadThreadUtilization: 0.95 } }),
  ],
  ['provenance', 'an unknown engine', { ...evidence, engineVersion: null }],
];

describe('a run is not publishable for', () => {
  it.each(invalid)('%s: %s', (id, _, against) => {
    const results = judge(against);
    const result = find(results, id);
    expect(result).toMatchObject({ ok: false, severity: 'invalid' });
    expect(isPublishable(results)).toBe(false);
    expect(result?.message).toMatch(/\. [A-Z`][^.]+.*\.$/);
  });
});

const warned: readonly [string, string, Evidence][] = [
  ['headline-energy', 'integrated power', { ...evidence, headline: { ...total, quality: 'integrated' } }],
  [
    'counter-coverage',
    'few readings',
    { ...evidence, headlineDomains: good.energy.domains.map((domain) => ({ ...domain, samples: 9 })) },
  ],
  ['counter-coverage', 'missed ticks', { ...evidence, missedTickShare: 0.06 }],
  [
    'cache',
    'an engine that does not tell',
    withMeasurement({ tokens: { ...good.tokens, inputCached: null } }),
  ],
  ['load-generator', 'a busy llem', { ...evidence, logicalCpus: 0.5 }],
  ['model', 'random weights', { ...evidence, model: { ...evidence.model, randomWeights: true } }],
  ['model', 'a model that is not pinned', { ...evidence, model: { ...evidence.model, revision: null } }],
  [
    'idle',
    'an idle that had no readings',
    {
      ...evidence,
      headlineDomains: good.energy.domains.map((domain) => ({
        ...domain,
        idle: { ...domain.idle, bareW: null },
      })),
    },
  ],
  ['idle', 'a phase left out', { ...evidence, leftOut: ['idle_bare_s'] }],
];

describe('a run stays publishable with a warning for', () => {
  it.each(warned)('%s: %s', (id, _, against) => {
    const results = judge(against);
    expect(find(results, id)).toMatchObject({ ok: false, severity: 'warning' });
    expect(isPublishable(results)).toBe(true);
  });
});

it('does not take noise for a trend', () => {
  const noisy = [200, 230, 190, 225, 195, 235, 200, 228, 192, 240];
  const results = judge(
    withMeasurement({ throughput: { ...good.throughput, outputTokensPerSByPart: noisy } }),
  );
  expect(find(results, 'steady')?.ok).toBe(true);
});
