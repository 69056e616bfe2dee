/** One run, from the model's files to a measurement. The main function reads as the steps of docs/method.md. */
import type {
  Artifacts,
  Backend,
  DeviceSelection,
  EngineFacts,
  Experiment,
  Failure,
  Measurement,
  Phase,
  PlannedRun,
  RunFolder,
  Service,
  ServiceSpec,
  Table,
} from '@llem/core';
import { startLoad, type LoadTrace } from '@llem/loadgen';
import type { ResolvedRunner } from '@llem/study';
import { devicesOf } from '../devices.js';
import { headlineDevices } from '../energy/domains.js';
import { billedMeters, sampledMeters, type UsableMeter } from '../energy/meters.js';
import { longestGapS, type Interval } from '../energy/series.js';
import { awaitReadings } from '../sampler/readings.js';
import { startSampler, type ChannelSeries, type Sampler } from '../sampler/thread.js';
import { followLog, readLog } from '../service/log.js';
import { serve } from '../service/serve.js';
import { createCleanup, type Cleanup } from './cleanup.js';
import { failureOf } from './failure.js';
import { createGuard, type Guard } from './guard.js';
import { watchLoad } from './load-watch.js';
import { measurementOf } from './measurement.js';
import { createProgress, type Progress, type ProgressSources } from './progress.js';
import type { Session } from './session.js';
import { requestTable, sampleTable } from './tables.js';
import { warmUp } from './warm-up.js';
import { holdWindow, type WindowMarks } from './window.js';

/** Where prompts come from until a study can name another data set. */
const SYNTHETIC = new URL(import.meta.resolve('@llem/loadgen/dataset/synthetic')).href;

/** Everything that a run gathered; what it did not get to is null. */
export interface RunResult {
  readonly runner: ResolvedRunner;
  readonly devices: DeviceSelection;
  readonly meters: readonly UsableMeter[];
  readonly artifacts: Artifacts | null;
  readonly spec: ServiceSpec | null;
  readonly serviceFacts: Service['facts'] | null;
  readonly engine: EngineFacts | null;
  readonly measurement: Measurement | null;
  /** Longest time without a reading of a headline device inside the window; null when nothing is read. */
  readonly longestReadingGapS: number | null;
  readonly failure: Failure | null;
  readonly interrupted: boolean;
  readonly tables: { requests: Table; samples: Table };
}

/** What one run works with. */
interface Run {
  readonly session: Session;
  readonly planned: PlannedRun;
  readonly experiment: Experiment;
  readonly folder: RunFolder;
  readonly backend: Backend;
  readonly runner: ResolvedRunner;
  readonly meters: readonly UsableMeter[];
  readonly headlineIds: readonly string[];
  readonly guard: Guard;
  readonly cleanup: Cleanup;
  readonly progress: Progress;
  readonly live: ProgressSources;
  readonly found: Found;
}

/** What it has come to know so far. */
interface Found {
  artifacts: Artifacts | null;
  spec: ServiceSpec | null;
  serviceFacts: Service['facts'] | null;
  engine: EngineFacts | null;
  sampler: Sampler | null;
  /** Of a load that was ended early: what there is. */
  trace: LoadTrace | null;
}

/** A window that was held to its end, and all that its figures are computed from. */
interface Held {
  readonly trace: LoadTrace;
  readonly marks: WindowMarks;
  readonly warmup: Measurement['window']['warmup'];
  readonly loadedIdle: Interval | null;
  readonly eventPerToken: boolean;
}

/** Never rejects: what goes wrong is the result's failure, and everything that was started has been stopped. */
export async function carryOut(
  session: Session,
  planned: PlannedRun,
  experiment: Experiment,
  folder: RunFolder,
  gapS: number,
): Promise<RunResult> {
  const { plugins, plan, emit, signal } = session.request;
  const backend = plugins.backend(experiment);
  const devices = devicesOf(experiment, backend);
  const meters = billedMeters(session.meters, devices);
  const headlineIds = headlineDevices(meters, devices !== 'none').map((device) => device.id);
  const startNs = process.hrtime.bigint();
  const clock = (atNs: bigint) => Number(atNs - startNs) / 1e9;

  const live: ProgressSources = { load: null, sampler: null };
  const guard = createGuard(signal, plan.execution.timeout_s);
  const progress = createProgress(folder.runId, headlineIds, live, emit);
  const log = followLog(folder.logPath, (line) => emit({ type: 'engine-log', runId: folder.runId, line }));
  const found: Found = {
    artifacts: null,
    spec: null,
    serviceFacts: null,
    engine: null,
    sampler: null,
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
    meters,
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
  } catch (error) {
    failed = { error, phase: progress.current() };
  }
  progress.phase('stop', found.spec?.stopGraceS ?? null);
  guard.unwatch();
  const stopErrors = await run.cleanup.run();
  const channels = found.sampler?.channels() ?? [];

  let measurement: Measurement | null = null;
  try {
    const { bareIdle } = session;
    if (held) {
      const gpusUsed = devices !== 'none';
      measurement = measurementOf({
        ...held,
        gapS,
        meters,
        channels,
        bareIdle,
        gpusUsed,
        runStartNs: startNs,
      });
    }
  } catch (error) {
    failed ??= { error, phase: progress.current() };
  }
  const [stopError] = stopErrors;
  if (stopErrors.length > 0) failed ??= { error: stopError, phase: 'stop' };

  progress.stop();
  await log.stop();
  guard.close();
  const failure = failed
    ? failureOf(failed.error, failed.phase, backend, await readLog(folder.logPath).catch(() => ''))
    : null;
  return {
    runner,
    devices,
    meters,
    artifacts: found.artifacts,
    spec: found.spec,
    serviceFacts: found.serviceFacts,
    engine: found.engine,
    measurement,
    longestReadingGapS: held ? longestGap(headlineIds, channels, held.marks) : null,
    failure,
    interrupted: signal.aborted && failure !== null,
    tables: {
      requests: requestTable(held?.trace ?? found.trace ?? NO_REQUESTS, clock),
      samples: sampleTable(channels, clock),
    },
  };
}

