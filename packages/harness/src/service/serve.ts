/** Has an engine running and ready: target, start, readiness, description. */
import {
  isLlemError,
  llemError,
  type Artifacts,
  type Backend,
  type Endpoint,
  type EngineFacts,
  type Experiment,
  type RunFolder,
  type Service,
  type VisibleGpus,
} from '@llem/core';
import type { ResolvedRunner } from '@llem/study';
import type { Cleanup } from '../run/cleanup.js';
import type { Found } from '../run/context.js';
import type { Guard } from '../run/guard.js';
import type { Session } from '../run/session.js';
import { awaitReady } from './readiness.js';

/** An engine may take this long to end when a person has asked llem to: what it is given else may be a minute. */
const INTERRUPTED_GRACE_S = 2;
/** `describe` of an engine may take this long. */
const DESCRIBE_TIMEOUT_MS = 10_000;

export interface Serving {
  readonly session: Session;
  readonly experiment: Experiment;
  readonly folder: RunFolder;
  readonly backend: Backend;
  readonly runner: ResolvedRunner;
  /** What the engine is to see. */
  readonly gpus: VisibleGpus;
  readonly guard: Guard;
  readonly cleanup: Cleanup;
  /** Told as soon as it is known: the record of an engine that did not get ready says how it was started. */
  readonly found: Pick<Found, 'spec' | 'serviceFacts'>;
}

/** Throws LLEM_E_START, or what ended the run; the engine is on the cleanup from the moment it is being started. */
export async function serve(
  { session, experiment, folder, backend, runner, gpus, guard, cleanup, found }: Serving,
  artifacts: Artifacts,
): Promise<{ service: Service; engine: EngineFacts }> {
  const { plugins, plan, signal: interruption } = session.request;
  const host = plugins.runner(runner);
  const spec = backend.service(experiment, artifacts, await guard.race(host.target()), gpus);
  found.spec = spec;
  const starting = host.start({ spec, logPath: folder.logPath, runId: folder.runId }, guard.signal);
  // A start that failed has left nothing; its error is told by whoever waited for it.
  const started = starting.catch(() => null);
  const hasten = () => void started.then((service) => service?.stop(INTERRUPTED_GRACE_S));
  interruption.addEventListener('abort', hasten, { once: true });
  cleanup.add(async () => {
    await (await started)?.stop();
    interruption.removeEventListener('abort', hasten);
  });
  const service = await guard.race(starting);
  found.serviceFacts = service.facts;
  guard.watch(service.exited);
  await awaitReady(service, spec, plan.execution.start_timeout_s, guard);
  const engine = await guard.race(describe(backend, service.endpoint));
  return { service, engine };
}

async function describe(backend: Backend, endpoint: Endpoint): Promise<EngineFacts> {
  try {
    return await backend.describe(endpoint, AbortSignal.timeout(DESCRIBE_TIMEOUT_MS));
  } catch (cause) {
    if (isLlemError(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw llemError('LLEM_E_START', `The engine got ready, but did not say what it is: ${why}.`, {
      remedy: 'Read engine.log in the folder of the run.',
      failureClass: 'describe-failed',
      cause,
    });
  }
}
