/** The checks of the Docker runner, in the order in which they are told. */
import type { Check, ServiceSpec } from '@llem/core';
import { loopbackCheck } from '@llem/localhost';
import type { Environment } from '../engine/address.js';
import type { Connection } from '../engine/connection.js';
import type { Images } from '../images/images.js';
import type { DockerOptions } from '../options.js';
import { cudaTrial } from './cuda.js';
import { diskCheck } from './disk.js';
import { engineCheck } from './engine.js';
import { gpuTrials } from './gpu-trial.js';
import { gpusTrial } from './gpus.js';
import { imageCheck } from './image.js';
import { limitsCheck } from './limits.js';
import { mountsCheck } from './mounts.js';
import { networkCheck } from './network.js';
import { specCheck } from './spec.js';

/**
 * Without services there is one for the engine and its disk together, which tells the first thing that is wrong. With them the engine has
 * been asked for a target before, so that each of the others has something to look at.
 */
export function dockerChecks(
  connection: Connection,
  options: DockerOptions,
  specs: readonly ServiceSpec[],
  env: Environment,
): Check[] {
  const engine = engineCheck(connection, env);
  if (specs.length === 0) {
    const whole = withDisk(engine, diskCheck(connection, []));
    return [whole, ...network(connection, options), loopbackCheck('docker.port')];
  }
  const images = [...new Set(specs.flatMap(({ container }) => container?.image ?? []))];
  return [
    engine,
    specCheck(specs),
    ...images.map((name) => imageCheck(connection, env, options.pull, name)),
    diskCheck(connection, images),
    mountsCheck(connection, specs, options),
    ...network(connection, options),
    ...(options.memory_gib === undefined && options.cpus === undefined
      ? []
      : [limitsCheck(connection, options)]),
    loopbackCheck('docker.port'),
  ];
}

/** It can be a wrong one only where a study names it; a target, and so a service, cannot be had then. */
const network = (connection: Connection, { network: asked }: DockerOptions): Check[] =>
  asked === 'host' ? [networkCheck(connection, asked)] : [];

function withDisk(engine: Check, disk: Check): Check {
  return {
    ...engine,
    run: async (signal) => {
      const found = await engine.run(signal);
      if (found.status !== 'ok') return found;
      const room = await disk.run(signal);
      return { ...room, message: `${found.message} ${room.message}` };
    },
  };
}

/** What a container of each image that gets GPUs sees. */
export const dockerTrials = (
  connection: Connection,
  images: () => Promise<Images>,
  specs: readonly ServiceSpec[],
): Check[] => gpuTrials(connection, images, specs).flatMap((trial) => [gpusTrial(trial), cudaTrial(trial)]);
