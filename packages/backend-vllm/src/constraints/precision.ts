/** Precision of weights, activations and cache. */
import { violation, type Rule } from './rule.js';

/** Methods whose kernels compute in 16 bits (`get_supported_act_dtypes` of vllm/model_executor/layers/quantization). */
const HALF_ONLY = /^(awq|gptq|auto_awq|auto_gptq|fp8|modelopt|moe_wna16|fbgemm_fp8)/;

export const quantizationAndDtype: Rule = ({ options, model }) => {
  const method = options.quantization ?? model?.quantization ?? null;
  const { dtype } = options;
  if (method === null || dtype === undefined) return [];
  if (HALF_ONLY.test(method) && (dtype === 'float' || dtype === 'float32')) {
    return [violation('dtype', `${method} computes in 16 bits: use auto, half or bfloat16`)];
  }
  if (method === 'mxfp4' && dtype !== 'auto' && dtype !== 'bfloat16') {
    return [violation('dtype', 'mxfp4 computes in bfloat16: use auto or bfloat16')];
  }
  return [];
};

/** Names of one checkpoint format. */
const FAMILIES: readonly (readonly [string, RegExp])[] = [
  ['gptq', /gptq/],
  ['awq', /awq/],
  ['bitsandbytes', /^bitsandbytes$/],
  ['compressed-tensors', /^compressed-tensors$/],
  ['fp8', /^fp8$/],
  ['mxfp4', /mxfp4$/],
];

const familyOf = (method: string): string | null =>
  FAMILIES.find(([, pattern]) => pattern.test(method))?.[0] ?? null;

export const quantizationOfCheckpoint: Rule = ({ options, model }) => {
  const asked = options.quantization === undefined ? null : familyOf(options.quantization);
  const has = familyOf(model?.quantization ?? '');
  if (asked === null || has === null || asked === has) return [];
  return [
    violation(
      'quantization',
      `the weights of the model are quantised with ${model?.quantization}, which ${options.quantization} cannot read: leave it out, or use a model without quantisation`,
    ),
  ];
};

export const bitsandbytesLoader: Rule = ({ options }) => {
  const { load_format: format, quantization } = options;
  const own = ['bitsandbytes', 'auto', undefined];
  if (quantization === 'bitsandbytes' && !own.includes(format)) {
    return [
      violation(
        'load_format',
        `vLLM loads bitsandbytes with its own loader and ignores ${format}: leave it out, or use another vllm.quantization`,
      ),
    ];
  }
  return [];
};

/** vllm/model_executor/layers/attention/attention.py */
export const cacheOfFp8Checkpoint: Rule = ({ options, model }) => {
  if (options.kv_cache_dtype !== 'fp8_e5m2' || model?.quantization !== 'fp8') return [];
  return [
    violation('kv_cache_dtype', 'fp8_e5m2 does not work with an FP8 checkpoint: use fp8 (fp8_e4m3) or auto'),
  ];
};

export const latentCache: Rule = ({ options, model }) => {
  if (options.kv_cache_dtype !== 'nvfp4' || model?.latentAttention !== true) return [];
  return [violation('kv_cache_dtype', 'nvfp4 does not work with latent attention: use fp8 or auto')];
};

/** A cache in another 16 bits than the activations: attention reads both in one precision. */
export const cacheAndDtype: Rule = ({ options }) => {
  const { kv_cache_dtype: cache, dtype } = options;
  if (dtype === undefined || dtype === 'auto') return [];
  const activations = dtype === 'half' ? 'float16' : dtype === 'float' ? 'float32' : dtype;
  if ((cache !== 'bfloat16' && cache !== 'float16') || cache === activations) return [];
  return [
    violation(
      'kv_cache_dtype',
      `${cache} does not go with dtype ${dtype}: use auto, or set vllm.dtype: ${cache}`,
    ),
  ];
};
