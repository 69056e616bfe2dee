/** Flags of vLLM that are not free for `extra`. */
import { flagOf } from '@llem/serving';
import { OPTION_TABLE, type VllmOptions } from './options.js';

/** Flags that the backend writes itself, or that would take away what it relies on, with what decides each. */
const OWN: Readonly<Record<string, string>> = {
  model: '`model:`',
  'served-model-name': '`model:`',
  host: 'the runner',
  port: 'the runner',
  uds: 'the runner',
  'api-key': 'the runner, which reaches the server from this machine alone',
  'ssl-keyfile': 'the runner',
  'ssl-certfile': 'the runner',
  'root-path': 'the runner',
  headless: 'the runner',
  config: 'the options of this section, which a file would hide',
  'device-ids': '`devices:`',
  revision: 'vllm.revision',
  seed: 'llem, which sets 0',
  'generation-config': 'llem, which sets vllm',
  'enable-prompt-tokens-details': 'llem, which counts cached tokens by it',
  'lora-modules': 'vllm.lora_modules',
  // Further names of options.
  'device-memory-utilization': 'vllm.gpu_memory_utilization',
  'spec-method': 'vllm.speculative_config.method',
  'spec-model': 'vllm.speculative_config.model',
  'spec-tokens': 'vllm.speculative_config.num_speculative_tokens',
  O: 'vllm.optimization_level',
  q: 'vllm.quantization',
};

/** A mapping that is not set leaves its parts to `extra`, as `compilation-config.debug_dump_path`. */
export function decidedFlags(options: VllmOptions): Readonly<Record<string, string>> {
  const ofOptions = Object.entries(OPTION_TABLE).flatMap(([name, option]) => {
    const flag = flagOf(name, option);
    const isFree = 'form' in option && option.form === 'json' && !Object.hasOwn(options, name);
    return flag === null || isFree ? [] : [[flag, `vllm.${name}`] as const];
  });
  return { ...OWN, ...Object.fromEntries(ofOptions) };
}
