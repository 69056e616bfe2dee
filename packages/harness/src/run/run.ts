/** One run, from the model's files to a measurement. The main function reads as the steps of docs/method.md. */
import type {
  Artifacts,
  ContainerImage,
  DeviceSelection,
  EngineFacts,
  Experiment,
  Failure,
  Gap,
  Measurement,
  Phase,
  PlannedRun,
  RunFolder,
  RunRecord,
  RunTables,
  SearchResult,
  Service,
  ServiceSpec,
  Workload,
} from '@llem/core';
import type { LoadTrace } from '@llem/loadgen';
import type { ResolvedRunner } from '@llem/study';
import { chooseGpus, devicesOf } from '../devices/selection.js';
import { watchDevices } from '../devices/watch.js';
import { headlineDevices } from '../energy/domains.js';
import { NO_BARE_IDLE } from '../energy/idle.js';
import { billedMeters, sampledMeters, type UsableMeter } from '../energy/meters.js';
import { startSampler, type Sampler } from '../sampler/thread.js';
import { startScraping } from '../server/scrape.js';
import { isAttached } from '../service/attached.js';
import { keepPart, readLog } from '../service/log.js';
import { createCleanup } from './cleanup.js';
import type { Found, Held, Run } from './context.js';
import { prepareDataset, promptsOf, type PreparedDataset } from './dataset.js';
import { haveEngine, isKeptFor, leaveEngine, takeKept } from './engine.js';
import { failureOf } from './failure.js';
import { createGuard } from './guard.js';
import { measureLoadedIdle } from './idle.js';
import { measureLoad } from './load.js';
import { atLoad } from './load-level.js';
import { measurementOf, type Measured } from './measurement.js';
import { prepareModel } from './model.js';
import { createProgress, type ProgressSources } from './progress.js';
import { searchLoad } from './search.js';
import type { Session } from './session.js';
import { requestTables, sampleTable, tokenTables } from './tables.js';

/** Everything that a run gathered; what it did not get to is null. */
export interface RunResult {
  readonly runner: ResolvedRunner;
  /** True where llem did not start the server. */
  readonly isAttached: boolean;
  /** Null where nothing of this machine is billed. */
  readonly devices: DeviceSelection | null;
  readonly meters: readonly UsableMeter[];
  readonly artifacts: Artifacts | null;
  readonly spec: ServiceSpec | null;
  readonly serviceFacts: Service['facts'] | null;
  readonly image: ContainerImage | null;
  readonly engine: EngineFacts | null;
  readonly serviceStart: RunRecord['engine']['serviceStart'];
  readonly dataset: PreparedDataset | null;
  /** Seed of the prompts of the window; null without a data set. */
  readonly promptSeed: number | null;
  readonly search: SearchResult | null;
  /** The workload as held, at the load that a search found; as asked where nothing was held. */
  readonly workload: Workload;
  readonly measured: Measured | null;
  readonly measurement: Measurement | null;
  readonly failure: Failure | null;
  readonly interrupted: boolean;
  readonly tables: RunTables;
}

/**
 * Never rejects: what goes wrong is the result's failure, and everything that was started has been stopped, but for a service
 * that is left to `next`, the next run of the cycle, if there is one.
 */
