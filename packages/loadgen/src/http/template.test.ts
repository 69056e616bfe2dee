import { expect, it } from 'vitest';
import { compileBody } from './template.js';

it('puts values of their own type where the placeholders stand, at any depth', () => {
  const body = compileBody({
    model: 'm',
    prompt: '{prompt}',
    max_tokens: '{output_tokens}',
    deep: [{ seed: '{seed}' }],
  });
  expect(JSON.parse(body({ prompt: [1, 2, 3], outputTokens: 16, seed: 7 }))).toEqual({
    model: 'm',
    prompt: [1, 2, 3],
    max_tokens: 16,
    deep: [{ seed: 7 }],
  });
});

it('escapes a text prompt, and leaves a placeholder inside a prompt alone', () => {
  const body = compileBody({ prompt: '{prompt}', max_tokens: '{output_tokens}' });
  const prompt = 'a "quoted"\n"{seed}" line';
  expect(JSON.parse(body({ prompt, outputTokens: 1, seed: 0 }))).toEqual({ prompt, max_tokens: 1 });
});