const NO_REQUESTS: LoadTrace = { originNs: 0n, openNs: 0, closeNs: 0, requests: [], threadUtilization: 0 };

function longestGap(
  deviceIds: readonly string[],
  channels: readonly ChannelSeries[],
  window: Interval,
): number | null {
  const gaps = channels
    .filter(({ channel }) => deviceIds.includes(channel.deviceId) && channel.quantity !== 'temperatureC')
    .map(({ series }) => longestGapS(series, window));
  return gaps.length > 0 ? Math.max(...gaps) : null;
}

/** The steps, in their order. Whatever it starts is on the cleanup before the next step begins. */
async function measure(run: Run): Promise<Held> {
  const { experiment, progress } = run;
  progress.phase('prepare', null);
  run.found.artifacts = await prepare(run);
  const sampler = await sample(run);
  await readBareIdle(run, sampler);

  progress.phase('start', null);
  const { service, spec, engine } = await serve(run, run.found.artifacts);
  run.found.spec = spec;
  run.found.serviceFacts = service.facts;
  run.found.engine = engine;

  progress.phase('settle', experiment.measure.settle_s);
  await run.guard.wait(experiment.measure.settle_s * 1_000);
  const loadedIdle = await readLoadedIdle(run, sampler);
  return { ...(await load(run, run.found.artifacts, service, sampler)), loadedIdle };
}

async function prepare({ session, experiment, backend, guard }: Run): Promise<Artifacts> {
  const known = session.artifacts.get(experiment.id);
  if (known) return known;
  const artifacts = await guard.race(backend.prepare(experiment, guard.signal));
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

async function readBareIdle(
  { session, experiment, meters, guard, progress }: Run,
  sampler: Sampler,
): Promise<void> {
  const seconds = experiment.measure.idle_bare_s;
  const deviceIds = meters.flatMap((meter) => meter.devices.map((device) => device.id));
  if (seconds === 0 || !session.bareIdle.isDue(deviceIds, process.hrtime.bigint())) return;
  progress.phase('idle-bare', seconds);
  const interval = await readQuietly(seconds, sampler, guard);
  session.bareIdle.note(deviceIds, sampler.channels(), interval);
}

async function readLoadedIdle(
  { experiment, guard, progress }: Run,
  sampler: Sampler,
): Promise<Interval | null> {
  const seconds = experiment.measure.idle_loaded_s;
  if (seconds === 0) return null;
  progress.phase('idle-loaded', seconds);
  return readQuietly(seconds, sampler, guard);
}

/** Waits with nothing else going on, and gives the interval for the meters, with readings on both sides of it. */
async function readQuietly(seconds: number, sampler: Sampler, guard: Guard): Promise<Interval> {
  await awaitReadings(sampler, process.hrtime.bigint(), guard);
  const startNs = process.hrtime.bigint();
  await guard.wait(seconds * 1_000);
  const endNs = process.hrtime.bigint();
  await awaitReadings(sampler, endNs, guard);
  return { startNs, endNs };
}

/** Warm-up, window and drain, under one load. */
async function load(
  run: Run,
  artifacts: Artifacts,
  service: Service,
  sampler: Sampler,
): Promise<Omit<Held, 'loadedIdle'>> {
  const { session, planned, experiment, backend, headlineIds, guard, cleanup, progress, live, found } = run;
  const { workload } = experiment;
  progress.phase('warmup', experiment.measure.warmup.max_s);
  const dialect = backend.dialect(experiment, artifacts);
  const thread = startLoad({
    endpoint: service.endpoint,
    dialect,
    workload,
    model: artifacts.model,
    dataset: { kind: 'dataset', id: 'synthetic', moduleUrl: SYNTHETIC, options: {} },
    context: session.request.plugins.context,
    seed: planned.seed,
  });
  cleanup.add(async () => {
    found.trace = await thread.abort();
  });
  guard.endOn(thread.failed);
  live.load = thread.counters;
  cleanup.add(watchLoad(thread.counters, session.request.plan.execution.stall_timeout_s, guard));
  const warmup = await warmUp(experiment, thread.counters, sampler, headlineIds, guard);

  progress.phase('window', experiment.measure.min_seconds);
  const marks = await holdWindow(experiment, thread, sampler, planned.seed, guard);

  progress.phase('drain', null);
  const trace = await guard.race(thread.finish());
  // Readings after the last token, for the figures of the whole run.
  await awaitReadings(sampler, process.hrtime.bigint(), guard);
  return { trace, marks, warmup, eventPerToken: dialect.stream.eventPerToken };
}
