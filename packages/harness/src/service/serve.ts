/** Has an engine running and ready: target, start, readiness, description. */
import {
  isLlemError,
  llemError,
  type Backend,
  type Endpoint,
  type EngineFacts,
  type RunFolder,
  type Service,
  type ServiceSpec,
} from '@llem/core';
import type { MemoryInUse } from '../devices/state.js';
import type { Look } from '../devices/watch.js';
import type { Found } from '../run/context.js';
import type { Guard } from '../run/guard.js';
import type { Session } from '../run/session.js';
import { writeFiles } from './files.js';
import type { LogFollower } from './log.js';
import type { ServiceNeeds } from './needs.js';
import { awaitReady } from './readiness.js';

/** An engine may take this long to end when a person has asked llem to: what it is given else may be a minute. */
const INTERRUPTED_GRACE_S = 2;
/** `describe` of an engine may take this long. */
const DESCRIBE_TIMEOUT_MS = 10_000;

/** What was on the devices before an engine was started. */
export interface Before {
  readonly look: Look;
  /** Null of a server that was there already. */
  readonly memory: MemoryInUse | null;
}

/** A service that is being started, or runs. */
export interface Starting {
  readonly log: LogFollower;
  /** Stops it at once, also while it is being started. */
  readonly abort: (reason: unknown) => void;
  /** Stops it and then the following of its log, also when it never ran. */
  readonly stop: () => Promise<void>;
}

/** A ready engine, with what the runs that it serves have to know of its start. */
export interface Serving extends Starting {
  readonly service: Service;
  readonly spec: ServiceSpec;
  readonly engine: EngineFacts;
  readonly needs: ServiceNeeds;
  readonly before: Before;
  /** The run that it was started in, whose folder has its log. */
  readonly startedIn: string;
  /** The cycle of that run: a service lives no longer than its block. */
  readonly cycle: number;
  /** True once it has ended, by itself or not. */
  readonly ended: () => boolean;
  /** Runs that it has served before. */
  runs: number;
}

export interface ServeRequest extends ServiceNeeds {
  readonly session: Session;
  readonly cycle: number;
  readonly folder: RunFolder;
  readonly guard: Guard;
  readonly log: LogFollower;
  readonly before: Before;
  /** Told of the service before anybody waits for it, so that it is stopped whatever happens. */
  readonly onStarting: (starting: Starting) => void;
  /** Told as soon as it is known: the record of an engine that did not get ready says how it was started. */
  readonly found: Pick<Found, 'spec' | 'serviceFacts' | 'image'>;
}

/** Throws LLEM_E_START, or what ended the run. */
export async function serve(asked: ServeRequest): Promise<Serving> {
  const { session, cycle, folder, guard, log, before, onStarting, found, ...needs } = asked;
  const { experiment, backend, runner, gpus, artifacts } = needs;
  const { plugins, plan, signal: interruption } = session.request;
  const host = plugins.runner(runner);
  const spec = backend.service(experiment, artifacts, await guard.race(host.target()), gpus);
  found.spec = spec;
  // A server that is there already has read its own.
  if (host.place !== 'elsewhere') await guard.race(writeFiles(spec.files ?? []));
  // Not the signal of the run: the service may live on after it.
  const life = new AbortController();
  const request = { spec, study: plan.studyName, logPath: log.path, runId: folder.runId };
  const start = host.start(request, life.signal);
  // A start that failed has left nothing; its error is told by whoever waited for it.
  const started = start.catch(() => null);
  // That it cannot be stopped is told by `stop`.
  const hasten = () =>
    void started.then((service) => service?.stop(INTERRUPTED_GRACE_S)).catch(() => undefined);
  interruption.addEventListener('abort', hasten, { once: true });
  const starting: Starting = {
    log,
    abort: (reason) => life.abort(reason),
    stop: async () => {
      try {
        await (await started)?.stop();
      } finally {
        interruption.removeEventListener('abort', hasten);
        await log.stop();
      }
    },
  };
  onStarting(starting);
  const service = await guard.race(start);
  found.serviceFacts = service.facts;
  found.image = service.image ?? null;
  guard.watch(service.exited);
  let ended = false;
  void service.exited.then(() => {
    ended = true;
  });
  await awaitReady(service, spec, plan.execution.start_timeout_s, guard);
  const engine = await guard.race(describe(backend, service.endpoint));
  return {
    ...starting,
    service,
    spec,
    engine,
    needs,
    before,
    startedIn: folder.runId,
    cycle,
    ended: () => ended,
    runs: 0,
  };
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
