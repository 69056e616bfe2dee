/** The prefix cache and its levels. */
import type { Violation } from '@llem/core';
import { violation, type Rule } from './rule.js';

const LEVELS = [
  'hicache_ratio',
  'hicache_size',
  'hicache_write_policy',
  'hicache_io_backend',
  'hicache_storage_backend',
] as const;

export const levelsOfCache: Rule = ({ options }) => {
  const found: Violation[] = [];
  if (options.enable_hierarchical_cache === true) {
    if (options.disable_radix_cache === true) {
      found.push(
        violation(
          'enable_hierarchical_cache',
          'is a second level of the prefix cache, which sglang.disable_radix_cache turns off: leave one of the two out',
        ),
      );
    }
    if (options.hicache_ratio !== undefined && (options.hicache_size ?? 0) > 0) {
      found.push(violation('hicache_ratio', 'sglang.hicache_size takes its place: use one of the two'));
    }
    return found;
  }
  for (const name of LEVELS) {
    if (options[name] === undefined) continue;
    found.push(
      violation(
        name,
        'has no effect without a second level: set sglang.enable_hierarchical_cache: true as well',
      ),
    );
  }
  return found;
};

/** Policies that look into the prefix cache; without it SGLang runs fcfs in silence, or ends. */
const LOOKS_AT_CACHE = ['lpm', 'dfs-weight', 'shortest-prefill-first'];

export const policyHasCache: Rule = ({ options }) => {
  const { schedule_policy: policy, disable_radix_cache: off, radix_eviction_policy: eviction } = options;
  if (off !== true) return [];
  const found: Violation[] = [];
  if (policy !== undefined && LOOKS_AT_CACHE.includes(policy)) {
    found.push(
      violation(
        'schedule_policy',
        `${policy} goes by the prefix cache, which sglang.disable_radix_cache turns off: use fcfs, random or lof`,
      ),
    );
  }
  if (eviction !== undefined) {
    found.push(
      violation(
        'radix_eviction_policy',
        'has no effect with sglang.disable_radix_cache: leave one of the two out',
      ),
    );
  }
  return found;
};
