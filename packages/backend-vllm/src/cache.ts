/** Emptying the prefix cache, and what proves that it is empty. */
import type { Endpoint } from '@llem/core';
import { areAllZero, ask, getText } from '@llem/serving';
import { z } from 'zod';
import type { VllmOptions } from './options.js';

const answerSchema = z.object({ success: z.boolean() });

/** Must be 0 for every engine when no block of the cache is in use. */
const IN_USE = ['vllm:num_requests_running', 'vllm:num_requests_waiting', 'vllm:kv_cache_usage_perc'];

/** Blocks kept outside of the GPU, by a connector that has to be emptied as well. */
const keepsBlocksElsewhere = (options: VllmOptions): boolean =>
  options.kv_offloading_size !== undefined || options.kv_transfer_config !== undefined;

/**
 * True only where it is known that the cache is empty. From 0.26 on the answer tells whether the engine did it, of several
 * engines (data_parallel_size) the first one alone. A reset fails for one reason, blocks that are in use, so that for the others,
 * and for older releases, which answer 200 whatever happened, engines that have none in use prove it. Needs VLLM_SERVER_DEV_MODE.
 */
export async function resetPrefixCache(
  options: VllmOptions,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<boolean> {
  const elsewhere = keepsBlocksElsewhere(options);
  const path = `/reset_prefix_cache${elsewhere ? '?reset_external=true' : ''}`;
  const { ok, text } = await ask(endpoint, 'POST', path, signal);
  if (!ok) return false;
  const success = toldSuccess(text);
  if (success === false) return false;
  // Whether a connector was emptied shows in nothing but the answer.
  if (success === null && elsewhere) return false;
  if (success === true && (options.data_parallel_size ?? 1) === 1) return true;
  return areAllZero((await getText(endpoint, '/metrics', signal)) ?? '', IN_USE);
}

/** Null where the answer does not tell. */
function toldSuccess(text: string): boolean | null {
  try {
    return answerSchema.parse(JSON.parse(text)).success;
  } catch {
    return null;
  }
}
