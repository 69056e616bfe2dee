/** CUDA graphs. */
import { violation, type Rule } from './rule.js';

export const graphSizes: Rule = ({ options: { cuda_graph_config: graphs } }) => {
  if (!graphs?.batch_sizes || graphs.max_batch_size === undefined) return [];
  const largest = Math.max(...graphs.batch_sizes);
  if (largest === graphs.max_batch_size) return [];
  return [
    violation(
      'cuda_graph_config.max_batch_size',
      `${graphs.max_batch_size}, and the largest of batch_sizes is ${largest}: the engine wants them equal; leave one of them out`,
    ),
  ];
};

export const breakableGraphs: Rule = ({ options }) => {
  if (options.prefill_cuda_graph_backend !== 'breakable') return [];
  const found = [];
  if (options.torch_compile_config)
    found.push(
      violation(
        'torch_compile_config',
        'does not go with prefill_cuda_graph_backend breakable: leave one out',
      ),
    );
  if (options.lora_config ?? options.enable_lora)
    found.push(
      violation('prefill_cuda_graph_backend', 'breakable does not go with LoRA: use piecewise or disabled'),
    );
  return found;
};
