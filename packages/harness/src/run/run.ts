/** One run, from the model's files to a measurement. The main function reads as the steps of docs/method.md. */
import {
  type Artifacts,
  type Backend,
  type DeviceSelection,
  type EngineFacts,
  type Experiment,
  type Failure,
  type Measurement,
  type PlannedRun,
  type RunFolder,
  type Service,
  type ServiceSpec,
  type Table,
} from '@llem/core';
import { startLoad, type LoadThread, type LoadTrace } from '@llem/loadgen';
import type { ResolvedRunner } from '@llem/study';
import { headlineScope } from '../energy/domains.js';
import { idlePower } from '../energy/idle.js';
import { billedMeters, sampledMeters, type UsableMeter } from '../energy/meters.js';
import { longestGapS, type Interval } from '../energy/series.js';
import { awaitReadings } from '../sampler/readings.js';
import { startSampler, type Sampler } from '../sampler/thread.js';
import { followLog, readLog } from '../service/log.js';
import { awaitReady } from '../service/readiness.js';
import { failureOf } from './failure.js';
import { createGuard, type Guard } from './guard.js';
import { watchLoad } from './load-watch.js';
import { measurementOf } from './measurement.js';
import { createProgress, type Progress, type ProgressSources } from './progress.js';
import type { Session } from './session.js';
import { requestTable, sampleTable } from './tables.js';
import { warmUp } from './warm-up.js';
import { holdWindow } from './window.js';

/** `describe` of an engine may take this long. */
const DESCRIBE_TIMEOUT_MS = 10_000;
/** Where prompts come from until a study can name another data set. */
const SYNTHETIC = new URL(import.meta.resolve('@llem/loadgen/dataset/synthetic')).href;

/** Everything that a run gathered; what it did not get to is null. */
export interface RunResult {
  readonly backend: Backend;
  readonly runner: ResolvedRunner;
  readonly devices: DeviceSelection;
  readonly meters: readonly UsableMeter[];
  readonly artifacts: Artifacts | null;
  readonly spec: ServiceSpec | null;
  readonly serviceFacts: Service['facts'] | null;
  readonly engine: EngineFacts | null;
  readonly measurement: Measurement | null;
  readonly coverage: { longestReadingGapS: number | null; missedTickShare: number };
  readonly failure: Failure | null;
  readonly interrupted: boolean;
  readonly tables: { requests: Table; samples: Table };
}

