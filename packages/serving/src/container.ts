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

/**
 * The cache of the Hub, made where it is missing, and a model that is of this machine. `hubCache`, where models are kept, is inside
 * of `hubHome` unless HF_HUB_CACHE says otherwise. Pure.
 */
export function modelMounts(
  modelRef: string,
  hubHome: string,
  hubCache = join(hubHome, 'hub'),
): ContainerMount[] {
  const shared = (source: string, target: string): ContainerMount => ({
    source,
    target,
    readOnly: false,
    create: true,
  });
  return [
    shared(hubHome, CONTAINER_HUB),
    ...(hubCache === join(hubHome, 'hub') ? [] : [shared(hubCache, `${CONTAINER_HUB}/hub`)]),
    ...localMounts([modelRef]),
  ];
}

/**
 * What is named by absolute paths of this machine, to be read only and at the same path, so that a setting which names one means the
 * same in both places. Names of the Hub, which are no such paths, are left out. Pure.
 */
export function localMounts(names: readonly string[]): ContainerMount[] {
  const sources = new Set(names.filter((name) => isAbsolute(name)).map(withItsLinks));
  return [...sources].map((path) => ({ source: path, target: path, readOnly: true, create: false }));
}

/** A snapshot in a cache of the Hub holds links to files beside it. */
const withItsLinks = (path: string): string => /^(.*\/models--[^/]+)\/snapshots\//.exec(path)?.[1] ?? path;
