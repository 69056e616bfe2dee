/** GPUs, and how a model divides over them. */
import type { TrtllmOptions } from '../options.js';
import { violation, type Rule } from './rule.js';

const sizes = ({ tp_size: tp = 1, pp_size: pp = 1, cp_size: cp = 1 }: TrtllmOptions) => ({ tp, pp, cp });

/** Of a list of devices: each must have work, since each is billed. */
export const gpusFit: Rule = ({ options, experiment: { devices } }) => {
  const { tp, pp, cp } = sizes(options);
  const needed = tp * pp * cp;
  const refuse = (message: string) => [{ path: 'devices', message }];
  if (devices === 'none') return refuse('TensorRT-LLM computes on GPUs alone: name some, or use all');
  if (!Array.isArray(devices) || devices.length === needed) return [];
  const product = `trtllm.tp_size ${tp} x pp_size ${pp} x cp_size ${cp}`;
  return refuse(
    devices.length < needed
      ? `TensorRT-LLM needs ${needed} GPUs (${product}) and devices names ${devices.length}: name ${needed}, or lower one of them`
      : `TensorRT-LLM uses ${needed} of these ${devices.length} GPUs (${product}), and all would be billed: name ${needed}, or raise one of them`,
  );
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
        `${tp} does not divide the ${heads} attention heads of the model: use a divisor, or trtllm.enable_attention_dp`,
      ),
    );
  }
  if (layers !== null && pp > layers)
    found.push(violation('pp_size', `the model has ${layers} layers, fewer than ${pp} groups: lower it`));
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
