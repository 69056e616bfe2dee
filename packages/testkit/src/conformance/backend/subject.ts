/** A backend and what is asked of it. */
import {
  workloadSchema,
  type Artifacts,
  type Backend,
  type DatasetFacts,
  type Experiment,
  type JsonObject,
  type PlanFacts,
  type ServiceSpec,
  type ServiceTarget,
} from '@llem/core';
import { z } from 'zod';
import { simulatedModel } from '../../engine/client.js';
import type { DialectName } from '../../engine/dialects/index.js';
import type { SuiteOptions } from '../package/describe-plugin.js';
import { deepFrozen } from '../package/plain.js';
import { instanceOf, parsedOptions, type PluginSubject } from '../package/subject.js';

/** A server of the author's own. */
export interface StartedServer {
  /** `http://127.0.0.1:8000`, without a slash at the end. */
  readonly baseUrl: string;
  /** Ends it and all that it has started. */
  close(): Promise<unknown>;
}

/** What the suite of backends may be told. */
export interface BackendSuiteOptions extends SuiteOptions {
  /**
   * A model that `prepare` finds without a network: one that it makes itself, or a folder. Default: none, and what `prepare` brings is
   * left out.
   */
  readonly model?: string;
  /** What `service` and `dialect` are given where no `model` is. Default: a path and a model that nobody has. */
  readonly artifacts?: Artifacts;
  /**
   * A server for which the backend's requests are meant: a simulated one, which also has to accept the backend's command line; or one that
   * this function starts, `() => startSimulatedEngine()` for one. Default: none, and what needs a server is left out.
   */
  readonly server?: DialectName | ((spec: ServiceSpec) => Promise<StartedServer>);
}

/** A backend, made from the options given for it. */
export interface BackendSubject extends PluginSubject<'backend'> {
  readonly backend: Backend;
  readonly given: BackendSuiteOptions;
}

export function backendSubject(plugin: PluginSubject<'backend'>, given: BackendSuiteOptions): BackendSubject {
  return { ...plugin, given, backend: instanceOf('backend', plugin) };
}

const modelOf = ({ given }: BackendSubject) =>
  given.model ?? given.artifacts?.model.name ?? simulatedModel.name;

/** Options as an experiment has them: a mapping. */
export const optionsSchema = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null);

/** An experiment as a plan has it, frozen. */
export function experimentOf(
  subject: BackendSubject,
  workload: z.input<typeof workloadSchema> = {},
  changes: Partial<Experiment> = {},
): Experiment {
  return deepFrozen({
    id: '0123456789ab',
    label: 'conformance',
    asked: {},
    factors: {},
    model: modelOf(subject),
    backend: subject.id,
    runner: null,
    devices: null,
    workload: workloadSchema.parse({ input_tokens: 32, output_tokens: 8, ...workload }),
    measure: { min_seconds: 30, idle_bare_s: 10, settle_s: 5, idle_loaded_s: 10, warmup: { max_s: 180 } },
    options: optionsSchema.parse(structuredClone(parsedOptions(subject.module.options, subject.options))),
    ...changes,
  });
}

/** The same experiment with other options, frozen; `options` is what the plugin resolved. */
export const experimentWith = (experiment: Experiment, options: JsonObject): Experiment =>
  deepFrozen({ ...experiment, options: structuredClone(options) });

/** What `prepare` leaves, frozen: that of the model which can be prepared here, or what the author has said. */
export async function artifactsOf(subject: BackendSubject): Promise<Artifacts> {
  const { given, backend } = subject;
  if (given.artifacts !== undefined) return deepFrozen(structuredClone(given.artifacts));
  if (given.model === undefined) return ASSUMED;
  return deepFrozen(await backend.prepare(experimentOf(subject), new AbortController().signal));
}

const ASSUMED: Artifacts = deepFrozen({ modelRef: '/models/conformance', model: { ...simulatedModel } });

export const SOME_FACTS: PlanFacts = deepFrozen({
  platform: 'linux',
  arch: 'x64',
  logicalCpus: 8,
  memoryBytes: 16 * 2 ** 30,
  model: null,
});

export const SOME_DATASET: DatasetFacts = deepFrozen({
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
});

/** Where a process listens, frozen. */
export const processTarget = (port = 41_234): ServiceTarget => deepFrozen({ host: '127.0.0.1', port });

/** Where a container listens, frozen. */
export const containerTarget = (image: string | null = 'example/engine:1'): ServiceTarget =>
  deepFrozen({ host: '0.0.0.0', port: 8_000, container: { image } });
