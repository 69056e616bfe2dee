/** Emptying the prefix cache, and what proves that it is empty. */
import type { Endpoint } from '@llem/core';
import { areAllZero, ask, getText } from '@llem/serving';
import { sizesOf } from './constraints/parallelism.js';
import type { SglangOptions } from './options.js';

/** Seconds that newer releases wait for what still runs; older ones do not look at it, and refuse at once. */
const WAIT_S = 10;

/** What a release answers that did it. */
const DONE = /^cache flushed/i;

const IN_USE = ['sglang:num_running_reqs', 'sglang:num_queue_reqs'];

/**
 * True only where it is known that the cache is empty, the level in the memory of the host included. A server that is not idle
 * answers 400. Of several schedulers (dp_size) it tells of the first alone: all of them idle proves the rest.
 */
export async function flushCache(
  options: SglangOptions,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<boolean> {
  if (keepsElsewhere(options)) return false;
  const { ok, text } = await ask(endpoint, 'POST', `/flush_cache?timeout=${WAIT_S}`, signal);
  if (!ok || !DONE.test(text.trim())) return false;
  const { copies, groups } = sizesOf(options);
  return copies * groups === 1 || areAllZero((await getText(endpoint, '/metrics', signal)) ?? '', IN_USE);
}

/** Flags of caches that are no part of SGLang, or keep prefixes outside of this process. */
const ELSEWHERE = [
  'enable-lmcache',
  'enable-flexkv',
  'radix-cache-backend',
  'enable-unified-cache-external-linker',
];

/** A level on a disk or another machine stays as it is. */
const keepsElsewhere = ({ hicache_storage_backend: storage, extra }: SglangOptions): boolean =>
  storage !== undefined || ELSEWHERE.some((flag) => (extra[flag] ?? false) !== false);
