/** How the simulated engine is spoken to, and the model that it pretends to serve. */
import type { Dialect, MetricMap, ModelFacts } from '@llem/core';
import { METRIC_NAMES } from './dialects/llamacpp.js';

const usage: Dialect['stream']['usage'] = {
  input: ['usage', 'prompt_tokens'],
  output: ['usage', 'completion_tokens'],
  cachedInput: ['usage', 'prompt_tokens_details', 'cached_tokens'],
};

const asked = {
  max_tokens: '{output_tokens}',
  seed: '{seed}',
  stream: true,
  stream_options: { include_usage: true },
  ignore_eos: true,
};

export const simulatedDialect: Dialect = {
  path: '/v1/completions',
  headers: {},
  body: { model: 'simulated', prompt: '{prompt}', ...asked },
  stream: {
    done: '[DONE]',
    text: [['choices', 0, 'text']],
    finishReason: ['choices', 0, 'finish_reason'],
    error: ['error'],
    eventPerToken: true,
    usage,
  },
};

export const simulatedChatDialect: Dialect = {
  path: '/v1/chat/completions',
  headers: {},
  body: { model: 'simulated', messages: '{messages}', ...asked },
  stream: {
    ...simulatedDialect.stream,
    text: [
      ['choices', 0, 'delta', 'content'],
      ['choices', 0, 'delta', 'reasoning_content'],
    ],
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
  tokenizerPath: null,
};

/** Where the simulated engine tells of its work. */
export const simulatedMetricMap = { path: '/metrics', names: METRIC_NAMES } satisfies MetricMap;
