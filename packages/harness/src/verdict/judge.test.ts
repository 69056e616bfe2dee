import {
  isPublishable,
  workloadSchema,
  type CheckResult,
  type DatasetFacts,
  type DatasetRecords,
  type EnergyDomain,
  type EnergyTotal,
  type Measurement,
  type SearchResult,
  type Settle,
  type Stats,
} from '@llem/core';
import { describe, expect, it } from 'vitest';
import { COUNTER_NOT_BRACKETED } from '../energy/device.js';
import type { Evidence } from './evidence.js';
import { judge } from './judge.js';

const total: EnergyTotal = {
  joules: 3000,
  adjustedJ: 2000,
  adjustedEdgeJ: 20,
  quality: 'counter',
  edgeJ: 3,
  gainRel: 0.05,
  meanPowerW: 100,
  joulesPerOutputToken: 0.5,
  joulesPerToken: 0.3,
  joulesPerRequest: 30,
};

const stats = (p50: number): Stats => ({
  count: 100,
  mean: p50,
  sd: 1,
  min: p50,
  p50,
  p90: p50,
  p95: p50,
  p99: p50,
  max: p50,
});

/** A run to which there is nothing to object. */
const good: Measurement = {
  window: {
    kind: 'steady',
    startNs: 0,
    endNs: 30e9,
    durationS: 30,
    wallStart: '2026-01-01T00:00:00.000Z',
    warmup: { seconds: 20, requests: 100, endReason: 'steady' },
    gap: { seconds: 10, reached: 'time', temperatureC: null },
    settle: { seconds: 10.5, reached: 'steady' },
    cacheReset: 'done',
  },
  load: { concurrency: 8, ratePerS: null, threads: 1 },
  requests: {
    sent: 100,
    completed: 100,
    failed: 0,
    cancelled: 0,
    errors: {},
    completedInside: 100,
    conversationsInside: 100,
    unsent: 0,
  },
  tokens: {
    input: 4000,
    inputCached: 0,
    output: 6000,
    source: 'server',
    mismatch: 0,
    wrongLength: 0,
    wrongUsage: 0,
    wrongEvents: 0,
    uncounted: 0,
    counter: { durationS: 28, server: 5600, client: 5601, mismatch: 0 },
    truncated: 0,
  },
  latency: {
    ttftMs: null,
    itlMs: null,
    tpotMs: null,
    e2eMs: stats(2_400),
    scheduleDelayMs: stats(0.1),
    fromIntended: { ttftMs: null, e2eMs: null },
  },
  throughput: {
    outputTokensPerS: 200,
    totalTokensPerS: 333,
    requestsPerS: 3.3,
    outputTokensPerSByPart: [200, 201, 199, 200, 202, 198, 200, 201, 199, 200],
    meanInFlight: 7.9,
    offeredPerS: 3.3,
    goodputPerS: null,
    sloAttainment: null,
    backlogByPart: [8, 8, 8, 8, 8, 8, 8, 8, 8, 8],
  },
  server: {
    meanRunning: 7.8,
    meanWaiting: 0,
    meanKvUse: 0.1,
    preemptions: 0,
    cachedTokens: 0,
    acceptanceRate: null,
    coverage: 1,
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
        counter: { joules: 3000, edgeJ: 3, gainRel: 0.05, samples: 300, longestGapS: 0.2, stepMs: null },
        integral: null,
        divergence: null,
        meanPowerW: 100,
        maxPowerW: 110,
        samples: 300,
        idle: {
          bare: { watts: 20, sdW: 1, durationS: 10, ageS: 90 },
          loaded: { watts: 30, sdW: 1, durationS: 10, ageS: 60 },
        },
        adjustedJ: 2000,
        adjustedEdgeJ: 20,
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
  memory: null,
  thermal: null,
  devices: [],
  harness: {
    cpuS: 1,
    foreignCpu: 0,
    neighbours: [],
    loadThreadUtilization: 0.1,
    arrivalClock: 'kernel',
    ticks: 300,
    lateTicks: 0,
    missedTicks: 0,
    failedReadings: 0,
    lostReadings: 0,
    sampler: { share: 0.01, latenessMs: { p50: 0.1, p99: 0.5, max: 2 }, channels: [] },
  },
};

const evidence: Evidence = {
  measurement: good,
  workload: workloadSchema.parse({ concurrency: 8, input_tokens: 40, output_tokens: 60 }),
  search: null,
  dataset: { revision: null, hash: null, prompts: null, sharedPrefix: false, repeats: false, records: null },
  overload: null,
  sloOutcomes: null,
  sentLateP99Ms: 0.1,
  conversationP50S: 2.4,
  settledBeforeBareIdle: ['steady'],
  powerByPartW: [100, 101, 99, 100, 100, 101, 99, 100, 100, 101],
  tellsMetrics: true,
  serverReasons: {},
  engineGpus: [],
  partitionedGpus: [],
  machineCores: 8,
  deviceReasons: {},
  model: {
    name: 'm',
    revision: 'abc',
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
  },
  engineVersion: '1.0',
  engineDifferences: [],
  askedOptions: [],
  attached: null,
  headline: total,
  headlineDomains: good.energy.domains,
  powerLimitsW: {},
  missedTickShare: 0,
  logicalCpus: 64,
  leftOut: [],
};

const NO_RECORDS: DatasetFacts = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};

