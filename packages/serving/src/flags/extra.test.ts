import { expect, it } from 'vitest';
import { extraArguments, extraSchema, extraViolations, usedExtraFlags } from './extra.js';

const extra = extraSchema.parse({ 'a-b': true, c_d: 'x y', e: 1, off: false, many: [1, 2], low: -1 });

it('passes flags through as written', () => {
  expect(extraArguments(extra)).toEqual(['--a-b', '--c_d', 'x y', '-e', '1', '--many', '1', '2', '--low=-1']);
  expect(usedExtraFlags('vllm', { 'a-b': true, off: false })).toEqual([
    { path: 'vllm.extra.a-b', flag: '--a-b', versions: null },
  ]);
});

it('refuses a flag with its dashes', () => {
  expect(extraSchema.safeParse({ '--a': true }).success).toBe(false);
});

it('says what decides a flag that is not to be passed, however it is written', () => {
  const owners = { port: 'the runner', 'enable-x': 'vllm.enable_x' };
  expect(extraViolations('vllm', { port: 1, 'no-enable_x': true, other: 1 }, owners)).toEqual([
    { path: 'vllm.extra.port', message: 'this flag is decided by the runner: leave it out' },
    { path: 'vllm.extra.no-enable_x', message: 'this flag is decided by vllm.enable_x: set it there' },
  ]);
});
