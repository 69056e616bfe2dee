/** Memory of GPUs and host. */
import { violation, type Rule } from './rule.js';

export const oneSizeOfCache: Rule = ({ options }) => {
  if (options.kv_cache_memory_bytes === undefined || options.gpu_memory_utilization === undefined) return [];
  return [
    violation(
      'kv_cache_memory_bytes',
      'decides the size of the cache, and gpu_memory_utilization is then ignored: set one of the two',
    ),
  ];
};

export const offloadedLayers: Rule = ({ options }) => {
  const {
    offload_backend: backend = 'auto',
    offload_group_size: group = 0,
    cpu_offload_gb: gib = 0,
  } = options;
  const layers = options.offload_num_in_group ?? 1;
  const prefetches = backend === 'prefetch' || (backend === 'auto' && group > 0);
  const found = [];
  if (prefetches && layers > group) {
    found.push(
      violation(
        'offload_group_size',
        `a group of ${group} layers has no ${layers} to offload (offload_num_in_group): raise it`,
      ),
    );
  }
  if (prefetches && gib > 0) {
    found.push(
      violation(
        'cpu_offload_gb',
        'is ignored where layers are prefetched: leave it out, or set vllm.offload_backend: uva',
      ),
    );
  }
  if (backend === 'uva' && group > 0) {
    found.push(
      violation(
        'offload_group_size',
        'is ignored with offload_backend uva: leave it out, or set vllm.offload_backend: prefetch',
      ),
    );
  }
  return found;
};
