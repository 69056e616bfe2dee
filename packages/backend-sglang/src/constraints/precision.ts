/** Precision of weights and cache, and where they are kept. */
import type { Violation } from '@llem/core';
import { violation, type Rule } from './rule.js';

/** Names of one checkpoint format, by what SGLang calls methods that read it. */
const FAMILIES: readonly (readonly [string, RegExp])[] = [
  ['gptq', /gptq|^moe_wna16$/],
  ['awq', /awq|^moe_wna16$/],
  ['bitsandbytes', /^bitsandbytes$/],
  ['gguf', /^gguf$/],
  ['compressed-tensors', /^compressed-tensors$|^w8a8_/],
  ['fp8', /^fp8$|^w4afp8$|^mxfp8$/],
  ['modelopt', /^modelopt|^nvfp4|^petit_nvfp4$/],
  ['mxfp4', /mxfp4$/],
];

const familiesOf = (method: string): readonly string[] =>
  FAMILIES.filter(([, pattern]) => pattern.test(method)).map(([family]) => family);

/** Methods that make other weights of a quantised checkpoint while loading, on some releases. */
const REQUANTISES = /^(mxfp4|mxfp8|nvfp4_online|quark_mxfp4|unquant)$/;

export const quantizationOfCheckpoint: Rule = ({ options, model }) => {
  const { quantization: asked } = options;
  const has = model?.quantization ?? null;
  if (asked === undefined || has === null || REQUANTISES.test(asked)) return [];
  const [wanted, there] = [familiesOf(asked), familiesOf(has)];
  if (wanted.length === 0 || there.length === 0 || wanted.some((family) => there.includes(family))) return [];
  return [
    violation(
      'quantization',
      `the weights of the model are quantised with ${has}, which ${asked} cannot read: leave it out, or use a model without quantisation`,
    ),
  ];
};

/** Methods whose kernels compute in 16 bits. */
const HALF_ONLY = /^(awq|gptq|fp8|modelopt|w8a8_|w4afp8|moe_wna16|auto-round)/;

export const quantizationAndDtype: Rule = ({ options, model }) => {
  const method = options.quantization ?? model?.quantization ?? null;
  const { dtype } = options;
  if (method === null || !HALF_ONLY.test(method) || (dtype !== 'float' && dtype !== 'float32')) return [];
  return [violation('dtype', `${method} computes in 16 bits: use auto, half or bfloat16`)];
};

export const oneQuantization: Rule = ({ options }) => {
  if (options.quantization === undefined || options.torchao_config === undefined) return [];
  return [
    violation(
      'torchao_config',
      'the weights are quantised by sglang.quantization already: use one of the two',
    ),
  ];
};

/** bitsandbytes and GGUF have loaders of their own. */
export const loaderOfMethod: Rule = ({ options }) => {
  const { load_format: format, quantization: method } = options;
  const found: Violation[] = [];
  for (const own of ['bitsandbytes', 'gguf'] as const) {
    if (method === own && format !== undefined && format !== 'auto' && format !== own && format !== 'dummy') {
      found.push(violation('load_format', `${own} is read by its own loader: use ${own}, or leave it out`));
    }
    if (format === own && method !== undefined && method !== own) {
      found.push(
        violation('quantization', `weights read as ${own} are quantised so: use ${own}, or leave it out`),
      );
    }
  }
  return found;
};

export const onePlaceForWeights: Rule = ({ options }) => {
  const { cpu_offload_gb: offload = 0, offload_group_size: group, offload_num_in_group: held } = options;
  const found: Violation[] = [];
  if (offload > 0 && group !== undefined) {
    found.push(
      violation(
        'offload_group_size',
        'weights are moved by sglang.cpu_offload_gb already: use one of the two',
      ),
    );
  }
  if (group !== undefined && held !== undefined && held > group) {
    found.push(
      violation(
        'offload_num_in_group',
        `a group has ${group} layers (sglang.offload_group_size): use at most ${group}`,
      ),
    );
  }
  if (group === undefined) {
    for (const name of ['offload_num_in_group', 'offload_prefetch_step'] as const) {
      if (options[name] === undefined) continue;
      found.push(
        violation(name, 'has no effect without groups: set sglang.offload_group_size, or leave it out'),
      );
    }
  }
  return found;
};
