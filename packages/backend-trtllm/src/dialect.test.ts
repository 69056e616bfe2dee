/** Requests with fields that the engine knows, and what is promised of its events. */
import { workloadSchema, type Experiment } from '@llem/core';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { dialectOf } from './dialect.js';
import { optionsSchema } from './options.js';

const dialect = (settings: object = {}, workload: z.input<typeof workloadSchema> = {}) => {
  const experiment: Experiment = {
    id: '000000000000',
    label: 'test',
    asked: {},
    factors: {},
    model: 'org/model',
    backend: 'trtllm',
    runner: null,
    devices: null,
    workload: workloadSchema.parse(workload),
    measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } },
    options: {},
  };
  return dialectOf(optionsSchema.parse(settings), experiment);
};

test('a completion has only fields that trtllm-serve knows: it refuses others', () => {
  const { path, body } = dialect();
  expect(path).toBe('/v1/completions');
  expect(body).toEqual({
    model: 'org/model',
    prompt: '{prompt}',
    max_tokens: '{output_tokens}',
    min_tokens: '{output_tokens}',
    ignore_eos: true,
    temperature: 0,
    seed: '{seed}',
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  });
});

test('a chat has messages, and max_tokens, which every release takes', () => {
  const { path, body } = dialect({}, { api: 'chat' });
  expect(path).toBe('/v1/chat/completions');
  expect(body).toMatchObject({
    messages: '{messages}',
    max_tokens: '{output_tokens}',
    min_tokens: '{output_tokens}',
  });
  expect(body).not.toHaveProperty('prompt');
});

test('answers that the model may end have no least length', () => {
  const { body } = dialect({}, { ignore_eos: false });
  expect(body).toMatchObject({ ignore_eos: false });
  expect(body).not.toHaveProperty('min_tokens');
});

test('every request asks for the adapter that the study names', () => {
  const lora_request = { lora_name: 'a', lora_int_id: 1, lora_path: '/a' };
  expect(dialect({ lora_request }).body).toMatchObject({ lora_request });
});

describe('an event for every token is promised', () => {
  test.each([
    ['of completions', {}, {}, true],
    ['not of chats', {}, { api: 'chat' as const }, false],
    ['not with several steps an event', { stream_interval: 4 }, {}, false],
    [
      'not where tokens are guessed',
      { speculative_config: { decoding_type: 'NGram', max_draft_len: 2 } },
      {},
      false,
    ],
    ['not where other processes write the text', { num_postprocess_workers: 1 }, {}, false],
  ])('%s', (_, settings, workload, expected) => {
    expect(dialect(settings, workload).stream.eventPerToken).toBe(expected);
  });
});
