/** Names of images: registry, repository, tag, digest. Pure. */
import { llemError } from '@llem/core';

export interface ImageReference {
  /** `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** With `library/` where Docker Hub has no other owner. */
  readonly repository: string;
  /** Null where a digest stands alone. */
  readonly tag: string | null;
  /** `sha256:...`; null where none was named. */
  readonly digest: string | null;
}

/** The grammar of the distribution specification (distribution/reference). */
const COMPONENT = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/;
const ID = /^(?:sha256:)?[0-9a-f]{64}$/;
const DOCKER_HUB = 'docker.io';

/** Whether it names content of this machine, which no registry knows by that name. */
export const isImageId = (name: string): boolean => ID.test(name);

/** As `docker` reads it. Throws LLEM_E_START of the class `image-missing` for what names no image. */
export function parseReference(name: string): ImageReference {
  const reference = readReference(name);
  if (reference) return reference;
  const lower = name.toLowerCase();
  throw llemError('LLEM_E_START', `"${name}" is no name of an image.`, {
    remedy:
      lower !== name && readReference(lower)
        ? `Names of images have no capitals: \`${lower}\`.`
        : 'Give it as in `registry.example:5000/owner/name:tag` or `owner/name@sha256:…`.',
    failureClass: 'image-missing',
  });
}

/** The registry that an image comes from; null where the name is none. Never throws. */
export const hostOf = (name: string): string | null => readReference(name)?.host ?? null;

function readReference(name: string): ImageReference | null {
  const [named = '', digest = null, ...more] = name.split('@');
  if (more.length > 0 || (digest !== null && !DIGEST.test(digest))) return null;
  const colon = named.lastIndexOf(':');
  // Before a slash it is that of a port.
  const tagAt = colon > named.lastIndexOf('/') ? colon : -1;
  const tag = tagAt === -1 ? null : named.slice(tagAt + 1);
  if (tag !== null && !TAG.test(tag)) return null;
  const { host, path } = withHost(tagAt === -1 ? named : named.slice(0, tagAt));
  if (!HOST.test(host) || !PATH.test(path) || path.length > 255) return null;
  return {
    host,
    repository: host === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path,
    tag: tag ?? (digest === null ? 'latest' : null),
    digest,
  };
}

/** The first part is a host where it cannot be an owner: with a dot, a port or a capital, or `localhost`. */
function withHost(path: string): { host: string; path: string } {
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isHost) return { host: DOCKER_HUB, path };
  return { host: first === 'index.docker.io' ? DOCKER_HUB : first, path: path.slice(slash + 1) };
}
