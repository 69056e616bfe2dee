/** Steps, and requests in them. */
import { longestRequest } from '@llem/core';
import { violation, type Rule } from './rule.js';

export const batchHoldsRequests: Rule = ({ options }) => {
  const {
    max_num_batched_tokens: tokens,
    max_num_seqs: requests,
    max_num_scheduled_tokens: scheduled,
  } = options;
  const found = [];
  if (tokens !== undefined && requests !== undefined && tokens < requests) {
    found.push(
      violation(
        'max_num_batched_tokens',
        `a step of ${tokens} tokens has no room for one token of each of ${requests} requests (max_num_seqs): raise it, or lower max_num_seqs`,
      ),
    );
  }
  if (tokens !== undefined && scheduled !== undefined && scheduled > tokens) {
    found.push(
      violation(
        'max_num_scheduled_tokens',
        `is more than the ${tokens} of max_num_batched_tokens: lower it, or leave it out`,
      ),
    );
  }
  return found;
};

/** Tokens that the longest request may have. */
function contextOf({ options, model }: Parameters<Rule>[0]): number | null {
  return typeof options.max_model_len === 'number' ? options.max_model_len : (model?.contextLength ?? null);
}

export const wholePrompts: Rule = (known) => {
  const { enable_chunked_prefill: chunked, max_num_batched_tokens: tokens } = known.options;
  const context = contextOf(known);
  if (chunked !== false || tokens === undefined || context === null || tokens >= context) return [];
  return [
    violation(
      'max_num_batched_tokens',
      `without enable_chunked_prefill a step must hold the longest request, ${context} tokens (max_model_len), and holds ${tokens}: raise it, lower max_model_len, or turn chunked prefill on`,
    ),
  ];
};

export const contextFits: Rule = ({ options, experiment, model }) => {
  const { inputTokens, outputTokens } = longestRequest(experiment.workload);
  const needed = inputTokens + outputTokens;
  const asked = options.max_model_len;
  // hf_overrides may change the context.
  const made = options.hf_overrides === undefined ? (model?.contextLength ?? null) : null;
  if (typeof asked === 'number' && made !== null && asked > made) {
    return [
      violation(
        'max_model_len',
        `the model was made for ${made} tokens and this asks for ${asked}: use at most ${made}`,
      ),
    ];
  }
  if (typeof asked === 'number' && asked < needed) {
    return [
      violation(
        'max_model_len',
        `a request needs up to ${needed} tokens (workload.input_tokens, output_tokens, turns) and ${asked} are allowed: raise it or leave it out`,
      ),
    ];
  }
  if (made !== null && made < needed) {
    return [
      {
        path: 'workload.input_tokens',
        message: `the model was made for ${made} tokens and a request needs up to ${needed}: lower workload.input_tokens, output_tokens or turns`,
      },
    ];
  }
  return [];
};
