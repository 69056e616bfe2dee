/**
 * The engine of a run: with `execution.service: per_block` the one that the run before has left, where it can serve this one
 * as if it were new, else one of its own; of a runner that starts none the server that is there. Whatever lives is on the cleanup of
 * a run, or has been left for the next one.
 */
import type { Experiment } from '@llem/core';
import { memoryInUse } from '../devices/state.js';
import { lookAtDevices } from '../devices/watch.js';
import type { Sampler } from '../sampler/thread.js';
import { isAttached } from '../service/attached.js';
import { followLog, logSize } from '../service/log.js';
import { isServedBy, needsOf, type ServiceNeeds } from '../service/needs.js';
import { isAnswering } from '../service/readiness.js';
import { serve, type Before, type Serving, type Starting } from '../service/serve.js';
import { LET_ALONE } from '../verdict/server-checks.js';
import { resetIdleCache } from './cache.js';
import type { Run } from './context.js';
import { runsOut, type PreparedDataset } from './dataset.js';
import { measureBareIdle } from './idle.js';
import { awaitQuiet } from './quiet.js';
import { stepsOfAttempt, stepsOfRuns } from './seeds.js';
import type { Session } from './session.js';

/** Takes what the run before has left. From now on it ends with this run, unless this one leaves it too. */
export function takeKept(run: Run): Serving | null {
  const { kept } = run.session;
  const { serving } = kept;
  kept.serving = null;
  if (serving) endWithRun(run, serving);
  return serving;
}

/** An engine that is ready for this run: `kept` if it will do, else a new one, with bare idle before it where that is due. */
export async function haveEngine(
  run: Run,
  kept: Serving | null,
  needs: ServiceNeeds,
  dataset: PreparedDataset,
  sampler: Sampler,
): Promise<Serving> {
  const { session, guard, progress } = run;
  if (kept) {
    if (await takeOver(run, kept, needs, dataset)) return kept;
    progress.phase('stop', kept.spec.stopGraceS);
    await guard.race(kept.stop());
  }
  if (run.isAttached) return attach(run, needs);
  await bring(run, needs);
  await measureBareIdle(run, sampler);
  const before = {
    look: lookAtDevices(session.meters),
    memory: memoryInUse(sampler.channels(), process.hrtime.bigint()),
  };
  return startNew(run, needs, before);
}

/**
 * What the start would have to wait for, an image, is brought before anything is measured. Preflight has done so, unless it was skipped
 * or the image has been removed since.
 */
async function bring(
  run: Run,
  { experiment, backend, runner, gpus, artifacts }: ServiceNeeds,
): Promise<void> {
  const { session, guard } = run;
  const { plugins, emit } = session.request;
  const host = plugins.runner(runner);
  if (!host.prepare) return;
  const spec = backend.service(experiment, artifacts, await guard.race(host.target()), gpus);
  const tell = (progress: string) => emit({ type: 'notice', level: 'info', message: `${progress}.` });
  await guard.race(host.prepare(spec, guard.signal, tell));
}

/**
 * Begins to use a server that is there. It may remember the prompts of every earlier run, and have requests of others to answer: it is
 * waited for, and what it does not forget is not sent again.
 */
async function attach(run: Run, needs: ServiceNeeds): Promise<Serving> {
  const { session, planned, folder, progress, found } = run;
  // Who was there before it was started, and with how much memory, is not to be known any more.
  const serving = await startNew(run, needs, { look: new Map(), memory: null });
  const { endpoint } = serving.service;
  progress.phase('drain', null);
  found.wasBusy = !(await awaitQuiet(run, endpoint));
  if (found.wasBusy) {
    const message = `The server has requests of others to answer, and the run begins all the same: ${LET_ALONE}`;
    session.request.emit({ type: 'notice', level: 'warning', message });
  }
  const cacheReset = await resetIdleCache(run, endpoint);
  found.seedSteps = cacheReset === 'done' ? 0 : stepsOfAttempt(planned, folder, session.request.store.dir);
  found.serviceStart = { runId: folder.runId, runsBefore: planned.position - 1, cacheReset };
  return serving;
}

