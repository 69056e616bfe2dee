/** GPUs, and how a model divides over them. */
import { divisors, gpuViolations, headViolations, layerViolations } from '@llem/serving';
import { violation, type Rule } from './rule.js';

const sizes = (options: Parameters<Rule>[0]['options']) => ({
  tp: options.tensor_parallel_size ?? 1,
  pp: options.pipeline_parallel_size ?? 1,
  dp: options.data_parallel_size ?? 1,
  dcp: options.decode_context_parallel_size ?? 1,
  pcp: options.prefill_context_parallel_size ?? 1,
});

export const gpusFit: Rule = ({ options, experiment }) => {
  const { tp, pp, dp, pcp } = sizes(options);
  const product = `tensor_parallel_size ${tp} x pipeline_parallel_size ${pp} x data_parallel_size ${dp}${pcp > 1 ? ` x prefill_context_parallel_size ${pcp}` : ''}`;
  return gpuViolations({ engine: 'vLLM', gpus: tp * pp * dp * pcp, product }, experiment);
};

export const modelDivides: Rule = ({ options, model }) => {
  const { tp, pp, dcp } = sizes(options);
  // Overrides may change what the model's own configuration says.
  if (model === null || options.hf_overrides !== undefined) return [];
  const { kvHeads, latentAttention } = model;
  const found = [
    ...headViolations('vllm.tensor_parallel_size', tp, model),
    ...layerViolations('vllm.pipeline_parallel_size', pp, model),
  ];
  if (dcp > 1 && kvHeads !== null && !latentAttention && tp <= kvHeads) {
    found.push(
      violation(
        'decode_context_parallel_size',
        `splits what GPUs would else hold twice, and with tensor_parallel_size ${tp} none of the ${kvHeads} key-value heads is: raise tensor_parallel_size above ${kvHeads}, or use 1`,
      ),
    );
  }
  if (options.enable_expert_parallel === true && model.experts === null) {
    found.push(violation('enable_expert_parallel', 'the model has no experts: leave it out'));
  }
  return found;
};

export const contextParallel: Rule = ({ options }) => {
  const { tp, dp, dcp, pcp } = sizes(options);
  const found = [];
  if (pcp === 1 && tp % dcp !== 0) {
    found.push(
      violation(
        'decode_context_parallel_size',
        `tensor_parallel_size ${tp} does not divide by ${dcp}: use one of ${divisors(tp).join(', ')}`,
      ),
    );
  }
  if (pcp > 1 && dp > 1) {
    found.push(
      violation(
        'prefill_context_parallel_size',
        'does not work with data_parallel_size above 1: use one of the two',
      ),
    );
  }
  if (options.dcp_comm_backend === 'a2a' && dcp === 1) {
    found.push(
      violation('dcp_comm_backend', 'a2a needs decode_context_parallel_size above 1: raise it, or use ag_rs'),
    );
  }
  return found;
};

export const expertBalance: Rule = ({ options }) => {
  if (options.enable_eplb !== true) return [];
  const { tp, dp, pcp } = sizes(options);
  const found = [];
  if (options.enable_expert_parallel !== true) {
    found.push(
      violation('enable_eplb', 'balances whole experts: set vllm.enable_expert_parallel: true as well'),
    );
  }
  if (tp * dp * pcp === 1) {
    found.push(
      violation(
        'enable_eplb',
        'there is one GPU to balance over: raise tensor_parallel_size or data_parallel_size',
      ),
    );
  }
  return found;
};

/** Exchanges that can be cut into parts (vllm/config/vllm.py). */
const CUTTABLE = ['deepep_low_latency', 'deepep_high_throughput', 'nixl_ep'];

export const overlap: Rule = ({ options }) => {
  if (options.enable_dbo !== true || CUTTABLE.includes(options.all2all_backend ?? '')) return [];
  return [
    violation(
      'enable_dbo',
      `overlaps the exchange of experts: set vllm.all2all_backend to one of ${CUTTABLE.join(', ')}`,
    ),
  ];
};
