/** How requests look, and what the server tells of its work. */
import { expect, test } from 'vitest';
import { dialectOf } from './dialect.js';
import { experimentWith } from './experiment.fixture.js';
import { serverMetrics } from './metrics.js';
import { optionsSchema } from './options.js';

const dialect = (settings: object = {}, workload: object = {}, model?: string) =>
  dialectOf(optionsSchema.parse(settings), experimentWith({ model, workload }));

test('completions of exactly so many tokens, with the usage so far in every event', () => {
  const { path, body, stream } = dialect();
  expect(path).toBe('/v1/completions');
  expect(body).toEqual({
    model: 'meta-llama/Llama-3.1-8B',
    prompt: '{prompt}',
    max_tokens: '{output_tokens}',
    temperature: 0,
    seed: '{seed}',
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
    ignore_eos: true,
  });
  expect(stream.eventPerToken).toBe(false);
});

test('chats, and answers that the model ends', () => {
  const { path, body } = dialect({}, { api: 'chat', ignore_eos: false });
  expect(path).toBe('/v1/chat/completions');
  expect(body).toMatchObject({ messages: '{messages}', ignore_eos: false });
});

test('the name that is served', () => {
  expect(dialect({}, {}, 'D:/models/8b').body).toMatchObject({ model: 'D-/models/8b' });
});

test.each<[string, object, string | undefined]>([
  ['none', {}, undefined],
  ['the only one', { lora_paths: { sql: 'org/sql' } }, 'sql'],
  ['none of several', { lora_paths: { sql: 'org/sql', chat: 'org/chat' } }, undefined],
  ['one of several', { lora_paths: { sql: 'org/sql', chat: 'org/chat' }, lora_request: 'chat' }, 'chat'],
])('the adapter that requests use: %s', (_, settings, adapter) => {
  expect(dialect(settings).body['lora_path']).toBe(adapter);
});

test('acceptance is told where something is guessed, and schedulers of stages are not added up', () => {
  const names = (settings: object) => Object.keys(serverMetrics(optionsSchema.parse(settings)).names);
  expect(names({})).toEqual(
    expect.arrayContaining(['running', 'waiting', 'kvUse', 'preemptions', 'cachedTokens', 'outputTokens']),
  );
  expect(names({})).not.toContain('acceptanceRate');
  expect(names({ speculative_algorithm: 'NGRAM' })).toContain('acceptanceRate');
  expect(names({ pp_size: 2 })).not.toContain('running');
});
