/** Requests with fields that the engine knows, and what is promised of its events. */
import { workloadSchema, type Experiment } from '@llem/core';
import { expect, test } from 'vitest';
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
  });
  expect(body).not.toHaveProperty('prompt');
});

test('answers may be ended by the model where that is asked for', () => {
  const { body } = dialect({}, { ignore_eos: false });
  expect(body).toMatchObject({ ignore_eos: false });
});

test('every request asks for the adapter that the study names', () => {
  const lora_request = { lora_name: 'a', lora_int_id: 1, lora_path: '/a' };
  expect(dialect({ lora_request }).body).toMatchObject({ lora_request });
});

test('tokens are counted by the usage that comes with every event: no event is promised to be one', () => {
  expect(dialect().stream.eventPerToken).toBe(false);
  expect(dialect().body['stream_options']).toMatchObject({ continuous_usage_stats: true });
});
