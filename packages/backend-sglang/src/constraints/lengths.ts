/** Lengths of requests, steps and pages. */
import { longestRequest } from '@llem/core';
import { violation, type Known, type Rule } from './rule.js';

/** A prompt must end so many tokens before the context does (`max_req_input_len` of 0.5.23). */
const INPUT_MARGIN = 6;

function neededTokens({ experiment }: Known): number {
  const { inputTokens, outputTokens } = longestRequest(experiment.workload);
  return inputTokens + Math.max(outputTokens, INPUT_MARGIN);
}

/** Null where nothing says; overrides may change what the model's own configuration says. */
const contextOfModel = ({ options, model }: Known): number | null =>
  options.json_model_override_args === undefined ? (model?.contextLength ?? null) : null;

export const contextFits: Rule = (known) => {
  const { context_length: asked } = known.options;
  const made = contextOfModel(known);
  const needed = neededTokens(known);
  if (asked !== undefined && made !== null && asked > made) {
    return [
      violation(
        'context_length',
        `the model was made for ${made} tokens and this asks for ${asked}: use at most ${made}`,
      ),
    ];
  }
  if (asked !== undefined && asked < needed) {
    return [
      violation(
        'context_length',
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

export const cacheHoldsRequest: Rule = (known) => {
  const { max_total_tokens: held } = known.options;
  const needed = neededTokens(known);
  if (held === undefined || held >= needed) return [];
  return [
    violation(
      'max_total_tokens',
      `a request needs up to ${needed} tokens (workload.input_tokens, output_tokens, turns) and the cache holds ${held} of all requests together: raise it or leave it out`,
    ),
  ];
};

/** check_server_args of 0.5.10 to 0.5.23. */
export const pagesFit: Rule = ({ options }) => {
  const { chunked_prefill_size: chunk, page_size: page } = options;
  if (chunk === undefined || chunk <= 0 || page === undefined || chunk % page === 0) return [];
  const nearest = Math.max(1, Math.round(chunk / page)) * page;
  return [
    violation(
      'chunked_prefill_size',
      `${chunk} tokens are not a multiple of the page of ${page} (sglang.page_size): use ${nearest}, or another page`,
    ),
  ];
};
