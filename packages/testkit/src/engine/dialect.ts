/** How the simulated engine is spoken to, and the model that it pretends to serve. */
import type { Dialect, ModelFacts } from '@llem/core';

export const simulatedDialect: Dialect = {
  path: '/v1/completions',
  headers: {},
  body: {
    model: 'simulated',
    prompt: '{prompt}',
    max_tokens: '{output_tokens}',
    seed: '{seed}',
    stream: true,
    stream_options: { include_usage: true },
    ignore_eos: true,
  },
  stream: {
    done: '[DONE]',
    text: ['choices', 0, 'text'],
    finishReason: ['choices', 0, 'finish_reason'],
    error: ['error'],
    eventPerToken: true,
    usage: {
      input: ['usage', 'prompt_tokens'],
      output: ['usage', 'completion_tokens'],
      cachedInput: ['usage', 'prompt_tokens_details', 'cached_tokens'],
    },
  },
};

export const simulatedModel: ModelFacts = {
  name: 'simulated',
  revision: 'r1',
  weightsHash: null,
  tokenizerRevision: null,
  randomWeights: false,
  parameters: null,
  contextLength: null,
  promptTokenIds: { first: 0, last: 999 },
};
