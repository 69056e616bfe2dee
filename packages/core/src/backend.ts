/** Backend: knows one engine and starts nothing. */
import type { Check } from './check.js';
import type { DatasetFacts } from './dataset.js';
import type { JsonObject } from './json.js';
import type { Experiment, Violation } from './plan.js';
import type { VisibleGpus } from './visible-gpus.js';

/** What is known of the machine when a study is planned. */
export interface HostFacts {
  readonly platform: string;
  readonly arch: string;
  readonly logicalCpus: number;
  readonly memoryBytes: number;
}

/** A model as its files tell it. */
export interface ModelFacts {
  readonly name: string;
  /** A commit or tag of the model's source; null when it has none. */
  readonly revision: string | null;
  /** SHA-256 of the weights where they are local; null where they are not. */
  readonly weightsHash: string | null;
  readonly tokenizerRevision: string | null;
  /** True when the weights were drawn at random: speed and energy are real, the text is not. */
  readonly randomWeights: boolean;
  readonly parameters: number | null;
  /** Longest context that the model was made for, in tokens. */
  readonly contextLength: number | null;
  /** Inclusive range of ids of ordinary tokens that a synthetic prompt may use; null when unknown. */
  readonly promptTokenIds: { readonly first: number; readonly last: number } | null;
  /** The model's own `tokenizer.json` where one is on this machine; null where there is none. */
  readonly tokenizerPath: string | null;
}

/** What `prepare` left on disk for the service. */
export interface Artifacts {
  /** What the engine is given as its model: a path or a name. */
  readonly modelRef: string;
  readonly model: ModelFacts;
}

/** Where the service will listen, as its runner decided. */
export interface ServiceTarget {
  readonly host: string;
  readonly port: number;
}

/** How to start an engine and tell that it is ready. Plain data. */
export interface ServiceSpec {
  /** Executable and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Added to the environment of the runner. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: ServiceTarget;
  readonly readiness: {
    /** Path that answers 200 once the engine can serve, and that generates nothing. */
    readonly path: string;
    readonly intervalMs: number;
  };
  /** Time between the request to stop and the kill, in seconds. */
  readonly stopGraceS: number;
}

/** A running engine's address. */
export interface Endpoint {
  /** `http:` or `https:`, without a slash at the end, e.g. `http://127.0.0.1:8000`. */
  readonly baseUrl: string;
  /** Environment variable that holds the bearer token; its value goes into requests and nowhere else. */
  readonly tokenEnv?: string;
}

/** Keys and indices into a JSON value. */
export type JsonPath = readonly (string | number)[];

/** How an engine is spoken to, as data, so that one client serves them all. */
export interface Dialect {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The request. The strings `{prompt}`, `{messages}`, `{output_tokens}` and `{seed}` stand for values and are replaced
   * whole. One with `{messages}` is a chat, one with `{prompt}` a completion.
   */
  readonly body: JsonObject;
  /** Server-sent events; each `data:` is JSON except `done`. */
  readonly stream: {
    readonly done: string;
    /** Where text stands; each of them (an answer, a reasoning before it) counts. */
    readonly text: readonly JsonPath[];
    readonly finishReason: JsonPath;
    readonly error: JsonPath;
    /** True when every token comes in an event of its own, so that events can be held against the engine's own count. */
    readonly eventPerToken: boolean;
    readonly usage: { readonly input: JsonPath; readonly output: JsonPath; readonly cachedInput: JsonPath };
  };
}

/** What a running engine tells of itself. Null where it does not say. */
export interface EngineFacts {
  readonly version: string | null;
  /** Resolved configuration and whatever else it tells. */
  readonly details: JsonObject;
}

/** What a server may tell of itself while it works. `kvUse` is a share, 0 to 1; the last four only grow. */
export const SERVER_QUANTITIES = [
  'running',
  'waiting',
  'kvUse',
  'preemptions',
  'cachedTokens',
  'inputTokens',
  'outputTokens',
] as const;
export type ServerQuantity = (typeof SERVER_QUANTITIES)[number];

/** Where an engine's metrics are, in the text format of Prometheus. Asking for them generates nothing. */
export interface MetricMap {
  readonly path: string;
  /** Name of the metric of each quantity that the engine tells. Of several series `kvUse` is averaged, all else is added. */
  readonly names: Readonly<Partial<Record<ServerQuantity, string>>>;
}

/** How a service ended. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Why something failed, for people. */
export interface Failure {
  /** The phase it happened in. */
  readonly type:
    'prepare' | 'start' | 'idle' | 'search' | 'warmup' | 'window' | 'drain' | 'stop' | 'internal';
  /** A named class such as `port-in-use`, `out-of-memory`, `start-timeout`. */
  readonly class: string;
  readonly message: string;
  readonly remedy: string;
  /** The end of the engine's log, oldest line first. */
  readonly logTail: readonly string[];
}

/** An instance is bound to the options of one experiment by `create(context, options)`. */
export interface Backend {
  /** What the engine computes on; decides the default of `devices`. */
  readonly computesOn: 'cpu' | 'gpu';
  /** Total and pure: what cannot work, before anything starts. */
  constraints(experiment: Experiment, host: HostFacts): readonly Violation[];
  /** The I/O: fetches or generates the model and reads its metadata. Throws LLEM_E_PREPARE. */
  prepare(experiment: Experiment, signal: AbortSignal): Promise<Artifacts>;
  /**
   * Pure: the same input gives the same spec. The engine must see exactly `gpus`, which are those that are billed
   * (`visibleGpusEnvironment`).
   */
  service(
    experiment: Experiment,
    artifacts: Artifacts,
    target: ServiceTarget,
    gpus: VisibleGpus,
  ): ServiceSpec;
  /** Pure. What is known of the prompts says whether a prefix cache is meant to be hit (`meansCacheHits`). */
  dialect(experiment: Experiment, artifacts: Artifacts, dataset: DatasetFacts): Dialect;
  /** Asks a running engine what it is. Throws only when the engine does not answer. */
  describe(endpoint: Endpoint, signal: AbortSignal): Promise<EngineFacts>;
  /** Left out by an engine that tells nothing. */
  readonly serverMetrics?: MetricMap;
  /** Empties the prefix cache of an idle engine. True only when the engine has said that it did. Left out where it cannot. */
  resetCache?(endpoint: Endpoint, signal: AbortSignal): Promise<boolean>;
  checks(): readonly Check[];
  /** Names the cause of an exit from the whole log. Pure; never throws. Null when it recognises nothing. */
  diagnose(exit: ServiceExit, log: string): Pick<Failure, 'class' | 'message' | 'remedy'> | null;
}