async function startNew(run: Run, needs: ServiceNeeds, before: Before): Promise<Serving> {
  const { session, planned, folder, guard, found, cleanup, progress } = run;
  progress.phase('start', null);
  const log = followLog(folder.logPath, linesOf(run));
  cleanup.add(async () => {
    if (!found.keepsService) await log.stop();
  });
  found.log = { path: log.path, from: 0 };
  const serving = await serve({
    ...needs,
    session,
    cycle: planned.cycle,
    folder,
    guard,
    log,
    before,
    onStarting: (starting) => endWithRun(run, starting),
    found,
  });
  found.serving = serving;
  found.engine = serving.engine;
  found.serviceStart = { runId: folder.runId, runsBefore: 0, cacheReset: null };
  return serving;
}

/**
 * False when a new engine is needed: this run asks for another one, or this one is not as good as new. It is when it answers,
 * has nothing left to do, and has either forgotten the prompts of earlier runs or will be sent others.
 */
async function takeOver(
  run: Run,
  kept: Serving,
  needs: ServiceNeeds,
  { ref, facts }: PreparedDataset,
): Promise<boolean> {
  const { session, planned, guard, progress, found } = run;
  if (kept.cycle !== planned.cycle || !isServedBy(kept, needs)) return false;
  const { service, spec, log } = kept;
  const refuse = (why: string): false => {
    const message = `This run gets an engine of its own: that of the run before ${why}.`;
    session.request.emit({ type: 'notice', level: 'info', message });
    return false;
  };
  progress.phase('drain', null);
  const part = { path: log.path, from: await logSize(log.path) };
  if (!(await guard.race(isAnswering(service, spec)))) return refuse('does not answer any more');
  if (!(await awaitQuiet(run, service.endpoint))) return refuse('still has requests to answer');
  const cacheReset = await resetIdleCache(run, service.endpoint);
  if (cacheReset !== 'done' && runsOut(facts))
    return refuse(`did not empty its cache, and the data set ${ref.id} has no prompts that it has not seen`);
  if (kept.ended()) return refuse('has ended by itself');
  guard.watch(service.exited);
  log.tellTo(linesOf(run));
  found.serving = kept;
  found.spec = spec;
  found.serviceFacts = service.facts;
  found.image = service.image ?? null;
  found.engine = kept.engine;
  found.log = part;
  found.seedSteps = cacheReset === 'done' ? 0 : stepsOfRuns(kept.runs);
  found.serviceStart = { runId: kept.startedIn, runsBefore: kept.runs, cacheReset };
  return true;
}

/** Whether the engine of a run that has succeeded is to serve `next` as well, the next run of its cycle. Never throws. */
export function isKeptFor(
  session: Session,
  { serving }: Pick<Run['found'], 'serving'>,
  next: Experiment | null,
): boolean {
  const { plan, plugins } = session.request;
  if (plan.execution.service === 'fresh' || serving === null || next === null) return false;
  // Nothing is gained by keeping a server that llem does not start, and each run looks at it anew.
  if (isAttached(serving.needs.experiment, plugins)) return false;
  const artifacts = session.artifacts.get(next.id);
  // A run whose model has yet to be prepared will see for itself.
  if (artifacts === undefined) return true;
  try {
    return isServedBy(serving, needsOf(session, next, artifacts));
  } catch {
    // What is wrong with the next run is for that one to tell.
    return false;
  }
}

/** Leaves the service to the next run. That of a run which failed after all is not to be trusted. */
export async function leaveEngine(session: Session, serving: Serving, hasFailed: boolean): Promise<void> {
  serving.runs += 1;
  serving.log.tellTo(() => undefined);
  session.kept.serving = serving;
  if (hasFailed) await endKept(session);
}

/** Stops a service that no run is left for. Never rejects. */
export async function endKept({ kept, request: { emit } }: Session): Promise<void> {
  const { serving } = kept;
  kept.serving = null;
  await serving?.stop().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    emit({ type: 'notice', level: 'warning', message: `An engine could not be stopped: ${why}.` });
  });
}

/** Whatever ends the run early stops the service at once; when the run is over it is stopped unless it is kept. */
function endWithRun({ guard, cleanup, found }: Run, { abort, stop }: Starting): void {
  const onEnd = () => abort(guard.signal.reason);
  guard.signal.addEventListener('abort', onEnd, { once: true });
  cleanup.add(async () => {
    guard.signal.removeEventListener('abort', onEnd);
    if (!found.keepsService) await stop();
  });
}

/** Lines of an engine's log as events of a run. */
function linesOf({ session, folder: { runId } }: Run): (line: string) => void {
  const { emit } = session.request;
  return (line) => emit({ type: 'engine-log', runId, line });
}
