/** A small plan and records that belong to it, for tests. */
import {
  energySchema,
  executionSchema,
  measureSchema,
  recordSchema,
  workloadSchema,
  type CheckResult,
  type EnergyQuality,
  type Experiment,
  type Measurement,
  type Plan,
  type PlannedRun,
  type RunRecord,
} from '@llem/core';

export const STUDY_HASH = '0123456789ab';

export function fixtureExperiment(id: string, minSeconds = 30): Experiment {
  return {
    id,
    label: `workload.concurrency=${id}`,
    asked: { model: 'llem/tiny-1m', backend: 'llamacpp' },
    factors: { 'workload.concurrency': id },
    model: 'llem/tiny-1m',
    backend: 'llamacpp',
    runner: null,
    devices: null,
    workload: workloadSchema.parse({}),
    measure: measureSchema.parse({ min_seconds: minSeconds }),
    options: { threads: 2 },
  };
}

export interface FixturePlan {
  readonly studyName?: string;
  readonly experiments?: readonly Experiment[];
  readonly cycles?: number;
  readonly order?: 'shuffled' | 'interleaved' | 'sequential';
  readonly precision?: { readonly precision: number; readonly max_cycles: number };
}

/** Two experiments, `aaa` and `bbb`, over three cycles where nothing else is asked for. */
export function fixturePlan(of: FixturePlan = {}): Plan {
  const experiments = of.experiments ?? [fixtureExperiment('aaa'), fixtureExperiment('bbb')];
  const cycles = of.cycles ?? 3;
  const runs = Array.from({ length: cycles }, (_, cycle) =>
    experiments.map((experiment) => ({ experimentId: experiment.id, cycle: cycle + 1, seed: cycle })),
  ).flat();
  return {
    schema: 'llem.plan/1',
    studyName: of.studyName ?? 'fixture',
    studyHash: STUDY_HASH,
    shuffleSeed: 7,
    experiments,
    skipped: [],
    merged: [],
    runs: runs.map((run, index) => ({ ...run, position: index + 1 })),
    execution: executionSchema.parse({ cycles, order: of.order ?? 'shuffled', ...of.precision }),
    energy: energySchema.parse({}),
    runners: {},
  };
}

export interface FixtureRecord {
  readonly attempt?: number;
  readonly status?: RunRecord['status'];
  readonly measurement?: Measurement | null;
  readonly checks?: readonly CheckResult[];
  readonly reasons?: Record<string, string>;
  readonly failureClass?: string;
  readonly search?: RunRecord['search'];
}

/** The record of an attempt at a planned run. It carries the id that a store gives it. */
export function fixtureRecord(run: PlannedRun, of: FixtureRecord = {}): RunRecord {
  const { position, experimentId, cycle, seed } = run;
  const attempt = of.attempt ?? 1;
  const status = of.status ?? 'completed';
  const checks = [...(of.checks ?? [check('window-length')])];
  return recordSchema.parse({
    schema: 'llem.record/1',
    runId: `${String(position).padStart(3, '0')}_${experimentId}_c${cycle}_a${attempt}`,
    experimentId,
    studyHash: STUDY_HASH,
    label: `workload.concurrency=${experimentId}`,
    cycle,
    position,
    attempt,
    session: 'boot-1',
    status,
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:05:05.000Z',
    seed,
    experiment: { model: 'llem/tiny-1m', workload: { concurrency: 8 } },
    engine: {
      backend: 'llamacpp',
      version: '1.0',
      command: ['serve'],
      container: null,
      image: null,
      files: [],
      kvCacheTokens: null,
      differences: [],
      model: null,
      service: 'fresh',
      serviceStart: null,
      facts: {},
    },
    runner: { type: 'local', why: 'default', options: {} },
    host: {
      os: 'Linux',
      kernel: '6',
      hostname: 'host',
      cpu: 'CPU',
      logicalCpus: 2,
      governor: null,
      memoryBytes: 8e9,
      node: '20.20.0',
      llem: '0.1.0',
      plugins: {},
    },
    dataset: null,
    devices: [],
    search: of.search ?? null,
    measurement:
      of.measurement !== undefined ? of.measurement : status === 'completed' ? fixtureMeasurement() : null,
    validity: {
      publishable: status === 'completed' && checks.every((one) => one.ok || one.severity !== 'invalid'),
      checks,
    },
    reasons: of.reasons ?? {},
    failure:
      status === 'failed'
        ? {
            type: 'start',
            class: of.failureClass ?? 'start-timeout',
            message: 'It did not start.',
            remedy: 'Look at the log.',
            logTail: [],
          }
        : null,
  });
}

