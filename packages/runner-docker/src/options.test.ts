/** What a study may say of a container. */
import { expect, it } from 'vitest';
import { optionsSchema } from './options.js';

it('needs no option', () => {
  expect(optionsSchema.parse({})).toEqual({
    pull: 'missing',
    network: 'auto',
    ulimits: {},
    env: {},
    mounts: [],
  });
});

it.each([
  ['a size of what is not its own', { ipc: 'host', shm_gib: 1 }, 'shm_gib'],
  ['a mount without a place', { mounts: [{ source: '/a', target: 'b' }] }, 'mounts'],
  ['other GPUs than those of the experiment', { env: { CUDA_VISIBLE_DEVICES: '0' } }, 'env'],
  ['no memory', { memory_gib: 0 }, 'memory_gib'],
])('refuses %s', (_, written, path) => {
  expect(optionsSchema.safeParse(written).error?.issues[0]?.path[0]).toBe(path);
});
