/** Steps, and requests in them. */
import { longestRequest } from '@llem/core';
import { contextViolations, knownContext } from '@llem/serving';
import { violation, type Known, type Rule } from './rule.js';

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

const contextOfModel = ({ options, model }: Known): number | null =>
  knownContext(model, options.hf_overrides !== undefined);

export const wholePrompts: Rule = (known) => {
  const { enable_chunked_prefill: chunked, max_num_batched_tokens: tokens } = known.options;
  const { max_model_len: asked } = known.options;
  const context = typeof asked === 'number' ? asked : contextOfModel(known);
  if (chunked !== false || tokens === undefined || context === null || tokens >= context) return [];
  return [
    violation(
      'max_num_batched_tokens',
      `without enable_chunked_prefill a step must hold the longest request, ${context} tokens (max_model_len), and holds ${tokens}: raise it, lower max_model_len, or turn chunked prefill on`,
    ),
  ];
};

export const contextFits: Rule = (known) => {
  const { max_model_len: asked } = known.options;
  const { inputTokens, outputTokens } = longestRequest(known.experiment.workload);
  return contextViolations({
    path: 'vllm.max_model_len',
    asked: typeof asked === 'number' ? asked : null,
    needed: inputTokens + outputTokens,
    made: contextOfModel(known),
  });
};
