/** What a KV cache on disk and adapters need. */
import { violation, type Rule } from './rule.js';

export const diskHasFolder: Rule = ({ options: { kv_cache_config: cache } }) => {
  if ((cache?.disk_cache_size ?? 0) === 0 || cache?.disk_cache_path !== undefined) return [];
  return [
    violation(
      'kv_cache_config.disk_cache_size',
      'needs kv_cache_config.disk_cache_path, a folder that is there',
    ),
  ];
};

export const adaptersFit: Rule = ({ options }) => {
  if (!options.lora_request || options.lora_config || options.enable_lora === true) return [];
  return [
    violation(
      'lora_request',
      'needs trtllm.lora_config (or enable_lora): without it the engine has no room for adapters',
    ),
  ];
};
