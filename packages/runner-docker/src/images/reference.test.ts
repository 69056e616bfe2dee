/** Names of images, as `docker` reads them. */
import { describe, expect, it } from 'vitest';
import { hostOf, isImageId, parseReference } from './reference.js';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['busybox', 'docker.io', 'library/busybox', 'latest', null],
  ['docker.io/busybox', 'docker.io', 'library/busybox', 'latest', null],
  ['index.docker.io/busybox', 'docker.io', 'library/busybox', 'latest', null],
  ['vllm/vllm-openai:v0.11.0', 'docker.io', 'vllm/vllm-openai', 'v0.11.0', null],
  ['localhost/x', 'localhost', 'x', 'latest', null],
  ['localhost:5000/x:y', 'localhost:5000', 'x', 'y', null],
  ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000', 'a/b/c', 'latest', null],
  ['[::1]:5000/x', '[::1]:5000', 'x', 'latest', null],
  ['ghcr.io/o/n_x.y--z', 'ghcr.io', 'o/n_x.y--z', 'latest', null],
  ['Registry/x', 'Registry', 'x', 'latest', null],
  [`x@${digest}`, 'docker.io', 'library/x', null, digest],
  [`nvcr.io/nvidia/x:1.0rc1@${digest}`, 'nvcr.io', 'nvidia/x', '1.0rc1', digest],
])('%s', (name, host, repository, tag, named) => {
  expect(parseReference(name)).toEqual({ host, repository, tag, digest: named });
  expect(hostOf(name)).toBe(host);
});

describe('nonsense', () => {
  it.each([
    [''],
    ['UPPER'],
    ['a//b'],
    ['/x'],
    ['x/'],
    ['x:'],
    ['x:-tag'],
    [`x:${'t'.repeat(129)}`],
    ['x@sha256:short'],
    [`x@${digest}@${digest}`],
    ['x y'],
    ['-x'],
    ['x\n'],
    ['a'.repeat(256)],
    ['http://x/y'],
  ])('%j is refused', (name) => {
    expect(() => parseReference(name)).toThrow(expect.objectContaining({ failureClass: 'image-missing' }));
    expect(hostOf(name)).toBeNull();
  });

  it('with capitals is told without them', () => {
    expect(() => parseReference('vLLM/OpenAI:v1')).toThrow(
      expect.objectContaining({ remedy: 'Names of images have no capitals: `vllm/openai:v1`.' }),
    );
  });
});

it('tells an id from a name', () => {
  expect(isImageId(digest)).toBe(true);
  expect(isImageId('a'.repeat(64))).toBe(true);
  expect(isImageId(`x@${digest}`)).toBe(false);
  expect(isImageId('abcdef123456')).toBe(false);
});
