/** A whole plan on a simulated engine and a meter of known power, with everything that it says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createInstance,
  energySchema,
  executionSchema,
  llemError,
  measureSchema,
  recordSchema,
  workloadSchema,
  type Backend,
  type Experiment,
  type LlemEvent,
  type Plan,
  type PlannedRun,
  type PluginRef,
  type Runner,
  type RunRecord,
  type RunTables,
  type TableParts,
} from '@llem/core';
import {
  SIMULATED_METER_URL,
  simulatedDialect,
  simulatedModel,
  startSimulatedEngine,
  type EngineOptionsInput,
  type SimulatedEngine,
} from '@llem/testkit';
import { expect } from 'vitest';
import type { ExecuteRequest } from '../dist/index.js';
import * as prompts from './prompts.mjs';

export const GPU_W = 300;
export const CPU_W = 40;
export const LIMIT_MS = 90_000;
/** No idle, and hardly a warm-up, where the load is what is tested. */
export const QUICK = { min_seconds: 2, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 1 } };

export const backend: Backend = {
  computesOn: 'gpu',
  constraints: () => [],
  prepare: () => Promise.resolve({ modelRef: 'simulated', model: simulatedModel }),
  service: (_experiment, _artifacts, target) => ({
    command: ['simulated'],
    env: {},
    target,
    readiness: { path: '/health', intervalMs: 10 },
    stopGraceS: 1,
  }),
  dialect: () => simulatedDialect,
  describe: () => Promise.resolve({ version: '1.2.3', details: {}, kvCacheTokens: null, differences: [] }),
  checks: () => [],
  diagnose: () => null,
};

/** Empties the cache as vLLM does it. */
export const resetting: Backend = {
  ...backend,
  resetCache: async ({ baseUrl }, signal) => {
    const { status } = await fetch(`${baseUrl}/reset_prefix_cache`, { method: 'POST', signal });
    return status === 200;
  },
};

/** Engines in this process, so that their ledgers can be read; `ends` kills the one that runs. */
export function simulatedRunner(options: EngineOptionsInput) {
  const engines: SimulatedEngine[] = [];
  const runner: Runner = {
    place: 'process',
    checks: () => [],
    target: () => Promise.resolve({ host: '127.0.0.1', port: 0 }),
    async start({ logPath }) {
      await writeFile(logPath, 'simulated engine\n');
      const engine = await startSimulatedEngine(options).catch((error: unknown) => {
        throw llemError('LLEM_E_START', String(error), { remedy: 'None.', failureClass: 'start-failed' });
      });
      engines.push(engine);
      const exited = engine.ended.then((code) => ({ code, signal: null }));
      return {
        endpoint: { baseUrl: engine.baseUrl },
        exited,
        facts: {},
        processes: () => Promise.resolve([process.pid]),
        stop: async () => {
          await engine.close();
          return exited;
        },
      };
    },
  };
  return { runner, engines };
}

export function experiment(
  id: string,
  concurrency: number | null,
  workload: object = {},
  measure: object = {},
): Experiment {
  return {
    id,
    label: id,
    asked: {},
    factors: {},
    model: 'simulated',
    backend: 'simulated',
    runner: null,
    devices: null,
    workload: workloadSchema.parse({ concurrency, input_tokens: 8, output_tokens: 16, ...workload }),
    measure: measureSchema.parse({
      min_seconds: 1,
      idle_bare_s: 0.4,
      settle_s: 0.1,
      idle_loaded_s: 0.4,
      warmup: { max_s: 1 },
      ...measure,
    }),
    options: {},
  };
}

export interface Recorded {
  readonly records: RunRecord[];
  readonly tables: RunTables[];
  readonly skipped: PlannedRun[];
  readonly events: LlemEvent[];
}

/** `folder` is where logs go. */
export function request(
  folder: string,
  runner: Runner,
  experiments: readonly Experiment[],
  more: {
    execution?: Partial<Plan['execution']>;
    meter?: object;
    signal?: AbortSignal;
    backend?: Backend;
    dataset?: object;
  } = {},
): { request: ExecuteRequest; recorded: Recorded } {
  const recorded: Recorded = { records: [], tables: [], skipped: [], events: [] };
  const plan: Plan = {
    schema: 'llem.plan/1',
    studyName: 'test',
    studyHash: 'hash',
    shuffleSeed: 1,
    experiments,
    skipped: [],
    merged: [],
    runs: experiments.map(({ id }, index) => ({ position: index + 1, experimentId: id, cycle: 1, seed: 7 })),
    execution: { ...executionSchema.parse({ gaps: { between_runs_s: 0 } }), ...more.execution },
    energy: energySchema.parse({}),
    runners: {},
  };
  const ref: PluginRef = {
    kind: 'dataset',
    id: 'prompts',
    moduleUrl: new URL('./prompts.mjs', import.meta.url).href,
    options: more.dataset ?? {},
  };
  const options = more.meter ?? {
    devices: [
      { id: 'gpu:A', scope: 'gpu', power_w: GPU_W },
      { id: 'cpu:package-0', scope: 'cpu', power_w: CPU_W },
    ],
  };
  return {
    recorded,
    request: {
      plan,
      plugins: {
        context: { cacheDir: folder },
        backend: () => more.backend ?? backend,
        resolveRunner: () => ({ type: 'simulated', options: {}, why: 'test', from: 'test' }),
        runner: () => runner,
        dataset: () => ({
          ref,
          instance: createInstance('dataset', 'prompts', prompts, { cacheDir: folder }, ref.options),
        }),
        meters: [{ kind: 'meter', id: 'simulated', moduleUrl: SIMULATED_METER_URL, options }],
      },
      emit: (event) => recorded.events.push(event),
      signal: more.signal ?? new AbortController().signal,
      versions: { llem: '0', plugins: {} },
      store: {
        dir: folder,
        openRun: (run) =>
          Promise.resolve({
            runId: `run-${run.position}`,
            attempt: 1,
            path: folder,
            logPath: join(folder, `run-${run.position}.log`),
          }),
        commitRun: (_folder, record, tables) => {
          recorded.records.push(recordSchema.parse(JSON.parse(JSON.stringify(record))));
          recorded.tables.push(tables);
          return Promise.resolve();
        },
        skipRuns: (runs) => {
          recorded.skipped.push(...runs);
          return Promise.resolve();
        },
      },
    },
  };
}

/** The measurement of a run that came to its end. */
export const completed = (record: RunRecord | undefined) => {
  expect(record?.failure).toBeNull();
  if (!record?.measurement) throw new Error('no measurement');
  return record.measurement;
};

/** The values of a column, of all parts of its table. */
export function column(parts: TableParts | undefined, name: string) {
  return [...(parts ?? [])].flatMap((part) => [...(part.find((one) => one.name === name)?.values ?? [])]);
}

/** A check of a verdict. */
export const check = (record: RunRecord | undefined, id: string) =>
  record?.validity.checks.find((one) => one.id === id);