export function check(id: string, failed: Partial<CheckResult> = {}): CheckResult {
  return {
    id,
    ok: true,
    severity: 'invalid',
    value: 1,
    limit: 1,
    message: `${id} was looked at.`,
    ...failed,
  };
}

export interface FixtureMeasurement {
  /** J per output token; null: no energy was measured. */
  readonly joulesPerOutputToken?: number | null;
  readonly adjustedPerOutputToken?: number;
  readonly quality?: EnergyQuality;
  readonly scope?: 'gpu' | 'cpu' | 'node';
  readonly outputTokensPerS?: number;
  /** Scales every latency; null: no latency was measured. */
  readonly latencyMs?: number | null;
  /** Requests that became due, a second. */
  readonly offeredPerS?: number;
  /** Share of the requests that held the SLO; without it there is none. */
  readonly sloAttainment?: number;
}

export function fixtureMeasurement(of: FixtureMeasurement = {}): Measurement {
  const perToken = of.joulesPerOutputToken === undefined ? 0.5 : of.joulesPerOutputToken;
  const scope = of.scope ?? 'cpu';
  const tokens = 1000;
  const total =
    perToken === null
      ? null
      : {
          joules: perToken * tokens,
          adjustedEdgeJ: 0.5,
          adjustedJ: (of.adjustedPerOutputToken ?? perToken / 2) * tokens,
          quality: of.quality ?? 'counter',
          edgeJ: 0.1,
          gainRel: 0.05,
          meanPowerW: (perToken * tokens) / 30,
          joulesPerOutputToken: perToken,
          joulesPerToken: perToken / 2,
          joulesPerRequest: perToken * 100,
        };
  const latency = of.latencyMs === undefined ? 10 : of.latencyMs;
  const stats =
    latency === null
      ? null
      : {
          count: 10,
          mean: latency,
          sd: 1,
          min: latency / 2,
          p50: latency,
          p90: latency,
          p95: latency,
          p99: latency * 2,
          max: latency * 3,
        };
  const outputTokensPerS = of.outputTokensPerS ?? 33;
  return {
    window: {
      kind: 'steady',
      startNs: 1e9,
      endNs: 31e9,
      durationS: 30,
      wallStart: '2026-01-02T03:04:15.000Z',
      warmup: { seconds: 10, requests: 20, endReason: 'steady' },
      gap: { seconds: 10, reached: 'time', temperatureC: null },
      settle: { seconds: 10.5, reached: 'steady' },
      cacheReset: 'done',
    },
    load: { concurrency: 8, ratePerS: null, threads: 1 },
    requests: {
      sent: 10,
      completed: 10,
      failed: 0,
      cancelled: 0,
      errors: {},
      completedInside: 10,
      conversationsInside: 10,
      unsent: 0,
    },
    tokens: {
      input: 1000,
      inputCached: 0,
      output: tokens,
      source: 'server',
      mismatch: 0,
      wrongLength: 0,
      wrongUsage: 0,
      wrongEvents: 0,
      uncounted: 0,
      counter: null,
      truncated: 10,
    },
    latency: {
      ttftMs: stats,
      itlMs: stats,
      tpotMs: stats,
      e2eMs: stats,
      scheduleDelayMs: stats,
      fromIntended: { ttftMs: stats, e2eMs: stats },
    },
    throughput: {
      outputTokensPerS,
      totalTokensPerS: 2 * outputTokensPerS,
      requestsPerS: outputTokensPerS / 100,
      outputTokensPerSByPart: [outputTokensPerS],
      meanInFlight: 8,
      offeredPerS: of.offeredPerS ?? outputTokensPerS / 100,
      goodputPerS: of.sloAttainment === undefined ? null : (of.sloAttainment * outputTokensPerS) / 100,
      sloAttainment: of.sloAttainment ?? null,
      backlogByPart: [8],
    },
    server: null,
    energy: {
      domains: [],
      totals: { gpu: null, cpu: null, dram: null, node: null, [scope]: total },
      headline: total ? scope : null,
      joulesPerOutputToken: total?.joulesPerOutputToken ?? null,
      joulesPerToken: total?.joulesPerToken ?? null,
      joulesPerRequest: total?.joulesPerRequest ?? null,
      wholeRun: {
        durationS: 40,
        outputTokens: 1200,
        inputTokens: 1200,
        joules: null,
        joulesPerOutputToken: null,
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
}

/** The planned run at a position, from 1. */
export function runAt(plan: Plan, position: number): PlannedRun {
  const run = plan.runs[position - 1];
  if (!run) throw new Error(`The plan has no run ${position}.`);
  return run;
}
