/** Lengths of requests, steps and pages. */
import { longestRequest } from '@llem/core';
import { contextViolations, knownContext } from '@llem/serving';
import { violation, type Known, type Rule } from './rule.js';

/** A prompt must end so many tokens before the context does (`max_req_input_len` of 0.5.23). */
const INPUT_MARGIN = 6;

function neededTokens({ experiment }: Known): number {
  const { inputTokens, outputTokens } = longestRequest(experiment.workload);
  return inputTokens + Math.max(outputTokens, INPUT_MARGIN);
}

export const contextFits: Rule = (known) => {
  const { context_length: asked = null, json_model_override_args: overrides } = known.options;
  return contextViolations({
    path: 'sglang.context_length',
    asked,
    needed: neededTokens(known),
    made: knownContext(known.model, overrides !== undefined),
  });
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
