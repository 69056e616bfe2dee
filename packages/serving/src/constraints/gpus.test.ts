import { expect, it } from 'vitest';
import { divisors, gpuViolations, headViolations, layerViolations } from './gpus.js';

const need = { engine: 'X', gpus: 4, product: 'tp 2 x pp 2' };
const shape = { attentionHeads: 32, kvHeads: 8, layers: 16, latentAttention: false };
const messages = (found: readonly { readonly message: string }[]) => found.map(({ message }) => message);

it('wants as many devices as have work, where a study names them', () => {
  expect(gpuViolations(need, { devices: 'all' })).toEqual([]);
  expect(gpuViolations(need, { devices: ['0', '1', '2', '3'] })).toEqual([]);
  expect(gpuViolations(need, { devices: ['0', '1'] })).toEqual([
    {
      path: 'devices',
      message: 'X needs 4 GPUs (tp 2 x pp 2) and devices names 2: name 4, or lower one of them',
    },
  ]);
  expect(messages(gpuViolations({ ...need, gpus: 1 }, { devices: ['0', '1'] }))[0]).toContain('billed');
});

it('wants heads of attention to divide, and those of keys and values to divide or be copied', () => {
  expect([1, 8, 16, 32].flatMap((gpus) => headViolations('x.tp', gpus, shape))).toEqual([]);
  expect(messages(headViolations('x.tp', 3, shape))).toEqual([
    'the 32 attention heads of the model do not divide by 3: use one of 1, 2, 4, 8, 16, 32',
  ]);
  const uneven = { ...shape, attentionHeads: 36, kvHeads: 6 };
  expect(messages(headViolations('x.tp', 4, uneven))[0]).toContain('key-value heads');
  expect(headViolations('x.tp', 4, { ...uneven, latentAttention: true })).toEqual([]);
});

it('wants a layer for each group', () => {
  expect(layerViolations('x.pp', 16, shape)).toEqual([]);
  expect(layerViolations('x.pp', 17, shape)).toHaveLength(1);
});

it('names divisors', () => expect(divisors(12)).toEqual([1, 2, 3, 4, 6, 12]));
