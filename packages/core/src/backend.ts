/** Backend: knows one engine and starts nothing. */
import type { Check } from './check.js';
import type { DatasetFacts } from './dataset.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Experiment, Violation } from './plan.js';
import type { VisibleGpus } from './visible-gpus.js';

/** What is known of the machine when a study is planned. */
export interface HostFacts {
  readonly platform: string;
  readonly arch: string;
  readonly logicalCpus: number;
  readonly memoryBytes: number;
}

/** What `constraints` are judged from beside the experiment. */
export interface PlanFacts extends HostFacts {
  /** What `localModel` gave: the model's own configuration; null where it is not on this machine. */
  readonly model: JsonObject | null;
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

/**
 * Where a service runs: as a process of this machine, in a container, or where llem did not start it. A later 1.x may have more: in one
 * that it does not know a backend checks nothing.
 */
export type ServicePlace = 'process' | 'container' | 'elsewhere';

/** Where the service will listen, as its runner decided. */
export interface ServiceTarget {
  readonly host: string;
  readonly port: number;
  /** Of a service in a container. `image` is the one that was chosen; null leaves it to the backend. */
  readonly container?: { readonly image: string | null };
}

/** A text file that an engine reads when it starts, such as its options. */
export interface ServiceFile {
  /** Absolute. The same content has the same path, and another one another. */
  readonly path: string;
  readonly content: string;
}

/** A folder or file of this machine inside a container. */
export interface ContainerMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** True where a folder that is missing is to be made; else it has to be there. */
  readonly create: boolean;
}

/** What a container needs beside the arguments of its engine. */
export interface ContainerSpec {
  readonly image: string;
  /** Put before the arguments; null: the image's own. */
  readonly entrypoint: readonly string[] | null;
  /** GPUs that are handed to it. */
  readonly gpus: VisibleGpus;
  /** Size of /dev/shm; null: that of the container system. Without a meaning where `ipc` is that of the host. */
  readonly shmBytes: number | null;
  readonly ipc: 'host' | 'private';
  /** Soft and hard limit, by name; -1: none. */
  readonly ulimits: Readonly<Record<string, number>>;
  readonly mounts: readonly ContainerMount[];
  /** Variables that are handed over from llem's own environment, those that are set. Their values are never shown. */
  readonly passEnv: readonly string[];
}

/** How to start an engine and tell that it is ready. Plain data. */
export interface ServiceSpec {
  /** Executable and arguments; in a container what follows its entrypoint. */
  readonly command: readonly [string, ...string[]];
  /** Added to the environment of the runner, or all that a container is given. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: ServiceTarget;
  /** Where the target is in a container, and there alone. */
  readonly container?: ContainerSpec;
  /** Written before the start, and kept in the record. */
  readonly files?: readonly ServiceFile[];
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
  /** Name under which the server knows the model, where that is not the study's. */
  readonly servedModel?: string;
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
  /** Tokens that its KV cache holds, of all requests together. */
  readonly kvCacheTokens: number | null;
  /** Options that it runs with otherwise than asked. */
  readonly differences: readonly EngineDifference[];
}

/** An option by its path in the study, `vllm.kv_cache_dtype`. */
export interface EngineDifference {
  readonly option: string;
  readonly asked: JsonValue;
  readonly actual: JsonValue;
}

/**
 * What a server may tell of itself while it works. `kvUse` and `acceptanceRate`, of drafted tokens, are shares, 0 to 1; all from
 * `preemptions` on only grow.
 */
export const SERVER_QUANTITIES = [
  'running',
  'waiting',
  'kvUse',
  'acceptanceRate',
  'preemptions',
  'cachedTokens',
  'inputTokens',
  'outputTokens',
  'draftTokens',
  'acceptedTokens',
] as const;
export type ServerQuantity = (typeof SERVER_QUANTITIES)[number];

/** Where an engine's metrics are, in the text format of Prometheus. Asking for them generates nothing. */
export interface MetricMap {
  readonly path: string;
  /**
   * Name of the metric of each quantity that the engine tells; of several names, as releases change them, the first that is
   * there. Of several series shares are averaged, all else is added.
   */
  readonly names: Readonly<Partial<Record<ServerQuantity, string | readonly string[]>>>;
}

/** How a service ended. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** What the runner knows of why: it killed a container for its memory, somebody removed it. Left out where it knows no more. */
  readonly cause?: FailureCause;
}

/** What went wrong and what to do. */
export interface FailureCause {
  /** A named class such as `port-in-use`, `out-of-memory`, `start-timeout`. */
  readonly class: string;
  readonly message: string;
  readonly remedy: string;
}

/** Why something failed, for people. */
export interface Failure extends FailureCause {
  /** The phase it happened in. */
  readonly type:
    'prepare' | 'start' | 'idle' | 'search' | 'warmup' | 'window' | 'drain' | 'stop' | 'internal';
  /** The end of the engine's log, oldest line first. */
  readonly logTail: readonly string[];
}

/** An instance is bound to the options of one experiment by `create(context, options)`. */
export interface Backend {
  /** What the engine computes on; decides the default of `devices`. */
  readonly computesOn: 'cpu' | 'gpu';
  /**
   * The image that a container is made from where nobody names one, as `service` takes it; null where there is none, and left out by an
   * engine that never has one. Pure.
   */
  image?(experiment: Experiment): string | null;
  /** Whether the engine is on this machine, so that a process of it could be started: a look, no proof. Left out: it is. Never throws. */
  isInstalled?(): Promise<boolean>;
  /**
   * The configuration of a model, its `config.json`, where it is on this disk; null where it is not. Fetches nothing and never
   * throws; asked for every experiment that is planned. Left out where nothing can be known without starting.
   */
  localModel?(model: string): JsonObject | null;
  /** Total and pure: what cannot work, before anything starts. */
  constraints(experiment: Experiment, facts: PlanFacts): readonly Violation[];
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
  /** Of what the engine needs where it is to run; of a container nothing outside of it. */
  checks(place: ServicePlace): readonly Check[];
  /** Names the cause of an exit from the whole log. Pure; never throws. Null when it recognises nothing. */
  diagnose(exit: ServiceExit, log: string): FailureCause | null;
}
