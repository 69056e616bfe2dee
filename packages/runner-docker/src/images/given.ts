/** The digests under which registries gave an image, of those that its engine has for it. */
import { z } from 'zod';
import { ask, type Engine } from '../engine/client.js';
import { isOlder } from '../engine/facts.js';
import { parseReference } from './reference.js';

/** What an engine says of an image. */
export const inspectedSchema = z.looseObject({
  Id: z.string(),
  RepoDigests: z.array(z.string()).nullish(),
  Identity: z.looseObject({ Pull: z.array(z.looseObject({ Repository: z.string() })).nullish() }).nullish(),
});
export type InspectedImage = z.output<typeof inspectedSchema>;

export interface GivenDigest {
  readonly host: string;
  readonly repository: string;
  readonly digest: string;
}

/** First API that tells which repositories an image was pulled from or pushed to (Docker Engine API version history, v1.53). */
const IDENTITY_API = '1.53';
const versionSchema = z.looseObject({ ApiVersion: z.string() });

/**
 * Docker that keeps images in containerd, as it does from 29 on, has a digest for each name of an image, whether or not a registry knows
 * it; it is the id of the image as well. Where nobody tells who gave it, in Docker 25 to 28 with such images and in Podman, all are
 * taken for given. Rejects with what dockerode throws.
 */
export async function givenDigests(
  engine: Engine,
  { Id, RepoDigests, Identity }: InspectedImage,
  signal: AbortSignal,
): Promise<GivenDigest[]> {
  const known = (RepoDigests ?? []).flatMap((text) => {
    const { host, repository, digest } = parseReference(text);
    return digest === null ? [] : [{ host, repository, digest }];
  });
  const isOfContainerd = known.some(({ digest }) => digest === Id);
  if (!isOfContainerd || (!Identity && !(await tellsIdentity(engine, signal)))) return known;
  const givers = new Set((Identity?.Pull ?? []).map(({ Repository }) => withoutPort(Repository)));
  return known.filter(({ host, repository }) => givers.has(withoutPort(`${host}/${repository}`)));
}

async function tellsIdentity(engine: Engine, signal: AbortSignal): Promise<boolean> {
  const { ApiVersion } = versionSchema.parse(await ask(engine, '/version', signal));
  return !isOlder(ApiVersion, IDENTITY_API);
}

/** Docker 29.7 tells repositories without the port of their registry. */
const withoutPort = (repository: string): string => repository.replace(/^([^/]+):\d+\//, '$1/');
