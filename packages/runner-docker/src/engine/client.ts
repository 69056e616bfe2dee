/** The client of the engine: the one file that loads dockerode, on first use. */
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { llemError } from '@llem/core';
import type Docker from 'dockerode';
import { isOnThisMachine, placeOf, type EngineAddress } from './address.js';
import { dockerError } from './errors.js';
import { untilAborted } from './until-aborted.js';

export interface Engine {
  readonly docker: Docker;
  readonly address: EngineAddress;
}

/**
 * Contacts nobody. Without a time limit of its own: some answers take as long as a container lives. Throws LLEM_E_START of the class
 * `docker-remote` for an engine of another machine.
 */
export async function openEngine(address: EngineAddress): Promise<Engine> {
  if (!isOnThisMachine(address)) {
    throw llemError('LLEM_E_START', `The Docker engine at ${placeOf(address)} is not on this machine.`, {
      remedy:
        'What is measured has to run beside the meters: run llem on that machine, or start the server there and measure it with the runner `attach`.',
      failureClass: 'docker-remote',
    });
  }
  const { default: Client } = await import('dockerode');
  try {
    return { docker: new Client(clientOptions(address)), address };
  } catch (error) {
    throw dockerError(error, { doing: 'reach', address });
  }
}

/** Every place is said, so that dockerode does not look into the environment for the rest. */
function clientOptions({ url, tls }: EngineAddress): Docker.DockerOptions & { agent: Agent } {
  // A connection for each request: one that was kept would be that of an engine that has since been started again.
  const agentOptions = { keepAlive: false };
  if (url.startsWith('unix://')) {
    return {
      socketPath: url.slice('unix://'.length),
      host: undefined,
      protocol: 'http',
      agent: new Agent(agentOptions),
    };
  }
  const { hostname, port } = new URL(url);
  const place = { socketPath: undefined, host: hostname, port: port || (tls ? 2376 : 2375) };
  if (tls === null) return { ...place, protocol: 'http', agent: new Agent(agentOptions) };
  const { ca, cert, key, verify } = tls;
  return {
    ...place,
    protocol: 'https',
    agent: new TlsAgent({ ...agentOptions, ca, cert, key, rejectUnauthorized: verify }),
  };
}

/**
 * Reads what the engine has at a path, as JSON. For what dockerode takes no signal, or no credentials, in its own functions. Rejects with
 * what dockerode makes of a failure, or with the signal's reason.
 */
export function ask(
  { docker }: Engine,
  path: string,
  signal: AbortSignal,
  auth?: object | null,
): Promise<unknown> {
  return untilAborted(
    new Promise((resolve, reject) => {
      docker.modem.dial(
        {
          path,
          method: 'GET',
          abortSignal: signal,
          statusCodes: { 200: true },
          ...(auth ? { authconfig: { ...auth } } : {}),
        },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    }),
    signal,
  );
}

/**
 * What the engine has at a path, as it comes: dockerode has it whole in memory where it is not followed. Rejects with what dockerode makes
 * of a failure.
 */
export function openStream(docker: Docker, path: string, signal: AbortSignal): Promise<Readable> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      { path, method: 'GET', isStream: true, abortSignal: signal, statusCodes: { 200: true } },
      (error, answer: unknown) => {
        if (answer instanceof Readable) resolve(answer);
        else reject(error instanceof Error ? error : new Error('The engine answered without a body.'));
      },
    );
  });
}
