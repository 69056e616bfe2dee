import { expect, it } from 'vitest';
import { modelConfig } from '../hub/model-config.js';
import { contextViolations, knownContext } from './context.js';

const need = { path: 'x.length', asked: null, needed: 1000, made: null };
const pathOf = (more: Partial<typeof need> | { asked?: number; made?: number }) =>
  contextViolations({ ...need, ...more }).map(({ path }) => path);

it('says which of them is too short: what is asked for, or the model', () => {
  expect(pathOf({})).toEqual([]);
  expect(pathOf({ asked: 1000, made: 1000 })).toEqual([]);
  expect(pathOf({ asked: 999 })).toEqual(['x.length']);
  expect(pathOf({ asked: 1001, made: 1000 })).toEqual(['x.length']);
  expect(pathOf({ made: 999 })).toEqual(['workload.input_tokens']);
});

it('knows the context of a model unless something changes it', () => {
  const plain = modelConfig({ max_position_embeddings: 4096 });
  const scaled = modelConfig({ max_position_embeddings: 4096, rope_scaling: { type: 'linear', factor: 4 } });
  expect(knownContext(plain, false)).toBe(4096);
  expect(knownContext(plain, true)).toBeNull();
  expect(knownContext(scaled, false)).toBeNull();
  expect(knownContext(null, false)).toBeNull();
});