export async function carryOut(
  session: Session,
  planned: PlannedRun,
  experiment: Experiment,
  folder: RunFolder,
  gap: Gap,
  next: Experiment | null,
): Promise<RunResult> {
  const { plugins, plan, emit, signal } = session.request;
  const backend = plugins.backend(experiment);
  const devices = devicesOf(experiment, plugins);
  const meters = billedMeters(session.meters, devices);
  const headlineIds = headlineDevices(meters, devices !== 'none').map((device) => device.id);
  const startNs = process.hrtime.bigint();
  const clock = (atNs: bigint) => Number(atNs - startNs) / 1e9;

  const live: ProgressSources = { load: null, sampler: null };
  const guard = createGuard(signal, plan.execution.timeout_s);
  const progress = createProgress(folder.runId, headlineIds, live, emit);
  const found: Found = {
    artifacts: null,
    dataset: null,
    spec: null,
    serviceFacts: null,
    image: null,
    engine: null,
    serving: null,
    serviceStart: null,
    seedSteps: 0,
    wasBusy: null,
    keepsService: false,
    log: null,
    sampler: null,
    search: null,
    promptsUsed: 0,
    scrapes: [],
    load: null,
    trace: null,
  };
  const runner = plugins.resolveRunner(experiment);
  const run: Run = {
    session,
    planned,
    experiment,
    folder,
    backend,
    runner,
    isAttached: isAttached(experiment, plugins),
    devices,
    meters,
    gpus: chooseGpus(session.meters, devices).visible,
    headlineIds,
    guard,
    cleanup: createCleanup(),
    progress,
    live,
    found,
  };

  let held: Held | null = null;
  let failed: { readonly error: unknown; readonly phase: Phase } | null = null;
  try {
    held = await measure(run);
    found.keepsService = isKeptFor(session, found, next);
  } catch (error) {
    failed = { error, phase: progress.current() };
  }
  progress.phase('stop', found.spec?.stopGraceS ?? null);
  guard.unwatch();
  const stopErrors = await run.cleanup.run();
  const channels = found.sampler?.channels() ?? [];

  let measured: Measured | null = null;
  try {
    if (held) {
      measured = await measurementOf({
        ...held,
        gap,
        meters,
        channels,
        scrapes: found.scrapes,
        tellsMetrics: backend.serverMetrics !== undefined,
        // Of earlier runs, with this server up already.
        bareIdle: run.isAttached ? NO_BARE_IDLE : session.bareIdle,
        headlineIds,
        gpusUsed: devices !== 'none',
        attached: run.isAttached ? { wasBusy: found.wasBusy, isBilled: devices !== null } : null,
        runStartNs: startNs,
      });
    }
  } catch (error) {
    failed ??= { error, phase: progress.current() };
  }
  const [stopError] = stopErrors;
  if (stopErrors.length > 0) failed ??= { error: stopError, phase: 'stop' };
  if (found.keepsService && found.serving) await leaveEngine(session, found.serving, failed !== null);

  progress.stop();
  guard.close();
  const { log } = found;
  if (log && log.path !== folder.logPath) await keepPart(log, folder.logPath);
  const failure = failed
    ? failureOf(failed.error, failed.phase, backend, log ? await readLog(log.path).catch(() => '') : '')
    : null;
  const trace = held?.trace ?? found.trace ?? NO_REQUESTS;
  const tokens = tokenTables(trace, clock);
  return {
    runner,
    isAttached: run.isAttached,
    devices,
    meters,
    artifacts: found.artifacts,
    spec: found.spec,
    serviceFacts: found.serviceFacts,
    image: found.image,
    engine: found.engine,
    serviceStart: found.serviceStart,
    dataset: found.dataset,
    promptSeed: found.dataset && promptsOf(run, found.dataset, planned.seed).seed,
    search: found.search,
    workload: held?.workload ?? experiment.workload,
    measured,
    measurement: measured?.measurement ?? null,
    failure,
    interrupted: signal.aborted && failure !== null,
    tables: {
      requests: requestTables(trace, clock),
      samples: [sampleTable(channels, found.scrapes, clock)],
      ...(tokens ? { tokens } : {}),
    },
  };
}

const NO_REQUESTS: LoadTrace = {
  originNs: 0n,
  openNs: 0,
  closeNs: 0,
  requests: [],
  unsentNs: new Float64Array(),
  threadUtilization: null,
  threads: 0,
  arrivalClock: null,
};

/**
 * The steps, in their order. Whatever it starts is on the cleanup before the next step begins. Null when a search found no
 * load that could be held.
 */
async function measure(run: Run): Promise<Held | null> {
  const { experiment, progress, found, cleanup, session, guard, backend } = run;
  progress.phase('prepare', null);
  const kept = takeKept(run);
  const artifacts = await prepare(run);
  found.artifacts = artifacts;
  const dataset = await prepareDataset(session, experiment, artifacts, guard);
  found.dataset = dataset;
  const sampler = await sample(run);
  const serving = await haveEngine(run, kept, { ...run, artifacts }, dataset, sampler);
  const { service } = serving;
  const { neighbours } = session.request;
  const watch = await guard.race(
    watchDevices(
      run.devices === null ? [] : session.meters,
      service,
      serving.before.look,
      neighbours ?? null,
    ),
  );
  cleanup.add(() => watch.pause());

  const before = { memoryBefore: serving.before.memory, ...(await measureLoadedIdle(run, sampler)) };

  const target = { service, watch, artifacts, dataset, sampler };
  cleanup.add(async () => {
    if (found.load) found.trace = await found.load.abort();
  });
  if (backend.serverMetrics) {
    const scraping = startScraping(service.endpoint, backend.serverMetrics);
    cleanup.add(() => scraping.stop());
    found.scrapes = scraping.scrapes;
  }
  const { search } = experiment.workload;
  if (!search) return { ...(await measureLoad(run, target, experiment.workload)), ...before };
  const { found: load } = await searchLoad(run, target, search);
  if (load === null) return null;
  return { ...(await measureLoad(run, target, atLoad(experiment.workload, load))), ...before };
}

async function prepare({ session, experiment, guard }: Run): Promise<Artifacts> {
  const known = session.artifacts.get(experiment.id);
  if (known) return known;
  const { plugins, emit } = session.request;
  const { artifacts, without } = await guard.race(prepareModel(plugins, experiment, guard.signal));
  if (without) emit({ type: 'notice', level: 'warning', message: `${without.message} ${without.remedy}` });
  session.artifacts.set(experiment.id, artifacts);
  return artifacts;
}

async function sample({ session, meters, guard, cleanup, found, live }: Run): Promise<Sampler> {
  const sampler = startSampler(sampledMeters(meters), session.request.plugins.context);
  cleanup.add(() => sampler.stop());
  found.sampler = sampler;
  guard.endOn(sampler.failed);
  await guard.race(sampler.ready);
  live.sampler = sampler;
  return sampler;
}
