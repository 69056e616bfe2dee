/** What only some of the engine's backends, and some of its kernels, know. */
import type { TrtllmOptions } from '../options.js';
import { violation, type Rule } from './rule.js';

/** Keys of the PyTorch backend; `tensorrt` refuses them when it starts. */
const OF_PYTORCH = [
  'cuda_graph_config',
  'torch_compile_config',
  'attn_backend',
  'moe_config',
  'disable_overlap_scheduler',
  'stream_interval',
  'attention_dp_config',
  'enable_autotuner',
  'allreduce_strategy',
  'batch_wait_timeout_ms',
  'batch_wait_timeout_iters',
  'batch_wait_max_tokens_ratio',
  'print_iter_log',
  'sampler_type',
  'force_dynamic_quantization',
] as const satisfies readonly (keyof TrtllmOptions)[];

export const backendKnowsIt: Rule = ({ options }) => {
  if (options.backend !== 'tensorrt') return [];
  const { dtype = 'auto' } = options.kv_cache_config ?? {};
  return [
    ...(dtype === 'auto'
      ? []
      : [
          violation(
            'kv_cache_config.dtype',
            `${dtype} is not for trtllm.backend tensorrt, whose engine was built with a type: use auto, or the backend pytorch`,
          ),
        ]),
    ...OF_PYTORCH.filter((key) => options[key] !== undefined).map((key) =>
      violation(key, 'trtllm.backend tensorrt does not know it: leave it out, or use the backend pytorch'),
    ),
  ];
};

/** What the engine would turn off with a line in its log, so that something else than asked were measured. */
export const attentionCan: Rule = ({ options }) => {
  const { attn_backend: attention = 'TRTLLM', kv_cache_config: cache } = options;
  const found = [];
  if (attention.startsWith('FLASHINFER') && cache?.enable_block_reuse === true) {
    found.push(
      violation(
        'kv_cache_config.enable_block_reuse',
        `the engine turns it off with trtllm.attn_backend ${attention}: set it to false, or use another attention`,
      ),
    );
  }
  if (attention === 'FLASHINFER_STAR_ATTENTION' && options.enable_chunked_prefill === true) {
    found.push(
      violation(
        'enable_chunked_prefill',
        `the engine turns it off with trtllm.attn_backend ${attention}: leave it out`,
      ),
    );
  }
  return found;
};
