/** What one run works with, and what it has come to know. */
import type {
  Artifacts,
  Backend,
  ContainerImage,
  DeviceSelection,
  EngineFacts,
  Experiment,
  Measurement,
  PlannedRun,
  RunFolder,
  RunRecord,
  SearchResult,
  Service,
  ServiceSpec,
  VisibleGpus,
  Settle,
  Workload,
} from '@llem/core';
import type { LoadThread, LoadTrace } from '@llem/loadgen';
import type { ResolvedRunner } from '@llem/study';
import type { MemoryInUse } from '../devices/state.js';
import type { Company, DeviceWatch } from '../devices/watch.js';
import type { UsableMeter } from '../energy/meters.js';
import type { IdleInterval } from '../energy/idle.js';
import type { Sampler } from '../sampler/thread.js';
import type { Scrape } from '../server/scrape.js';
import type { LogPart } from '../service/log.js';
import type { Serving } from '../service/serve.js';
import type { Cleanup } from './cleanup.js';
import type { PreparedDataset } from './dataset.js';
import type { Guard } from './guard.js';
import type { Progress, ProgressSources } from './progress.js';
import type { Session } from './session.js';
import type { WindowMarks } from './window.js';

export interface Run {
  readonly session: Session;
  readonly planned: PlannedRun;
  readonly experiment: Experiment;
  readonly folder: RunFolder;
  readonly backend: Backend;
  readonly runner: ResolvedRunner;
  /** True where the server runs already, and goes on after the run. */
  readonly isAttached: boolean;
  /** Null where nothing of this machine is billed. */
  readonly devices: DeviceSelection | null;
  readonly meters: readonly UsableMeter[];
  /** What the engine is to see: the GPUs that are billed. */
  readonly gpus: VisibleGpus;
  readonly headlineIds: readonly string[];
  readonly guard: Guard;
  readonly cleanup: Cleanup;
  readonly progress: Progress;
  readonly live: ProgressSources;
  readonly found: Found;
}

/** Null until it is known. */
export interface Found {
  artifacts: Artifacts | null;
  dataset: PreparedDataset | null;
  spec: ServiceSpec | null;
  serviceFacts: Service['facts'] | null;
  image: ContainerImage | null;
  engine: EngineFacts | null;
  /** The service, once its engine is ready for this run. */
  serving: Serving | null;
  serviceStart: RunRecord['engine']['serviceStart'];
  /** Steps by which seeds are moved on, past those of the prompts that the engine may have kept in its cache. */
  seedSteps: number;
  /** Whether an attached server had requests of others to answer when the run came to it; null of any other. */
  wasBusy: boolean | null;
  /** Set when the run is over: the engine serves the next one as well. */
  keepsService: boolean;
  /** The engine's log, from where this run has it. */
  log: LogPart | null;
  sampler: Sampler | null;
  search: SearchResult | null;
  /** Of a data set that can run out: prompts that the engine has seen, and may have kept in its cache. */
  promptsUsed: number;
  /** What the server has told of itself; empty where it does not. */
  scrapes: readonly Scrape[];
  /** The load that is on, to be ended whatever happens. */
  load: LoadThread | null;
  /** Of a load that was ended early: what there is. */
  trace: LoadTrace | null;
}

/** What a load needs once the engine is there. */
export interface Target {
  readonly service: Service;
  readonly watch: DeviceWatch;
  readonly artifacts: Artifacts;
  readonly dataset: PreparedDataset;
  readonly sampler: Sampler;
}

/** A window that was held to its end, and all that its figures are computed from. */
export interface Held {
  /** As held: at the load that a search found. */
  readonly workload: Workload;
  readonly trace: LoadTrace;
  readonly marks: WindowMarks;
  readonly warmup: Measurement['window']['warmup'];
  readonly cacheReset: Measurement['window']['cacheReset'];
  readonly settle: Settle;
  readonly loadedIdle: IdleInterval | null;
  /** What was in use on GPUs before the service was started; null of one that llem did not start. */
  readonly memoryBefore: MemoryInUse | null;
  /** Who was seen on GPUs. */
  readonly company: Company;
  readonly eventPerToken: boolean;
}
