/** Whether the requests of the workload have room: in a sequence, in a step, in the cache. */
import { longestRequest, type Workload } from '@llem/core';
import { knownContext } from '@llem/serving';
import { violation, type Rule } from './rule.js';

/** `LlmArgs.max_num_tokens` where nothing is set, in releases 1.0 to 1.4. */
const DEFAULT_MAX_NUM_TOKENS = 8192;

function longest(workload: Workload) {
  const { inputTokens, outputTokens } = longestRequest(workload);
  return { prompt: inputTokens, request: inputTokens + outputTokens };
}

export const sequenceFits: Rule = ({ options: { max_seq_len: room }, experiment: { workload }, model }) => {
  const { request } = longest(workload);
  if (room !== undefined && room < request) {
    return [
      violation(
        'max_seq_len',
        `a request may have ${room} tokens and this workload asks for up to ${request} (input_tokens, output_tokens, turns): raise it, leave it out, or ask for less`,
      ),
    ];
  }
  const context = knownContext(model, false);
  if (context === null || context >= request) return [];
  return [
    {
      path: 'workload.input_tokens',
      message: `the model was made for ${context} tokens and a request has up to ${request} (input_tokens, output_tokens, turns): ask for less`,
    },
  ];
};

/** Without `enable_chunked_prefill` the engine refuses a prompt that is longer than a step. */
export const promptFitsStep: Rule = ({ options, experiment: { workload } }) => {
  const { max_num_tokens: step = DEFAULT_MAX_NUM_TOKENS } = options;
  const { prompt } = longest(workload);
  if (prompt <= step || options.enable_chunked_prefill === true || options.backend === '_autodeploy')
    return [];
  return [
    violation(
      'max_num_tokens',
      `prompts of ${prompt} tokens do not fit into a step of ${step}: raise it, set trtllm.enable_chunked_prefill, or lower workload.input_tokens`,
    ),
  ];
};

export const cacheHoldsRequest: Rule = ({ options, experiment: { workload } }) => {
  const tokens = options.kv_cache_config?.max_tokens;
  const { request } = longest(workload);
  if (tokens === undefined || tokens >= request) return [];
  return [
    violation(
      'kv_cache_config.max_tokens',
      `the cache holds ${tokens} tokens and one request needs up to ${request}: raise it or leave it out`,
    ),
  ];
};
