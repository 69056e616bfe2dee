/** A simulated engine and a load on it, ended after each test. Threads are the built ones: workers load JavaScript. */
import { workloadSchema } from '@llem/core';
import {
  simulatedChatDialect,
  simulatedDialect,
  simulatedModel,
  startSimulatedEngine,
  type EngineOptionsInput,
  type SimulatedEngine,
} from '@llem/testkit';
import { startLoad, type LoadPlan, type LoadThread } from '../dist/index.js';

const started: { engines: { close(): Promise<void> }[]; loads: LoadThread[] } = { engines: [], loads: [] };

export async function endAll(): Promise<void> {
  await Promise.all(started.loads.splice(0).map((load) => load.terminate()));
  await Promise.all(started.engines.splice(0).map((engine) => engine.close()));
}

/** Ends it with the test. */
export function keep<T extends { close(): Promise<void> }>(engine: T): T {
  started.engines.push(engine);
  return engine;
}

export interface LoadInput {
  readonly workload?: object;
  /** Options of the data set: see dataset.fixture.mjs. */
  readonly dataset?: object;
  readonly chat?: boolean;
  readonly more?: Partial<LoadPlan>;
}

export function loadOn(
  baseUrl: string,
  { workload = {}, dataset = {}, chat = false, more = {} }: LoadInput = {},
): LoadThread {
  const thread = startLoad({
    endpoint: { baseUrl },
    dialect: chat ? simulatedChatDialect : simulatedDialect,
    workload: workloadSchema.parse({ input_tokens: 16, output_tokens: 20, ...workload }),
    model: simulatedModel,
    dataset: {
      kind: 'dataset',
      id: 'fixture',
      moduleUrl: new URL('./dataset.fixture.mjs', import.meta.url).href,
      options: dataset,
    },
    context: { cacheDir: '' },
    seed: 7,
    threads: 1,
    silenceS: 30,
    ...more,
  });
  started.loads.push(thread);
  return thread;
}

export async function engineWith(options: EngineOptionsInput): Promise<SimulatedEngine> {
  return keep(await startSimulatedEngine(options));
}

/** Settles when the condition holds; fails when the load does. */
export async function until(thread: LoadThread, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await Promise.race([thread.failed, new Promise((resolve) => setImmediate(resolve))]);
  }
}
