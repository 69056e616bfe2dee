/** What engines that read models of the Hugging Face Hub need in a container. */
import { isAbsolute, join } from 'node:path';
import type { ContainerMount } from '@llem/core';

/** Folders that containers are given stand here: below the home of root, where images keep theirs, no other user could enter. */
export const CONTAINER_FOLDER = '/llem';

const CONTAINER_HUB = `${CONTAINER_FOLDER}/huggingface`;
const CONTAINER_HUB_CACHE = `${CONTAINER_FOLDER}/hub`;

/**
 * Processes of an engine exchange through it: with the 64 MiB that Docker gives, those of several GPUs do not start. It takes no
 * memory before it is used. Not the memory of the host, in which a killed engine would leave what it has there.
 */
export const SHARED_MEMORY_BYTES = 32 * 2 ** 30;

/** Variables that are handed over where they are set: tokens, another host of the Hub, a proxy. */
export const PASSED_ENV = [
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'HF_ENDPOINT',
  'HF_HUB_OFFLINE',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
];

/** Folders of the Hugging Face Hub on this machine. Absolute. */
export interface HubFolders {
  /** HF_HOME: a token, and caches of several kinds. */
  readonly hubHome: string;
  /** HF_HUB_CACHE: the models; left out where it is inside of `hubHome`, as it usually is. */
  readonly hubCache?: string;
}

/** Whether the models are elsewhere than in the rest. */
const isApart = (folders: HubFolders): folders is Required<HubFolders> =>
  folders.hubCache !== undefined && folders.hubCache !== join(folders.hubHome, 'hub');

/** Says where the folders of the Hub are in a container, whatever an image says. Pure. */
export const hubEnvironment = (folders: HubFolders): Record<string, string> => ({
  HF_HOME: CONTAINER_HUB,
  HF_HUB_CACHE: isApart(folders) ? CONTAINER_HUB_CACHE : `${CONTAINER_HUB}/hub`,
});

/** A folder of this machine that engines write to, made where it is missing. */
export const sharedFolder = (source: string, target: string): ContainerMount => ({
  source,
  target,
  readOnly: false,
  create: true,
});

/**
 * The cache of the Hub, made where it is missing, and what the model and other settings (`named`) name by absolute paths of this
 * machine: to be read only and at the same path, so that a setting means the same in both places. Names of the Hub, which are no
 * such paths, are left out; each path is there once, as a container system asks for. Pure.
 */
export function modelMounts(
  modelRef: string,
  folders: HubFolders,
  named: readonly (string | undefined)[] = [],
): ContainerMount[] {
  const paths = [modelRef, ...named].filter((name) => name !== undefined).filter((name) => isAbsolute(name));
  return [
    sharedFolder(folders.hubHome, CONTAINER_HUB),
    // Not inside of the first: Docker would make a folder in that, as root.
    ...(isApart(folders) ? [sharedFolder(folders.hubCache, CONTAINER_HUB_CACHE)] : []),
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
