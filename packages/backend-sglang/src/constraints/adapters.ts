/** LoRA adapters (check_lora_server_args of 0.5.10 to 0.5.23). */
import type { Violation } from '@llem/core';
import { violation, type Rule } from './rule.js';

export const adapters: Rule = ({ options }) => {
  const names = Object.keys(options.lora_paths ?? {});
  const enabled = options.enable_lora === true || (names.length > 0 && options.enable_lora !== false);
  const found: Violation[] = [];
  const refuse = (option: string, message: string) => found.push(violation(option, message));
  if (!enabled) {
    for (const name of ['lora_paths', 'max_lora_rank', 'max_loras_per_batch', 'max_loaded_loras'] as const) {
      if (options[name] !== undefined)
        refuse(name, 'has no effect without adapters: set sglang.enable_lora: true, or leave it out');
    }
  } else if (names.length === 0 && (options.max_lora_rank === undefined || !options.lora_target_modules)) {
    refuse(
      'enable_lora',
      'without lora_paths SGLang must be told how much room adapters take: set max_lora_rank and lora_target_modules as well',
    );
  }
  const { max_loaded_loras: loaded, max_loras_per_batch: batch = 8, lora_request: request } = options;
  if (enabled && loaded !== undefined && loaded < batch) {
    refuse(
      'max_loaded_loras',
      `a batch may have ${batch} adapters (max_loras_per_batch) and ${loaded} may be loaded: raise it, or lower the other`,
    );
  }
  if (loaded !== undefined && names.length > loaded) {
    refuse('lora_paths', `names ${names.length} adapters and max_loaded_loras is ${loaded}: raise that`);
  }
  if (request !== undefined && !names.includes(request)) {
    const known = names.length === 0 ? 'none' : names.join(', ');
    refuse('lora_request', `lora_paths has no adapter "${request}" (${known}): name one of them`);
  }
  if (options.lora_target_modules?.includes('all') === true && options.lora_target_modules.length > 1) {
    refuse('lora_target_modules', 'all stands for every module: leave the others out');
  }
  return found;
};
