import { expect, it } from 'vitest';
import { isInReleases, versionInText } from './release.js';

it.each([
  ['0.28.0\n', '0.28.0'],
  ['INFO 11-26 21:00:00 [x.py:1] Ready\nvllm 0.28.0rc1\n', '0.28.0rc1'],
  ['0.11.1.dev12+g1234abc.d20261126', '0.11.1.dev12+g1234abc.d20261126'],
  ['sglang version: 0.5.17.post2', '0.5.17.post2'],
  ['[TensorRT-LLM] TensorRT LLM version: 1.3.0rc24\nUsage: x\n', '1.3.0rc24'],
  ['trtllm-serve, version v1.2', '1.2'],
  ['took 3.5 seconds', null],
  ['', null],
])('finds the version in %j', (text, version) => {
  expect(versionInText(text)).toBe(version);
});

it.each([
  ['0.28.0rc1', '>=0.28', true],
  ['0.11.1.dev12+g1234', '>=0.11.1', true],
  ['0.5.17.post2', '>=0.5.17 <0.6', true],
  ['1.3.0rc24', '<1.3', false],
  ['0.10.2', '>=0.11', false],
  ['nightly', '>=0.11', null],
])('%s in %s: %s', (version, range, expected) => {
  expect(isInReleases(version, range)).toBe(expected);
});
