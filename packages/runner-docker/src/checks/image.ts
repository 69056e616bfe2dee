/** Whether an image is here, or its registry would give it. */
import { failed, ok, type Check, type Finding } from '@llem/core';
import { z } from 'zod';
import type { Environment } from '../engine/address.js';
import { ask } from '../engine/client.js';
import type { Connection } from '../engine/connection.js';
import { dockerError } from '../engine/errors.js';
import { credentialsFor } from '../images/credentials.js';
import { findImage } from '../images/images.js';
import { isImageId, parseReference } from '../images/reference.js';
import type { DockerOptions } from '../options.js';
import { asFinding } from './finding.js';

/** A registry that is far, asked through a proxy, after a helper for credentials. */
const LIMIT_MS = 60_000;

/** What processors run by themselves, as Go names them and with it every engine. */
const NATIVE: Readonly<Record<string, readonly string[]>> = {
  amd64: ['amd64', '386'],
  arm64: ['arm64', 'arm'],
};

const inspectedSchema = z.looseObject({ Architecture: z.string().catch('') });

export const imageCheck = (
  connection: Connection,
  env: Environment,
  pull: DockerOptions['pull'],
  name: string,
): Check => ({
  id: 'docker.image',
  title: 'Image',
  limitMs: LIMIT_MS,
  run: async (signal) => {
    try {
      return await look(connection, env, pull, name, signal);
    } catch (error) {
      return asFinding(error);
    }
  },
});

async function look(
  connection: Connection,
  env: Environment,
  pull: DockerOptions['pull'],
  name: string,
  signal: AbortSignal,
): Promise<Finding> {
  const isId = isImageId(name);
  if (!isId) parseReference(name);
  const { kind, arch } = await connection.facts(signal);
  const engine = await connection.engine();
  const here = await findImage(engine, name, signal);
  if (here !== null && (isId || pull !== 'always')) {
    const { Architecture } = inspectedSchema.parse(await ask(engine, `/images/${here.id}/json`, signal));
    return foreignFinding(name, Architecture, arch) ?? ok(`The image ${name} is here (${shortId(here.id)}).`);
  }
  if (isId || pull === 'never') {
    return failed(
      `The image ${name} is not on this machine.`,
      isId
        ? 'No registry knows an image by its id: give its name in the option `image` of the runner.'
        : `Bring it, \`docker pull ${name}\`, or take \`pull: never\` out of the options of the runner.`,
    );
  }
  // Podman asks no registry on behalf of others.
  if (kind !== 'podman') await askRegistry();
  return ok(
    here === null
      ? `The image ${name} is not here, and will be pulled before the first run.`
      : `The image ${name} is here (${shortId(here.id)}), and the registry will be asked for a newer one.`,
  );

  async function askRegistry(): Promise<void> {
    const { auth, trouble } = await credentialsFor(parseReference(name).host, env, signal);
    try {
      await ask(engine, `/distribution/${name}/json`, signal, auth);
    } catch (error) {
      signal.throwIfAborted();
      const told = dockerError(error, { doing: 'pull', image: name, address: engine.address });
      if (trouble !== null) told.message = `${told.message} ${trouble}`;
      throw told;
    }
  }
}

/** Null where this machine runs what is in the image by itself, or it is not told. Pure. */
export function foreignFinding(name: string, image: string, machine: string): Finding | null {
  const native = NATIVE[machine];
  if (image === '' || native === undefined || native.includes(image)) return null;
  return failed(
    `The image ${name} is for ${image}, and this machine is ${machine}: its engine would not start, or run in an emulation.`,
    'Choose an image for this machine in the option `image` of the runner, or remove this one so that the right one is pulled: `docker rmi ' +
      `${name}\`.`,
  );
}

const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);
