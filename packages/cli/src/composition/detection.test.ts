import { workloadSchema, measureSchema, type Backend, type Experiment, type Plan } from '@llem/core';
import type { NamingLayers } from '@llem/study';
import { expect, it } from 'vitest';
import { createPluginModules } from '../plugins/modules.js';
import { detectedRunners } from './detection.js';
import { keptRunners } from './runners.js';

/** Modules with a runner `docker` whose checks find this; without it there is none. */
function modulesWith(findings: readonly object[] | null) {
  const source = `
    const none = () => null;
    export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
    export const create = () => ({
      target: none,
      start: none,
      checks: () => ${JSON.stringify(findings)}.map(({ id = 'docker.engine', ...finding }) => ({
        id, title: '', limitMs: 1, run: async () => finding,
      })),
    });`;
  const docker = {
    kind: 'runner' as const,
    id: 'docker',
    package: 'docker',
    version: '1.0.0',
    source: 'core' as const,
    moduleUrl: `data:text/javascript,${encodeURIComponent(source)}`,
  };
  return createPluginModules(
    { provided: findings === null ? [] : [docker], problems: [], unknown: [] },
    { cacheDir: '/cache' },
  );
}

const experiment = (
  backend: string,
  asked: Experiment['asked'] = {},
  runner: string | null = null,
): Experiment => ({
  id: backend,
  label: backend,
  asked: { backend, ...asked },
  factors: {},
  model: 'm',
  backend,
  runner,
  devices: null,
  workload: workloadSchema.parse({}),
  measure: measureSchema.parse({}),
  options: {},
});

const OK = { status: 'ok', message: 'It runs.', remedy: '' };
const AWAY = { status: 'failed', message: 'No daemon.', remedy: 'Start it.' };
const NOBODY: NamingLayers = { flags: {}, env: {}, study: {}, config: { runners: {}, places: {} } };

/** On a machine that has vllm, and not sglang; `cpu` computes on processors and is not here either. */
async function detect(
  experiments: readonly Experiment[],
  findings: readonly object[] | null,
  said: Partial<NamingLayers> = {},
) {
  const asked: string[] = [];
  const modules = modulesWith(findings);
  const load: typeof modules.load = (kind, id) => {
    asked.push(id);
    return modules.load(kind, id);
  };
  const backend = ({ backend: id }: Experiment): Pick<Backend, 'computesOn' | 'image' | 'isInstalled'> => ({
    computesOn: id === 'cpu' ? 'cpu' : 'gpu',
    image: () => `${id}:1`,
    isInstalled() {
      asked.push(id);
      return Promise.resolve(id === 'vllm');
    },
  });
  const plan: Pick<Plan, 'experiments'> = { experiments };
  const detected = await detectedRunners(
    plan,
    { ...NOBODY, ...said },
    {
      modules: { ...modules, load },
      backend,
      runner: keptRunners(modules, {}),
    },
  );
  return { detected, asked };
}

it('looks at Docker where an engine is missing, and at nothing where all are named', async () => {
  const { detected, asked } = await detect([experiment('vllm'), experiment('sglang')], [OK]);
  expect([...detected].map(([id, { type }]) => [id, type])).toEqual([
    ['vllm', 'docker'],
    ['sglang', 'docker'],
  ]);
  expect(asked).toEqual(['vllm', 'sglang', 'docker']);
  expect((await detect([experiment('vllm')], [OK])).asked).toEqual(['vllm']);
  const named = await detect([experiment('vllm', {}, 'local'), experiment('sglang')], [OK], {
    env: { LLEM_RUNNER_SGLANG: 'local' },
  });
  expect(named).toEqual({ detected: new Map(), asked: [] });
});

it('leaves those that are named, and engines for processors, as they are', async () => {
  const { detected, asked } = await detect(
    [experiment('vllm', {}, 'local'), experiment('sglang'), experiment('cpu')],
    [OK],
  );
  expect([...detected.keys()]).toEqual(['sglang']);
  expect(asked).toEqual(['sglang', 'docker']);
});

it('is switched off by a configuration that names any runner', async () => {
  const config = { runners: { llamacpp: 'local' }, places: {} };
  expect(await detect([experiment('sglang')], [OK], { config })).toEqual({ detected: new Map(), asked: [] });
});

it('keeps engines here whose program the study names', async () => {
  const experiments = [experiment('vllm'), experiment('vllm', { vllm: { executable: '/opt/vllm' } })];
  const { detected, asked } = await detect([...experiments, experiment('sglang')], [OK]);
  expect([...detected].map(([id, { type }]) => [id, type])).toEqual([
    ['vllm', 'local'],
    ['sglang', 'local'],
  ]);
  expect(asked).not.toContain('docker');
});

it('says why Docker does not work by the first check that fails, or by what keeps its runner from being used', async () => {
  const hindrance = async (findings: readonly object[] | null) => {
    const { detected } = await detect([experiment('sglang')], findings);
    return [detected.get('sglang')?.type, detected.get('sglang')?.hindrance];
  };
  expect(await hindrance([OK, AWAY, { ...AWAY, message: 'Another.' }])).toEqual([
    'local',
    'Docker would do too, and does not work here. No daemon. Start it.',
  ]);
  expect(await hindrance([{ ...AWAY, status: 'warning' }])).toEqual(['docker', undefined]);
  expect(await hindrance([OK, { ...AWAY, id: 'docker.orphans' }])).toEqual(['docker', undefined]);
  expect((await hindrance(null))[1]).toContain(
    'The runner "docker" is not installed; run: llem plugins install @llem/runner-docker',
  );
});
