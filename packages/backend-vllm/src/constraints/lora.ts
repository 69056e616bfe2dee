/** Adapters. */
import { violation, type Rule } from './rule.js';

export const adaptersFit: Rule = ({ options }) => {
  const {
    lora_modules: modules = {},
    lora_request: requested,
    max_cpu_loras: host,
    max_loras: together = 1,
  } = options;
  const found = [];
  if (requested !== undefined && !Object.hasOwn(modules, requested)) {
    const names = Object.keys(modules).join(', ');
    found.push(
      violation(
        'lora_request',
        `there is no adapter "${requested}" in lora_modules${names === '' ? ': name it there' : `, which has ${names}`}`,
      ),
    );
  }
  if (host !== undefined && host < together) {
    found.push(
      violation(
        'max_cpu_loras',
        `the host must hold at least the ${together} adapters of a step (max_loras): raise it`,
      ),
    );
  }
  return found;
};
