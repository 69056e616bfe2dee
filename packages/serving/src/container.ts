/** What engines that read models of the Hugging Face Hub need in a container. */
import { isAbsolute } from 'node:path';
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

/** The cache of the Hub, made where it is missing; a model that is a folder of this machine at the same path, to be read only. */
export function modelMounts(modelRef: string, hubHome: string): ContainerMount[] {
  const cache = { source: hubHome, target: CONTAINER_HUB, readOnly: false, create: true };
  if (!isAbsolute(modelRef)) return [cache];
  return [cache, { source: modelRef, target: modelRef, readOnly: true, create: false }];
}
