/** One service from start to stop: its container, its log, its end, and nothing left. */
import { randomUUID } from 'node:crypto';
import { isLlemError, llemError, type ContainerSpec, type Service, type StartRequest } from '@llem/core';
import { ownIdentity } from '@llem/localhost';
import type { Environment } from '../engine/address.js';
import type { Engine } from '../engine/client.js';
import { dockerError, statusOf, type Doing } from '../engine/errors.js';
import type { DockerFacts } from '../engine/facts.js';
import { untilAborted } from '../engine/until-aborted.js';
import type { Images } from '../images/images.js';
import type { DockerOptions } from '../options.js';
import { within } from '../within.js';
import { containerEnvironment, containerMounts, createOptions } from './create.js';
import { launchGuard, type Guard } from './guard.js';
import { containerName } from './labels.js';
import { requireLimits } from './limit-support.js';
import type { LeftServices } from './left.js';
import { limitsOf } from './limits.js';
import { openLog } from './log.js';
import { makeContainer } from './make.js';
import { provideMounts } from './mounts.js';
import { chooseNetwork } from './network.js';
import { removeService } from './remove.js';
import { runningService } from './running.js';
import { secretsOf, takenFrom } from './secrets.js';

/** What a start that failed or was given up may take to clear up; the supervisor then does the rest. */
const CLEAR_LIMIT_MS = 3_000;

/** What a runner has for its services. */
export interface ServiceHost {
  readonly engine: Engine;
  readonly facts: DockerFacts;
  readonly images: Images;
  /** Of the same runner. */
  readonly left: LeftServices;
  readonly options: DockerOptions;
  readonly env: Environment;
}

/**
 * Starts the engine and returns as soon as its container runs, ready or not. Throws LLEM_E_START, or the signal's reason when it was
 * aborted meanwhile; nothing is left then. An abort later on stops the service.
 */
export async function startService(
  host: ServiceHost,
  request: StartRequest,
  signal: AbortSignal,
): Promise<Service> {
  signal.throwIfAborted();
  const { engine, left, options, env } = host;
  const { spec, logPath } = request;
  const wanted = containerOf(request);
  const network = chooseNetwork(options.network, host.facts);
  requireLimits(options, host.facts);
  await left.awaitGone(engine, signal);
  const image = await host.images.have(wanted.image, signal, () => undefined);
  await provideMounts(containerMounts(wanted, options));
  const log = await openLog(
    logPath,
    secretsOf(containerEnvironment({ spec, container: wanted, options, env }), takenFrom(env, options.env)),
  );
  const service = randomUUID();
  const guard = await launchGuard(engine.address, service, logPath).catch(async (error: unknown) => {
    await log.close();
    throw error;
  });
  const pending: Promise<unknown>[] = [];
  const ask = async <T>(doing: Doing['doing'], asked: Promise<T>): Promise<T> => {
    pending.push(asked);
    try {
      return await untilAborted(asked, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw dockerError(error, { doing, address: engine.address, image: image.name, port: spec.target.port });
    }
  };
  try {
    signal.throwIfAborted();
    const mark = { study: request.study, runId: request.runId, service, owner: await ownIdentity() };
    const create = createOptions({ ...host, mark, spec, container: wanted, imageId: image.id, network });
    const name = () => containerName(request.runId, randomUUID());
    const make = () => ask('create', makeContainer(engine.docker, create, name));
    const made = await make().catch(async (error: unknown) => {
      // Somebody tidied up in the middle of the study.
      const isMissing = isLlemError(error) && statusOf(error.cause) === 404;
      if (!isMissing || !(await host.images.restore(image, signal))) throw error;
      return make();
    });
    const limits = await ask('inspect', limitsOf(made.container, network));
    await ask('start', made.container.start());
    return runningService({
      ...made,
      engine,
      kind: host.facts.kind,
      request,
      service,
      image,
      log,
      guard,
      left,
      limits,
      signal,
    });
  } catch (error) {
    await clear(host, service, pending, guard);
    await log.close();
    throw error;
  }
}

function containerOf({ spec }: StartRequest): ContainerSpec {
  if (spec.container) return spec.container;
  throw llemError('LLEM_E_START', 'The backend does not say how its engine runs in a container.', {
    remedy: 'Run it as a process, `runner: local`, or update the backend.',
    failureClass: 'container-start-failed',
  });
}

/** After a start that failed: nothing is left, or it is removed as soon as may be, and before the next start. */
async function clear(
  { engine, left }: ServiceHost,
  service: string,
  pending: readonly Promise<unknown>[],
  guard: Guard,
): Promise<void> {
  // What was asked for is carried out, whether or not somebody still waits for it.
  const answered = Promise.allSettled(pending);
  const remove = async () => {
    const isRemoved = await within(removeService(engine, service), CLEAR_LIMIT_MS);
    if (isRemoved) guard.done();
    else {
      left.add(service);
      guard.leave();
    }
  };
  if (await within(answered, CLEAR_LIMIT_MS)) return remove();
  // The engine may still make it: its supervisor stays, should llem die meanwhile.
  void answered.then(remove);
}
