/** A real engine as the runner's own parts see it, and what it says where something is wrong. */
import { isLlemError, type FailureCause } from '@llem/core';
import { whyNoDocker, whyNoRegistry, type DockerDaemon } from '@llem/testkit/docker';
import type { ContainerCreateOptions } from 'dockerode';
import type { Environment } from '../src/engine/address.js';
import { createConnection, type Connection } from '../src/engine/connection.js';
import { causeOf, type Doing } from '../src/engine/errors.js';

export const never = (): AbortSignal => new AbortController().signal;

/** Why tests of this machine's engine, or of its registry, are left out; null where they can run. */
export const refusedWithRegistry = (): string | null => whyNoDocker() ?? whyNoRegistry();
export const titled = (name: string, refused: string | null): string =>
  refused === null ? name : `${name} (left out: ${refused})`;

/** The user's own settings of Docker are none of a test's business. */
export const environmentOf = (daemon: Pick<DockerDaemon, 'host'>, more: Environment = {}): Environment => ({
  ...process.env,
  DOCKER_CONFIG: '/nonexistent',
  DOCKER_HOST: daemon.host,
  ...more,
});

export const connectTo = (daemon: Pick<DockerDaemon, 'host'>): Connection =>
  createConnection(environmentOf(daemon));

/** What went wrong; throws where nothing did. */
export async function causeIn(promise: Promise<unknown>, doing?: Doing): Promise<FailureCause> {
  const error: unknown = await promise.then(
    () => {
      throw new Error('Nothing went wrong.');
    },
    (thrown: unknown) => thrown,
  );
  if (doing) return causeOf(error, doing);
  if (!isLlemError(error)) throw error;
  return { class: error.failureClass ?? '', message: error.message, remedy: error.remedy };
}

/** What is told where a container is not made, or does not start; it is removed. */
export async function refusal(
  connection: Connection,
  options: ContainerCreateOptions,
  doing: Partial<Doing> = {},
): Promise<FailureCause> {
  const { docker, address } = await connection.engine();
  const at = { address, image: options.Image ?? '', ...doing };
  let step: Doing['doing'] = 'create';
  let made: { remove(options: object): Promise<unknown> } | null = null;
  try {
    const container = await docker.createContainer(options);
    made = container;
    step = 'start';
    await container.start();
  } catch (error) {
    return causeOf(error, { ...at, doing: step });
  } finally {
    await made?.remove({ force: true, v: true });
  }
  throw new Error('Nothing went wrong.');
}