const withMeasurement = (more: Partial<Measurement>): Evidence => ({
  ...evidence,
  measurement: { ...good, ...more },
});
/** Of the headline's one domain. */
const withDomain = (more: Partial<EnergyDomain>): Evidence => ({
  ...evidence,
  headlineDomains: evidence.headlineDomains.map((domain) => ({ ...domain, ...more })),
});
const source = (
  more: Partial<NonNullable<EnergyDomain['counter']>>,
): NonNullable<EnergyDomain['counter']> => ({
  joules: 3000,
  edgeJ: 3,
  gainRel: 0.05,
  samples: 300,
  longestGapS: 0.2,
  stepMs: 100,
  ...more,
});
/** Counter and integral that differ. */
const apart = (divergence: number, averagedMs: number | null = null): Partial<EnergyDomain> => ({
  integral: { ...source({}), averagedMs },
  divergence,
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

const withServer = (more: Partial<NonNullable<Measurement['server']>>): Evidence =>
  withMeasurement({ server: good.server && { ...good.server, ...more } });
const withTokens = (more: Partial<Measurement['tokens']>, of: Partial<Measurement> = {}): Evidence =>
  withMeasurement({ ...of, tokens: { ...good.tokens, ...more } });
/** 5,600 tokens arrived while the engine counted so many. */
const counted = (server: number, mismatch: number) => ({ durationS: 28, server, client: 5_600, mismatch });
const withDataset = (facts: Partial<DatasetFacts>, of: Evidence = evidence): Evidence => ({
  ...of,
  dataset: evidence.dataset && { ...evidence.dataset, ...facts },
});
/** Of a source of a hundred records. */
const recordsOf = (more: Partial<DatasetRecords>): DatasetRecords => ({
  read: 100,
  used: 98,
  shortened: 0,
  leftOut: {},
  measured: true,
  ...more,
});
const idlePower = { watts: 20, sdW: 1, durationS: 10, ageS: 90 };
const withIdle = (more: Partial<EnergyDomain['idle']>): Evidence => ({
  ...evidence,
  headlineDomains: good.energy.domains.map((domain) => ({ ...domain, idle: { ...domain.idle, ...more } })),
});
const withSettle = (settle: Settle) => withMeasurement({ window: { ...good.window, settle } });
const overload = (overloaded: boolean) => ({
  overloaded,
  growth: { requests: overloaded ? 40 : 1, share: overloaded ? 0.4 : 0.01, deviations: overloaded ? 9 : 0.1 },
});
/** The same run as an open loop of three requests a second. */
const openLoop = (more: Partial<Evidence>): Evidence => ({
  ...evidence,
  measurement: { ...good, load: { concurrency: null, ratePerS: 3, threads: 1 } },
  workload: workloadSchema.parse({ arrival: { process: 'poisson', rate: 3 } }),
  overload: overload(false),
  ...more,
});
const notReset: Measurement['window'] = { ...good.window, cacheReset: 'refused' };
const slope = [200, 203, 206, 209, 212, 215, 218, 221, 224, 227];
const invalid: readonly [string, string, Evidence][] = [
  ['meter-agreement', 'a counter that jumped', withDomain(apart(0.26))],
  ['window-length', 'a short window', withMeasurement({ window: { ...good.window, durationS: 29.9 } })],
  [
    'window-length',
    'too few completions',
    withMeasurement({ requests: { ...good.requests, completedInside: 39, conversationsInside: 39 } }),
  ],
  [
    'window-length',
    'too few whole conversations, however many turns',
    withMeasurement({ requests: { ...good.requests, conversationsInside: 39 } }),
  ],
  [
    'steady',
    'a trend',
    withMeasurement({ throughput: { ...good.throughput, outputTokensPerSByPart: slope } }),
  ],
  [
    'steady',
    'idle slots',
    withMeasurement({ throughput: { ...good.throughput, meanInFlight: 6.3 }, server: null }),
  ],
  [
    'steady',
    'idle slots of an engine that tells other things',
    withMeasurement({
      server: good.server && { ...good.server, meanRunning: null },
      throughput: { ...good.throughput, meanInFlight: 6.3 },
    }),
  ],
  ['steady', 'requests that wait inside of the engine', withServer({ meanRunning: 6.3, meanWaiting: 1.7 })],
  ['steady', 'power that drifts', { ...evidence, powerByPartW: slope }],
  ['steady', 'an open loop that drifts', { ...openLoop({}), powerByPartW: slope }],
  ['window-length', 'a window shorter than five requests', { ...evidence, conversationP50S: 6.1 }],
  ['overloaded', 'a backlog that grows', openLoop({ overload: overload(true) })],
  [
    'overloaded',
    'a recorded trace that is too fast',
    {
      ...openLoop({ overload: overload(true) }),
      measurement: { ...good, load: { ...good.load, concurrency: null } },
    },
  ],
  ['headline-energy', 'no energy', { ...evidence, headline: null }],
  ['headline-energy', 'an estimate', { ...evidence, headline: { ...total, quality: 'estimated' } }],
  ['plausible', 'no joules', { ...evidence, headline: { ...total, joulesPerToken: 0 } }],
  ['plausible', 'absurd joules', { ...evidence, headline: { ...total, joulesPerToken: 101 } }],
  ['counter-coverage', 'a gap in the readings', withDomain({ counter: source({ longestGapS: 3.1 }) })],
  [
    'counter-coverage',
    'an integral in place of a counter whose edges are open',
    withDomain({
      counter: null,
      integral: { ...source({}), averagedMs: null },
      quality: 'integrated',
      reason: `${COUNTER_NOT_BRACKETED}; power was integrated instead`,
    }),
  ],
  [
    'counter-coverage',
    'no figure where the edges are open',
    { ...withDomain({ counter: null, joules: null, reason: COUNTER_NOT_BRACKETED }), headline: null },
  ],
  ['plausible', 'more power than the limit', { ...evidence, powerLimitsW: { 'cpu:package-0': 90 } }],
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
  [
    'requests',
    'a request that was cut off',
    withMeasurement({ requests: { ...good.requests, cancelled: 2 } }),
  ],
  ['tokens', 'a wrong length', withMeasurement({ tokens: { ...good.tokens, wrongLength: 1 } })],
  ['tokens', 'usage and events that differ', withTokens({ mismatch: -0.02 })],
  ['tokens', 'a usage that cannot be right', withTokens({ mismatch: -0.02, wrongUsage: 3 })],
  ['tokens', 'events that bear several tokens', withTokens({ mismatch: -0.02, wrongEvents: 3 })],
  ['tokens', 'tokens that somebody else was sent', withTokens({ counter: counted(6_000, -0.05) })],
  ['tokens', 'more tokens than the engine has counted', withTokens({ counter: counted(5_000, 0.1) })],
  ['cache', 'cached prompts', withMeasurement({ tokens: { ...good.tokens, inputCached: 100 } })],
  [
    'load-generator',
    'a saturated load thread',
    withMeasurement({ harness: { ...good.harness, loadThreadUtilization: 0.95 } }),
  ],
  ['load-generator', 'requests sent late', { ...evidence, sentLateP99Ms: 10.1 }],
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
  ['meter-agreement', 'a counter below integrated power', withDomain(apart(-0.06))],
  ['meter-agreement', 'a counter above integrated power', withDomain(apart(0.06))],
  ['counter-coverage', 'missed ticks', { ...evidence, missedTickShare: 0.06 }],
  [
    'cache',
    'an engine that does not tell',
    withMeasurement({ tokens: { ...good.tokens, inputCached: null } }),
  ],
  [
    'cache',
    'conversations that did not hit it',
    { ...evidence, workload: workloadSchema.parse({ concurrency: 8, turns: 4 }) },
  ],
  [
    'cache',
    'a trace that did not hit it',
    withDataset({ sharedPrefix: true }, withTokens({ inputCached: 40 })),
  ],
  [
    'cache',
    'an engine that does not tell whether conversations hit it',
    {
      ...withTokens({ inputCached: null }),
      workload: workloadSchema.parse({ concurrency: 8, turns: 4 }),
    },
  ],
  [
    'cache',
    'prompts that come again, of which nobody tells whether they hit',
    withDataset(
      { repeats: true },
      withMeasurement({ window: notReset, tokens: { ...good.tokens, inputCached: null } }),
    ),
  ],
  ['dataset', 'prompts that were left out', withDataset({ records: recordsOf({ leftOut: { empty: 2 } }) })],
  ['dataset', 'conversations that were cut short', withDataset({ records: recordsOf({ shortened: 2 }) })],
  ['tokens', 'answers cut off at their longest', withTokens({ truncated: 31 })],
  [
    'tokens',
    'events that were counted for tokens',
    withTokens({ source: 'client', mismatch: null, uncounted: 100, counter: null }),
  ],
  [
    'tokens',
    'a usage that nothing could be held against',
    {
      ...withTokens({ mismatch: null, counter: null }),
      workload: workloadSchema.parse({ concurrency: 8, ignore_eos: false }),
    },
  ],
  [
    'tokens',
    'no answer to compare',
    withTokens({ mismatch: null, counter: null }, { requests: { ...good.requests, completed: 0 } }),
  ],
  ['load-generator', 'requests sent a little late', { ...evidence, sentLateP99Ms: 1.1 }],
  ['scrape', 'a server that told little', withServer({ coverage: 0.74 })],
  ['scrape', 'a server that told nothing', withMeasurement({ server: null })],
  ['load-generator', 'a busy llem', { ...evidence, logicalCpus: 0.5 }],
  ['model', 'random weights', { ...evidence, model: { ...evidence.model, randomWeights: true } }],
  ['model', 'a model that is not pinned', { ...evidence, model: { ...evidence.model, revision: null } }],
  ['idle', 'a bare idle that had no readings', withIdle({ bare: null })],
  ['idle', 'a loaded idle that had no readings', withIdle({ loaded: null })],
  ['idle', 'power that did not come to rest', withSettle({ seconds: 60, reached: 'cap' })],
  [
    'idle',
    'power of which nobody knows whether it was at rest',
    withSettle({ seconds: 5, reached: 'unknown' }),
  ],
  [
    'idle',
    'power that did not come to rest before bare idle',
    { ...evidence, settledBeforeBareIdle: ['cap'] },
  ],
  ['idle', 'less power with the model than without', withIdle({ loaded: { ...idlePower, watts: 17 } })],
  ['idle', 'a bare idle of more than an hour ago', withIdle({ bare: { ...idlePower, ageS: 3_601 } })],
  [
    'idle',
    'an idle too uncertain to be subtracted',
    { ...evidence, headline: { ...total, adjustedEdgeJ: 60 } },
  ],
  ['idle', 'a window that took less than idle', { ...evidence, headline: { ...total, adjustedJ: -1000 } }],
  [
    'as-asked',
    'an engine that chose otherwise',
    { ...evidence, engineDifferences: [{ option: 'e.dtype', asked: 'auto', actual: 'half' }] },
  ],
  ['idle', 'a phase left out', { ...evidence, leftOut: ['idle_bare_s'] }],
];

describe('a run stays publishable with a warning for', () => {
  it.each(warned)('%s: %s', (id, _, against) => {
    const results = judge(against);
    const result = find(results, id);
    expect(result).toMatchObject({ ok: false, severity: 'warning' });
    expect(result?.message).toMatch(/[.:] [A-Z`][^.]+.*\.$/);
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

it('says of slots that are not in use whether the engine told so or the client saw it', () => {
  const seen = withMeasurement({ throughput: { ...good.throughput, meanInFlight: 6.3 }, server: null });
  expect(find(judge(seen), 'steady')?.message).toContain('On average 6.3 of 8 requests were in flight.');
  const told = find(judge(withServer({ meanRunning: 6.3, meanWaiting: 1.7 })), 'steady');
  expect(told?.message).toContain('On average 6.3 of 8 requests ran in the engine.');
});

const passes: readonly [string, string, Evidence][] = [
  ['overloaded', 'an open loop without a backlog', openLoop({})],
  ['steady', 'an engine that tells less than the client sees', withServer({ meanRunning: null })],
  [
    'steady',
    'four slots of five in use, as the engine tells',
    withServer({ meanRunning: 6.4, meanWaiting: 1.6 }),
  ],
  ['steady', 'an engine that counts at bad moments, where nothing waits', withServer({ meanRunning: 0.9 })],
  [
    'steady',
    'four slots of five in use, as the client sees',
    withMeasurement({ throughput: { ...good.throughput, meanInFlight: 6.4 }, server: null }),
  ],
  [
    'steady',
    'few in flight in an open loop',
    { ...openLoop({}), measurement: { ...good, throughput: { ...good.throughput, meanInFlight: 0.1 } } },
  ],
  ['steady', 'an unknown power', { ...evidence, powerByPartW: null }],
  [
    'window-length',
    'an open loop of thirty completions',
    {
      ...openLoop({}),
      measurement: { ...good, requests: { ...good.requests, completedInside: 30, conversationsInside: 30 } },
    },
  ],
  [
    'cache',
    'hits of a prefix that was asked for',
    {
      ...withTokens({ inputCached: 3_000 }),
      workload: workloadSchema.parse({ concurrency: 8, input_tokens: 40, shared_prefix_tokens: 30 }),
    },
  ],
  [
    'cache',
    'hits of a prefix that the data set brings',
    withDataset({ sharedPrefix: true }, withTokens({ inputCached: 41 })),
  ],
  [
    'cache',
    'hits of earlier turns',
    { ...withTokens({ inputCached: 3_000 }), workload: workloadSchema.parse({ concurrency: 8, turns: 4 }) },
  ],
  ['cache', 'prompts that come again after a reset', withDataset({ repeats: true })],
  [
    'dataset',
    'one prompt in a hundred left out',
    withDataset({ records: recordsOf({ leftOut: { empty: 1 } }) }),
  ],
  [
    'cache',
    'prompts that come again and did not hit',
    withDataset({ repeats: true }, withMeasurement({ window: notReset })),
  ],
  ['plausible', 'a little more power than the limit', { ...evidence, powerLimitsW: { 'cpu:package-0': 95 } }],
  ['meter-agreement', 'two sources that differ a little', withDomain(apart(-0.04))],
  [
    'counter-coverage',
    'power that stands alone',
    withDomain({ counter: null, ...apart(0), divergence: null }),
  ],
  ['tokens', 'a few answers cut off', withTokens({ truncated: 30 })],
  ['tokens', 'events that may bear several tokens', withTokens({ mismatch: null, counter: null })],
  [
    'tokens',
    'answers without a usage where the counter agrees',
    withTokens({ mismatch: null, uncounted: 100 }),
  ],
  ['tokens', 'one answer whose usage is a little off', withTokens({ mismatch: 0.0001, wrongUsage: 1 })],
  ['load-generator', 'nothing that could have been late', { ...evidence, sentLateP99Ms: null }],
];

describe('a run is not blamed for', () => {
  it.each(passes)('%s: %s', (id, _, of) => {
    expect(find(judge(of), id)).toMatchObject({ ok: true });
  });
});

it('leaves out what does not apply: overload of a closed loop, a search that was none, metrics that nobody tells', () => {
  const ids = judge({ ...evidence, tellsMetrics: false }).map(({ id }) => id);
  expect(ids).not.toContain('overloaded');
  expect(ids).not.toContain('search');
  expect(ids).not.toContain('scrape');
});

it('compares a counter with the mean of some time only over a window in which the edges no longer matter', () => {
  const of = (averagedMs: number) => find(judge(withDomain(apart(0.06, averagedMs))), 'meter-agreement');
  expect(of(1_500)?.ok).toBe(false);
  expect(of(1_501)).toBeUndefined();
  expect(find(judge(evidence), 'meter-agreement')).toBeUndefined();
});

it('says how many records of a data set are not used and why, and nothing of one that is made', () => {
  const records = recordsOf({ used: 60, shortened: 1, leftOut: { 'prompt-too-long': 30, empty: 10 } });
  const check = find(judge(withDataset({ records })), 'dataset');
  expect(check?.value).toBe(0.41);
  expect(check?.message).toContain(
    '41 of the 100 records of the data set (41.0 %) are left out or cut short (prompt-too-long: 30, empty: 10, conversations cut short: 1)',
  );
  expect(judge(evidence).map(({ id }) => id)).not.toContain('dataset');
});

it('says which count of tokens is wrong, and names those that agree', () => {
  const said = (more: Partial<Measurement['tokens']>) => find(judge(withTokens(more)), 'tokens')?.message;
  expect(said({ mismatch: -0.02, wrongUsage: 3 })).toContain("The engine's usage is wrong");
  expect(said({ mismatch: -0.02, wrongEvents: 3 })).toContain('Not every token came in an event of its own');
  expect(said({ mismatch: -0.02 })).toContain('One of two counts');
  expect(said({})).toBe(
    "Every completed request has the output that was asked for. Usage and events agree within 0.0 %. The engine's own counter agrees with what arrived.",
  );
  expect(said({ mismatch: null, counter: null })).toBe(
    'Every completed request has the output that was asked for.',
  );
});

it('says of an overload what was offered and answered, and below which rate to go', () => {
  const message = find(judge(openLoop({ overload: overload(true) })), 'overloaded')?.message;
  expect(message).toMatch(
    /offered 3\.30 requests\/s and answered 3\.30 .* Lower workload\.arrival\.rate below 3\.30/,
  );
  const search: SearchResult = { over: 'rate', found: 3, above: 3.1, probes: [] };
  const found = find(judge({ ...openLoop({ overload: overload(true) }), search }), 'overloaded')?.message;
  expect(found).toMatch(/Raise workload\.search\.probe_s/);
});

it('says once why a device that was lost has no energy', () => {
  const reason = `${COUNTER_NOT_BRACKETED} (7 of its readings failed: the GPU is lost)`;
  const lost = withDomain({ counter: null, joules: null, reason });
  const measurement = { ...good, energy: { ...good.energy, domains: [...lost.headlineDomains] } };
  const checks = judge({ ...lost, measurement, headline: null });
  const telling = checks.filter(({ message }) => message.includes('the GPU is lost'));
  expect(telling.map(({ id }) => id)).toEqual(['headline-energy']);
});

describe('a server that llem did not start', () => {
  const attached = { wasBusy: false, isBilled: true, others: { readings: 15, over: 0, most: 0 } };
  const { domains } = good.energy;
  const noBareIdle = withDomain({ idle: { bare: null, loaded: domains[0]?.idle.loaded ?? null } });
  const of = (more: Partial<Evidence> = {}): CheckResult[] =>
    judge({ ...evidence, headlineDomains: noBareIdle.headlineDomains, attached, ...more });
  const find = (checks: readonly CheckResult[], id: string) => checks.find((one) => one.id === id);

  it('may be published, with warnings that its model and its bare idle are not known', () => {
    const checks = of();
    expect(isPublishable(checks)).toBe(true);
    expect(checks.filter(({ ok }) => !ok).map(({ id, severity }) => [id, severity])).toEqual([
      ['model', 'warning'],
      ['idle', 'warning'],
    ]);
    expect(find(checks, 'idle')?.message).toContain('the server ran already');
    expect(find(checks, 'exclusive-server')?.ok).toBe(true);
  });

  it('is no more asked for a bare idle that the study leaves out', () => {
    expect(find(of({ leftOut: ['warmup.max_s'] }), 'idle')?.message).not.toContain('idle_bare_s');
  });

  it('has no energy that may be published unless the study says that it is here, and no idle to speak of', () => {
    const nothing = { gpu: null, cpu: null, dram: null, node: null };
    const checks = of({
      attached: { ...attached, isBilled: false },
      headline: null,
      headlineDomains: [],
      measurement: { ...good, energy: { ...good.energy, domains: [], totals: nothing, headline: null } },
    });
    expect(find(checks, 'headline-energy')).toMatchObject({ ok: false, severity: 'invalid', value: null });
    expect(find(checks, 'headline-energy')?.message).toContain('write `devices`');
    expect(find(checks, 'idle')).toBeUndefined();
  });

  it.each<[string, Partial<NonNullable<Evidence['attached']>>, boolean, string]>([
    ['seen inside', { others: { readings: 15, over: 3, most: 2 } }, false, 'invalid'],
    ['seen inside for a moment', { others: { readings: 15, over: 1, most: 2 } }, true, 'invalid'],
    ['seen before', { wasBusy: true }, false, 'warning'],
    ['not to be seen', { others: null }, false, 'warning'],
  ])('that others were %s on it is judged', (_, more, ok, severity) => {
    const found = find(of({ attached: { ...attached, ...more } }), 'exclusive-server');
    expect(found).toMatchObject({ ok, severity });
  });

  it('that runs otherwise than the study says is told to have been attached', () => {
    const engineDifferences = [{ option: 'vllm.dtype', asked: 'half', actual: 'bfloat16' }];
    const told = find(of({ engineDifferences }), 'as-asked');
    expect(told).toMatchObject({ ok: false, severity: 'warning' });
    expect(told?.message).toMatch(/^The server was started by somebody else, .*vllm\.dtype/);
    const untold = find(of({ askedOptions: ['max_num_seqs'] }), 'as-asked');
    expect(untold?.ok).toBe(true);
    expect(untold?.message).toContain('(max_num_seqs) is true as far as it tells');
  });

  it('may know the prompts of a data set that has no others, where its cache was not emptied', () => {
    const dataset = { ...NO_RECORDS, prompts: 500 };
    const unknown = withMeasurement({
      tokens: { ...good.tokens, inputCached: null },
      window: { ...good.window, cacheReset: 'unsupported' },
    });
    const found = find(judge({ ...unknown, dataset, attached }), 'cache');
    expect(found).toMatchObject({ ok: false, severity: 'warning', value: 'unsupported' });
    expect(found?.message).toContain('since an earlier run');
    const made = find(judge({ ...unknown, dataset: NO_RECORDS, attached }), 'cache');
    expect(made?.message).not.toContain('since an earlier run');
  });
});

it('an estimate is told with the meter it is of, whatever that estimates from', () => {
  const estimated = withDomain({ meter: 'acme-model', quality: 'estimated' });
  const checks = judge({ ...estimated, headline: { ...total, quality: 'estimated' } });
  const { message } = checks.find(({ id }) => id === 'headline-energy') ?? { message: '' };
  expect(message).toMatch(/^Energy is not measured: it is an estimate of the meter "acme-model"\. Give llem/);
  expect(message).not.toContain('processor');
});
