/** Images of a runner: each looked for, or pulled, once; from then on it is its content that counts, not its name. */
import { llemError, type ContainerImage } from '@llem/core';
import type { Environment } from '../engine/address.js';
import { ask, type Engine } from '../engine/client.js';
import { causeOf, dockerError, statusOf } from '../engine/errors.js';
import { untilAborted } from '../engine/until-aborted.js';
import type { DockerOptions } from '../options.js';
import { credentialsFor } from './credentials.js';
import { isImageId, parseReference } from './reference.js';
import { givenDigests, inspectedSchema, type GivenDigest } from './given.js';
import { pullImage } from './pull.js';

export interface Images {
  /**
   * The image by the content that its name had when it was first asked for: a tag that moves meanwhile changes nothing. Pulled as the
   * options say, once for all who ask. Throws LLEM_E_START, or the signal's reason.
   */
  have(name: string, signal: AbortSignal, tell: (progress: string) => void): Promise<ContainerImage>;
  /**
   * Brings back one that was had and has been removed since, the very content, by its digest. False where it is here. Throws
   * LLEM_E_START where it cannot be had again, or the signal's reason.
   */
  restore(image: ContainerImage, signal: AbortSignal): Promise<boolean>;
}

interface Job {
  readonly image: Promise<ContainerImage>;
  readonly listeners: Set<(progress: string) => void>;
  readonly giveUp: AbortController;
}

export function createImages(
  engine: Engine,
  pull: DockerOptions['pull'],
  env: Environment = process.env,
): Images {
  const jobs = new Map<string, Job>();

  const begin = (name: string): Job => {
    const listeners = new Set<(progress: string) => void>();
    const giveUp = new AbortController();
    const tell = (progress: string) => listeners.forEach((listener) => listener(progress));
    const image = bringImage(engine, pull, env, name, giveUp.signal, tell);
    const job = { image, listeners, giveUp };
    jobs.set(name, job);
    // A failure is not kept: its cause may be gone when somebody asks again.
    image.catch(() => forget(name, job));
    return job;
  };
  const forget = (name: string, job: Job) => {
    if (jobs.get(name) === job) jobs.delete(name);
  };

  return {
    async have(name, signal, tell) {
      signal.throwIfAborted();
      const job = jobs.get(name) ?? begin(name);
      // Of each who asks one, also where two have the same function.
      const listener = (progress: string) => tell(progress);
      job.listeners.add(listener);
      try {
        return await untilAborted(job.image, signal);
      } finally {
        job.listeners.delete(listener);
        if (signal.aborted && job.listeners.size === 0) {
          forget(name, job);
          job.giveUp.abort(signal.reason);
        }
      }
    },
    restore: (image, signal) => restoreImage(engine, pull, env, image, signal),
  };
}

async function restoreImage(
  engine: Engine,
  pull: DockerOptions['pull'],
  env: Environment,
  { name, id, digest }: ContainerImage,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await findImage(engine, id, signal)) !== null) return false;
  const exact = digest === null || isImageId(name) ? null : withDigest(name, digest);
  if (exact !== null && pull !== 'never') {
    await pullWithCredentials(engine, pull, env, exact, signal, () => undefined);
    if ((await findImage(engine, id, signal)) !== null) return true;
  }
  throw llemError('LLEM_E_START', `The image ${name} (${id}) was removed during the study.`, {
    remedy: `Bring the same one back, ${exact === null ? '`docker load`' : `\`docker pull ${exact}\``}; one that is built anew is another one.`,
    failureClass: 'image-missing',
  });
}

function withDigest(name: string, digest: string): string {
  const { host, repository } = parseReference(name);
  return `${host}/${repository}@${digest}`;
}

async function bringImage(
  engine: Engine,
  pull: DockerOptions['pull'],
  env: Environment,
  name: string,
  signal: AbortSignal,
  tell: (progress: string) => void,
): Promise<ContainerImage> {
  const isId = isImageId(name);
  if (!isId) parseReference(name);
  if (pull !== 'always' || isId) {
    const here = await findImage(engine, name, signal);
    if (here) return here;
    if (pull === 'never' || isId) throw missing(engine, name, isId);
  }
  await pullWithCredentials(engine, pull, env, name, signal, tell);
  const pulled = await findImage(engine, name, signal);
  if (pulled) return pulled;
  throw dockerError(new Error('The pull exited before its end.'), {
    doing: 'pull',
    image: name,
    address: engine.address,
  });
}

async function pullWithCredentials(
  engine: Engine,
  pull: DockerOptions['pull'],
  env: Environment,
  name: string,
  signal: AbortSignal,
  tell: (progress: string) => void,
): Promise<void> {
  const { auth, trouble } = await credentialsFor(parseReference(name).host, env, signal);
  try {
    await pullImage(engine, name, auth, signal, tell);
  } catch (error) {
    signal.throwIfAborted();
    const cause = causeOf(error, { doing: 'pull', image: name, address: engine.address });
    const isHere = pull === 'always' && (await findImage(engine, name, signal).catch(() => null)) !== null;
    throw llemError('LLEM_E_START', trouble === null ? cause.message : `${cause.message} ${trouble}`, {
      remedy: isHere
        ? `${cause.remedy} An older one is here: \`pull: missing\` in the options of the runner takes it.`
        : cause.remedy,
      failureClass: cause.class,
      cause: error,
    });
  }
}

/** Null where it is not here. Throws LLEM_E_START. */
export async function findImage(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<ContainerImage | null> {
  try {
    const inspected = inspectedSchema.parse(await ask(engine, `/images/${name}/json`, signal));
    return { name, id: inspected.Id, digest: digestOf(name, await givenDigests(engine, inspected, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 404) return null;
    throw dockerError(error, { doing: 'inspect', image: name, address: engine.address });
  }
}

/** That of the very repository that was asked for: the same content has others elsewhere. Of an id any: each gives this content. */
function digestOf(name: string, known: readonly GivenDigest[]): string | null {
  if (isImageId(name)) return known[0]?.digest ?? null;
  const asked = parseReference(name);
  const own = known.filter(({ host, repository }) => host === asked.host && repository === asked.repository);
  return own.find(({ digest }) => digest === asked.digest)?.digest ?? own[0]?.digest ?? null;
}

function missing(engine: Engine, name: string, isId: boolean): Error {
  const cause = causeOf(new Error('no such image'), {
    doing: 'inspect',
    image: name,
    address: engine.address,
  });
  return llemError('LLEM_E_START', cause.message, {
    remedy: isId
      ? 'No registry knows an image by its id: give its name in the option `image`.'
      : cause.remedy,
    failureClass: cause.class,
  });
}
