/** GPUs, and how a model divides over them. */
import { divisors, gpuViolations, layerViolations } from '@llem/serving';
import type { TrtllmOptions } from '../options.js';
import { violation, type Rule } from './rule.js';

const sizes = ({ tp_size: tp = 1, pp_size: pp = 1, cp_size: cp = 1 }: TrtllmOptions) => ({ tp, pp, cp });

export const gpusFit: Rule = ({ options, experiment }) => {
  const { tp, pp, cp } = sizes(options);
  if (experiment.devices === 'none') {
    return [{ path: 'devices', message: 'TensorRT-LLM computes on GPUs alone: name some, or use all' }];
  }
  const product = `trtllm.tp_size ${tp} x pp_size ${pp} x cp_size ${cp}`;
  return gpuViolations({ engine: 'TensorRT-LLM', gpus: tp * pp * cp, product }, experiment);
};

export const modelDivides: Rule = ({ options, model }) => {
  const { tp, pp } = sizes(options);
  const { attentionHeads: heads = null, layers = null } = model ?? {};
  const partition = options.pp_partition;
  const found = [];
  if (heads !== null && heads % tp !== 0 && options.enable_attention_dp !== true) {
    found.push(
      violation(
        'tp_size',
        `the ${heads} attention heads of the model do not divide by ${tp}: use one of ${divisors(heads).join(', ')}, or trtllm.enable_attention_dp`,
      ),
    );
  }
  found.push(...layerViolations('trtllm.pp_size', pp, { layers }));
  if (!partition) return found;
  const sum = partition.reduce((total, each) => total + each, 0);
  if (partition.length !== pp) {
    found.push(
      violation(
        'pp_partition',
        `${partition.length} groups of layers for trtllm.pp_size ${pp}: name one for each`,
      ),
    );
  } else if (layers !== null && sum !== layers) {
    found.push(
      violation(
        'pp_partition',
        `adds up to ${sum}, and the model has ${layers} layers: share out all of them`,
      ),
    );
  }
  return found;
};

export const expertsDivide: Rule = ({ options }) => {
  const { tp } = sizes(options);
  const { ep_size: ep = 1, moe_tensor_parallel_size: moeTp } = options;
  if (tp % ep !== 0) {
    return [
      violation(
        'ep_size',
        `${ep} does not divide trtllm.tp_size (${tp}): experts are spread over a part of these GPUs`,
      ),
    ];
  }
  if (moeTp === undefined || moeTp * ep === tp) return [];
  return [
    violation(
      'moe_tensor_parallel_size',
      `times trtllm.ep_size (${ep}) it has to be trtllm.tp_size (${tp}): use ${tp / ep}, or leave it out`,
    ),
  ];
};

export const helixBlocks: Rule = ({ options: { cp_config: context, kv_cache_config: cache } }) => {
  const [shared, block] = [context?.tokens_per_block, cache?.tokens_per_block];
  if (context?.cp_type !== 'HELIX' || shared === undefined || block === undefined || shared === block)
    return [];
  return [
    violation(
      'cp_config.tokens_per_block',
      `${shared}, and trtllm.kv_cache_config.tokens_per_block is ${block}: HELIX needs both the same`,
    ),
  ];
};
