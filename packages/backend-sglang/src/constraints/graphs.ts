/** CUDA graphs and compilation. */
import type { Violation } from '@llem/core';
import { violation, type Rule } from './rule.js';

const OF_DECODING = [
  'cuda_graph_max_bs',
  'cuda_graph_max_bs_decode',
  'cuda_graph_bs_decode',
  'cuda_graph_backend_decode',
  'disable_cuda_graph_padding',
] as const;
const OF_PROMPTS = ['cuda_graph_max_bs_prefill', 'cuda_graph_backend_prefill'] as const;

export const graphsAreOn: Rule = ({ options }) => {
  const found: Violation[] = [];
  const unused = (names: readonly (typeof OF_DECODING | typeof OF_PROMPTS)[number][], off: string) => {
    for (const name of names) {
      const value = options[name];
      if (value === undefined || value === false || value === 'disabled') continue;
      found.push(violation(name, `has no effect with sglang.${off}: leave one of the two out`));
    }
  };
  if (options.disable_cuda_graph === true) {
    unused([...OF_DECODING, ...OF_PROMPTS], 'disable_cuda_graph');
    return found;
  }
  if (options.disable_decode_cuda_graph === true) unused(OF_DECODING, 'disable_decode_cuda_graph');
  if (options.disable_prefill_cuda_graph === true) unused(OF_PROMPTS, 'disable_prefill_cuda_graph');
  return found;
};

export const largestGraphOnce: Rule = ({ options }) => {
  const { cuda_graph_max_bs: old, cuda_graph_max_bs_decode: largest, cuda_graph_bs_decode: sizes } = options;
  const found: Violation[] = [];
  if (old !== undefined && largest !== undefined) {
    found.push(
      violation(
        'cuda_graph_max_bs',
        'is the older name of sglang.cuda_graph_max_bs_decode: use one of the two',
      ),
    );
  }
  const asked = largest ?? old;
  if (asked !== undefined && sizes !== undefined && Math.max(...sizes) !== asked) {
    found.push(
      violation(
        'cuda_graph_bs_decode',
        `its largest, ${Math.max(...sizes)}, takes the place of the ${asked} that is asked for: make them the same, or leave one out`,
      ),
    );
  }
  return found;
};

export const compilation: Rule = ({ options }) => {
  const found: Violation[] = [];
  if (options.enable_torch_compile !== true) {
    if (options.torch_compile_max_bs === undefined) return [];
    return [
      violation(
        'torch_compile_max_bs',
        'has no effect without compiling: set sglang.enable_torch_compile: true',
      ),
    ];
  }
  if (options.disable_cuda_graph_padding === true) {
    found.push(
      violation(
        'disable_cuda_graph_padding',
        'every size of batch would be compiled for, which SGLang refuses: leave it or sglang.enable_torch_compile out',
      ),
    );
  }
  return found;
};
