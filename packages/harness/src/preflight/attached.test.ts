import { measureSchema, workloadSchema, type Experiment, type JsonObject, type Runner } from '@llem/core';
import { expect, it } from 'vitest';
import { severalSettings } from './attached.js';

const experiment = (backend: string, options: JsonObject): Experiment => ({
  id: 'x',
  label: 'x',
  asked: {},
  factors: {},
  model: 'm',
  backend,
  runner: null,
  devices: null,
  workload: workloadSchema.parse({}),
  measure: measureSchema.parse({}),
  options,
});

const findings = (place: Runner['place'], ...experiments: readonly Experiment[]) =>
  severalSettings([
    {
      resolved: { type: 'attach', options: {}, why: 'test', from: 'test' },
      runner: {
        place,
        checks: () => [],
        target: () => Promise.reject(new Error('not asked for')),
        start: () => Promise.reject(new Error('not asked for')),
      },
      target: null,
      experiments,
    },
  ]);

it('names the settings that one server cannot have for all experiments', () => {
  const found = findings(
    'elsewhere',
    experiment('vllm', { max_num_seqs: 8, cudagraph: { mode: 'FULL' } }),
    experiment('vllm', { max_num_seqs: 16, cudagraph: { mode: 'FULL' }, dtype: 'half' }),
    experiment('sglang', { tp_size: 2 }),
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ id: 'attach.settings', status: 'warning' });
  expect(found[0]?.message).toContain('differ in vllm.max_num_seqs, vllm.dtype and');
});

it('has nothing against settings that are the same, nor against a server of each experiment', () => {
  const [a, b] = [experiment('vllm', { max_num_seqs: 8 }), experiment('vllm', { max_num_seqs: 16 })];
  expect(findings('elsewhere', a, a)).toEqual([]);
  expect(findings('process', a, b)).toEqual([]);
});
