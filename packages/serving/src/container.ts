/** What engines that read models of the Hugging Face Hub need in a container. */
import { isAbsolute, join } from 'node:path';
import type { ContainerMount } from '@llem/core';

/** Where the cache of the Hub is inside of a container. */
export const CONTAINER_HUB = '/root/.cache/huggingface';

/** Variables that are handed over where they are set: tokens, another host of the Hub, a proxy. */
export const PASSED_ENV = [
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'HF_ENDPOINT',
  'HF_HUB_OFFLINE',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
];

/** Folders of the Hugging Face Hub on this machine. Absolute. */
export interface HubFolders {
  /** HF_HOME: a token, and caches of several kinds. */
  readonly hubHome: string;
  /** HF_HUB_CACHE: the models; left out where it is inside of `hubHome`, as it usually is. */
  readonly hubCache?: string;
}

/**
 * The cache of the Hub, made where it is missing, and what the model and other settings (`named`) name by absolute paths of this
 * machine: to be read only and at the same path, so that a setting means the same in both places. Names of the Hub, which are no
 * such paths, are left out; each path is there once, as a container system asks for. Pure.
 */
export function modelMounts(
  modelRef: string,
  { hubHome, hubCache }: HubFolders,
  named: readonly (string | undefined)[] = [],
): ContainerMount[] {
  const shared = (source: string, target: string): ContainerMount => ({
    source,
    target,
    readOnly: false,
    create: true,
  });
  const paths = [modelRef, ...named].filter((name) => name !== undefined).filter((name) => isAbsolute(name));
  const elsewhere = hubCache !== undefined && hubCache !== join(hubHome, 'hub');
  return [
    shared(hubHome, CONTAINER_HUB),
    ...(elsewhere ? [shared(hubCache, `${CONTAINER_HUB}/hub`)] : []),
    ...[...new Set(paths.map(withItsLinks))].map((path) => ({
      source: path,
      target: path,
      readOnly: true,
      create: false,
    })),
  ];
}

/** A snapshot in a cache of the Hub holds links to files beside it. */
const withItsLinks = (path: string): string => /^(.*\/models--[^/]+)\/snapshots\//.exec(path)?.[1] ?? path;
