import { measureSchema, workloadSchema, type Experiment, type JsonObject, type Runner } from '@llem/core';
import { expect, it } from 'vitest';
import { billedElsewhere, severalSettings } from './attached.js';
import type { RunnerUse } from './parts.js';

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

const use = (
  place: Runner['place'],
  host: string | null,
  ...experiments: readonly Experiment[]
): RunnerUse => ({
  resolved: { type: 'attach', options: {}, why: 'test', from: 'test' },
  runner: {
    place,
    checks: () => [],
    target: () => Promise.reject(new Error('not asked for')),
    start: () => Promise.reject(new Error('not asked for')),
  },
  target: host === null ? null : { host, port: 8000 },
  experiments,
});
const findings = (place: Runner['place'], ...experiments: readonly Experiment[]) =>
  severalSettings([use(place, null, ...experiments)]);

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

it('refuses to bill devices of this machine for a server on another one', async () => {
  const here = experiment('vllm', {});
  const billed: Experiment = { ...here, label: 'tp=2', devices: [0] };
  // An address that is for documentation alone (RFC 5737).
  const found = await billedElsewhere([use('elsewhere', '192.0.2.7', here, billed)]);
  expect(found).toMatchObject([{ id: 'attach.devices', status: 'failed' }]);
  expect(found[0]?.message).toMatch(/^tp=2 says `devices`, and the server is at 192\.0\.2\.7/);

  for (const fine of [
    use('elsewhere', '192.0.2.7', here),
    use('elsewhere', '127.0.0.1', billed),
    use('elsewhere', '[::1]', billed),
    use('elsewhere', null, billed),
    use('container', '192.0.2.7', billed),
  ])
    expect(await billedElsewhere([fine])).toEqual([]);
});