/** Never rejects: what goes wrong is the result's failure, and everything that was started has been stopped. */
export async function carryOut(
  session: Session,
  run: PlannedRun,
  experiment: Experiment,
  folder: RunFolder,
  gapS: number,
): Promise<RunResult> {
  const { request } = session;
  const { plugins, plan, emit } = request;
  const backend = plugins.backend(experiment);
  const runner = plugins.resolveRunner(experiment);
  const devices = experiment.devices ?? (backend.computesOn === 'gpu' ? 'all' : 'none');
  const meters = billedMeters(session.meters, devices);
  const headlineIds = headlineDeviceIds(meters, devices);

  const startedNs = process.hrtime.bigint();
  const clock = (atNs: bigint) => Number(atNs - startedNs) / 1e9;
  const guard = createGuard(request.signal, plan.execution.timeout_s);
  const live: ProgressSources = { load: null, sampler: null };
  const progress = createProgress(folder.runId, headlineIds, live, emit);
  const log = followLog(folder.logPath, (line) => emit({ type: 'engine-log', runId: folder.runId, line }));

  let artifacts: Artifacts | null = null;
  let spec: ServiceSpec | null = null;
  let service: Service | null = null;
  let engine: EngineFacts | null = null;
  let sampler: Sampler | null = null;
  let load: LoadThread | null = null;
  let trace: LoadTrace | null = null;
  let measurement: Measurement | null = null;
  let failure: Failure | null = null;
  let coverage: RunResult['coverage'] = { longestReadingGapS: null, missedTickShare: 0 };
  let stopWatching: () => void = () => undefined;
  const { measure } = experiment;

  try {
    progress.phase('prepare', null);
    artifacts =
      session.artifacts.get(experiment.id) ?? (await guard.race(backend.prepare(experiment, guard.signal)));
    session.artifacts.set(experiment.id, artifacts);
    sampler = await startSampler(sampledMeters(meters), plugins.context);
    live.sampler = sampler;

    const deviceIds = meters.flatMap((meter) => meter.devices.map((device) => device.id));
    if (measure.idle_bare_s > 0 && session.bareIdle.isDue(deviceIds, process.hrtime.bigint())) {
      progress.phase('idle-bare', measure.idle_bare_s);
      const interval = await readQuietly(measure.idle_bare_s, sampler, guard);
      session.bareIdle.note(deviceIds, sampler.channels(), interval);
    }

    progress.phase('start', null);
    const host = plugins.runner(runner);
    spec = backend.service(experiment, artifacts, await guard.race(host.target()));
    service = await guard.race(
      host.start({ spec, logPath: folder.logPath, runId: folder.runId }, guard.signal),
    );
    guard.watch(service.exited);
    await awaitReady(service, spec, plan.execution.start_timeout_s, guard);
    engine = await guard.race(backend.describe(service.endpoint, AbortSignal.timeout(DESCRIBE_TIMEOUT_MS)));

    progress.phase('settle', measure.settle_s);
    await guard.wait(measure.settle_s * 1_000);
    let loaded: Interval | null = null;
    if (measure.idle_loaded_s > 0) {
      progress.phase('idle-loaded', measure.idle_loaded_s);
      loaded = await readQuietly(measure.idle_loaded_s, sampler, guard);
    }

    progress.phase('warmup', measure.warmup.max_s);
    const dialect = backend.dialect(experiment, artifacts);
    load = startLoad({
      endpoint: service.endpoint,
      dialect,
      workload: experiment.workload,
      model: artifacts.model,
      dataset: { kind: 'dataset', id: 'synthetic', moduleUrl: SYNTHETIC, options: {} },
      context: plugins.context,
      seed: run.seed,
    });
    live.load = load.counters;
    load.failed.catch((error: unknown) =>
      guard.end(error instanceof Error ? error : new Error(String(error))),
    );
    stopWatching = watchLoad(load.counters, plan.execution.stall_timeout_s, guard);
    const warmup = await warmUp(experiment, load.counters, sampler, headlineIds, guard);

    progress.phase('window', measure.min_seconds);
    const marks = await holdWindow(experiment, load, sampler, guard);

    progress.phase('drain', null);
    trace = await guard.race(load.finish());
    stopWatching();

    const channels = sampler.channels();
    const ticks = sampler.counts();
    measurement = measurementOf({
      trace,
      marks,
      warmup,
      gapS,
      meters,
      channels,
      idleOf: (id) => idlePower(id, channels, session.bareIdle.get(id), loaded, marks.startNs),
      gpusUsed: devices !== 'none',
      eventPerToken: dialect.stream.eventPerToken,
      ticks,
      clock,
    });
    const readings = channels.reduce((sum, { series }) => sum + series.values.length, 0);
    const gaps = channels
      .filter(({ channel }) => headlineIds.includes(channel.deviceId) && channel.quantity !== 'temperatureC')
      .map(({ series }) => longestGapS(series, marks));
    coverage = {
      longestReadingGapS: gaps.length > 0 ? Math.max(...gaps) : null,
      missedTickShare: readings > 0 ? ticks.missedTicks / (ticks.missedTicks + readings) : 0,
    };
    progress.phase('stop', spec.stopGraceS);
  } catch (error) {
    failure = failureOf(error, progress.current(), backend, await readLog(folder.logPath));
  }

  guard.unwatch();
  stopWatching();
  const stopFailure = await tearDown(load, service, sampler, progress, backend);
  failure ??= stopFailure;
  const channels = sampler?.channels() ?? [];
  progress.stop();
  log.stop();
  guard.close();
  return {
    backend,
    runner,
    devices,
    meters,
    artifacts,
    spec,
    serviceFacts: service?.facts ?? null,
    engine,
    measurement,
    coverage,
    failure,
    interrupted: failure?.class === 'interrupted',
    tables: {
      requests: requestTable(trace ?? NO_REQUESTS, clock),
      samples: sampleTable(channels, clock),
    },
  };
}

const NO_REQUESTS: LoadTrace = { originNs: 0n, openNs: 0, closeNs: 0, requests: [], threadUtilization: 0 };

/** Waits with nothing else going on, and gives the interval for the meters, with readings on both sides of it. */
async function readQuietly(seconds: number, sampler: Sampler, guard: Guard): Promise<Interval> {
  await awaitReadings(sampler, process.hrtime.bigint(), guard);
  const startNs = process.hrtime.bigint();
  await guard.wait(seconds * 1_000);
  const endNs = process.hrtime.bigint();
  await awaitReadings(sampler, endNs, guard);
  return { startNs, endNs };
}

function headlineDeviceIds(meters: readonly UsableMeter[], devices: DeviceSelection): string[] {
  const all = meters.flatMap((meter) => meter.devices);
  const scope = headlineScope(new Set(all.map((device) => device.scope)), devices !== 'none');
  return all.filter((device) => device.scope === scope).map((device) => device.id);
}

/** Stops everything, whatever happens to one of the parts. */
async function tearDown(
  load: LoadThread | null,
  service: Service | null,
  sampler: Sampler | null,
  progress: Progress,
  backend: Backend,
): Promise<Failure | null> {
  const results = [
    await Promise.allSettled([load?.terminate()]),
    await Promise.allSettled([service?.stop()]),
    await Promise.allSettled([sampler?.stop()]),
  ].flat();
  const failed = results.find((result) => result.status === 'rejected');
  return failed ? failureOf(failed.reason, progress.current(), backend, '') : null;
}
