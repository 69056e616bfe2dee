/** Speculative decoding. */
import { violation, type Rule } from './rule.js';

const at = (key: string, message: string) => violation(`speculative_config.${key}`, message);

/** Methods whose drafts come from weights that have to be named. */
const WITH_MODEL = ['draft_model', 'eagle', 'eagle3', 'medusa', 'mlp_speculator', 'dflash'];
/** Methods that cannot tell by themselves how many tokens to draft. */
const WITH_COUNT = ['ngram', 'ngram_gpu', 'draft_model', 'eagle', 'eagle3'];

export const drafterIsWhole: Rule = ({ options }) => {
  const speculative = options.speculative_config;
  if (speculative === undefined) return [];
  const { method, model, num_speculative_tokens: tokens } = speculative;
  const found = [];
  if (method === undefined && model === undefined) {
    found.push(at('method', 'says neither what drafts nor with which model: set method or model'));
  }
  if (method !== undefined && WITH_MODEL.includes(method) && model === undefined) {
    found.push(at('model', `${method} needs a model to draft with: set it`));
  }
  if (method !== undefined && WITH_COUNT.includes(method) && tokens === undefined) {
    found.push(at('num_speculative_tokens', `${method} has to be told how many tokens to draft: set it`));
  }
  const { prompt_lookup_min: least, prompt_lookup_max: most } = speculative;
  if (least !== undefined && most !== undefined && least > most) {
    found.push(at('prompt_lookup_min', `is more than prompt_lookup_max, ${most}: lower it`));
  }
  if (speculative.use_heterogeneous_vocab === true && method !== 'draft_model') {
    found.push(at('use_heterogeneous_vocab', 'is for method draft_model alone: leave it out'));
  }
  return found;
};

export const drafterFitsGpus: Rule = ({ options }) => {
  const { tensor_parallel_size: tp = 1, speculative_config: speculative } = options;
  const own = speculative?.draft_tensor_parallel_size;
  if (own === undefined || own === 1 || own === tp) return [];
  return [
    at('draft_tensor_parallel_size', `is 1 or that of the model, ${tp} (tensor_parallel_size), not ${own}`),
  ];
};

export const syntheticAcceptance: Rule = ({ options }) => {
  const speculative = options.speculative_config ?? {};
  const { synthetic_acceptance_length: length, synthetic_acceptance_rates: rates } = speculative;
  const tokens = speculative.num_speculative_tokens;
  if (speculative.rejection_sample_method !== 'synthetic') {
    if (length === undefined && rates === undefined) return [];
    return [
      at('rejection_sample_method', 'only synthetic takes an acceptance that is given: set it to synthetic'),
    ];
  }
  if ((length === undefined) === (rates === undefined)) {
    return [
      at(
        'rejection_sample_method',
        'synthetic needs one of synthetic_acceptance_length and synthetic_acceptance_rates',
      ),
    ];
  }
  if (tokens === undefined) return [];
  if (length !== undefined && length > tokens + 1) {
    return [
      at(
        'synthetic_acceptance_length',
        `a step gives at most num_speculative_tokens + 1, ${tokens + 1}: lower it`,
      ),
    ];
  }
  if (rates !== undefined && rates.length !== tokens) {
    return [
      at('synthetic_acceptance_rates', `expected one for each of ${tokens} tokens (num_speculative_tokens)`),
    ];
  }
  if (rates?.some((rate, index) => rate > (rates[index - 1] ?? 1)) === true) {
    return [at('synthetic_acceptance_rates', 'none may be higher than the one before it')];
  }
  return [];
};

/** Drafters that work on the GPU beside the next step (vllm/config/vllm.py). */
const ON_CPU = ['ngram', 'suffix', 'medusa', 'mlp_speculator'];

export const asyncDrafting: Rule = ({ options }) => {
  const speculative = options.speculative_config;
  if (options.async_scheduling !== true || speculative === undefined) return [];
  if (speculative.method !== undefined && ON_CPU.includes(speculative.method)) {
    return [
      violation(
        'async_scheduling',
        `does not go with drafts by ${speculative.method}: leave it out, or use another speculative_config.method`,
      ),
    ];
  }
  if (speculative.disable_padded_drafter_batch === true) {
    return [violation('async_scheduling', 'needs padded drafts: leave disable_padded_drafter_batch out')];
  }
  return [];
};

export const sharedCacheDrafting: Rule = ({ options }) => {
  const method = options.speculative_config?.method ?? '';
  if (options.kv_sharing_fast_prefill !== true || !method.startsWith('eagle')) return [];
  return [violation('kv_sharing_fast_prefill', `does not go with ${method}: leave one of them out`)];
};

/** Of adapters and drafts together: every request may bring all its drafts into one step. */
export const adaptersAndDrafts: Rule = ({ options }) => {
  const drafted = options.speculative_config?.num_speculative_tokens;
  const { enable_lora: lora, max_num_batched_tokens: tokens, max_num_seqs: requests } = options;
  if (lora !== true || drafted === undefined || tokens === undefined || requests === undefined) return [];
  const needed = requests * (drafted + 1);
  if (tokens >= needed) return [];
  return [
    violation(
      'max_num_batched_tokens',
      `with adapters and ${drafted} drafted tokens a step of ${requests} requests (max_num_seqs) may have ${needed} tokens and holds ${tokens}: raise it, or lower max_num_seqs or num_speculative_tokens`,
    ),
  ];
};
