import { expect, it } from 'vitest';
import { compileBody } from './dialect-body.js';

it('puts values of their own type where the placeholders stand, at any depth', () => {
  const body = compileBody({
    model: 'm',
    prompt: '{prompt}',
    max_tokens: '{output_tokens}',
    deep: [{ seed: '{seed}' }],
  });
  expect(JSON.parse(body({ content: [1, 2, 3], outputTokens: 16, seed: 7 }))).toEqual({
    model: 'm',
    prompt: [1, 2, 3],
    max_tokens: 16,
    deep: [{ seed: 7 }],
  });
});

it('escapes a text prompt, and leaves a placeholder inside a prompt alone', () => {
  const body = compileBody({ prompt: '{prompt}', max_tokens: '{output_tokens}' });
  const prompt = 'a "quoted"\n"{seed}" line';
  expect(JSON.parse(body({ content: prompt, outputTokens: 1, seed: 0 }))).toEqual({ prompt, max_tokens: 1 });
});

it('sends text as a message where the interface is a chat', () => {
  const body = compileBody({ messages: '{messages}' });
  expect(JSON.parse(body({ content: 'hi', outputTokens: 1, seed: 0 }))).toEqual({
    messages: [{ role: 'user', content: 'hi' }],
  });
  const messages = [{ role: 'system', content: 'short' } as const, { role: 'user', content: 'hi' } as const];
  expect(JSON.parse(body({ content: messages, outputTokens: 1, seed: 0 }))).toEqual({ messages });
});

it('refuses what the interface does not take, with what to do', () => {
  const values = { outputTokens: 1, seed: 0 };
  expect(() => compileBody({ messages: '{messages}' })({ ...values, content: [1, 2] })).toThrow(/token ids/);
  expect(() =>
    compileBody({ prompt: '{prompt}' })({ ...values, content: [{ role: 'user', content: 'hi' }] }),
  ).toThrow(/messages/);
});
