import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@llem/core';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { composeRoot } from '../composition/root.js';
import { composeStudy } from '../composition/study.js';
import { planJson, planText, planView } from './plan-view.js';

const checkout = {
  root: fileURLToPath(new URL('../..', import.meta.url)),
  dataDir: '/no/such/folder',
  getPluginsList: () => [],
};

async function viewOf(
  settings: JsonObject,
  said: { env?: NodeJS.ProcessEnv; runners?: Record<string, string> } = {},
) {
  const root = await composeRoot(checkout, { LLEM_CONFIG: '/dev/null', ...said.env });
  const scope = await composeStudy(root, {
    source: { kind: 'settings', settings },
    overrides: {},
    runners: said.runners ?? {},
    warn: (message) => expect.unreachable(message),
  });
  return planView(scope);
}

const sectionOf = (text: string, title: string) =>
  text.split('\n\n').find((section) => section.startsWith(title)) ?? '';

it('shows the runner of every experiment with its image or address and who named it, in 80 columns', async () => {
  const view = await viewOf(
    {
      model: 'llem/tiny-1m',
      experiments: [
        { backend: 'vllm' },
        { backend: 'sglang' },
        { backend: 'trtllm' },
        { backend: 'vllm', runner: 'attach:http://${env:SERVER}:8000' },
        { backend: 'vllm', 'workload.concurrency': 4 },
        { backend: 'llamacpp' },
      ],
      runners: {
        vllm: 'docker',
        sglang: { type: 'docker', image: 'registry.example.org/team/sglang:${env:TAG}' },
      },
    },
    { env: { LLEM_RUNNER_TRTLLM: 'docker', SERVER: 'gpu-server-7', TAG: 'build-20261123' } },
  );
  const section = sectionOf(planText(view), 'Runners');
  expect(section.split('\n').map((line) => stringWidth(line) <= 80)).not.toContain(false);
  const { images } = { images: {}, ...planJson(view) };
  const [vllm, sglang, trtllm, attached, second, embedded] = view.plan.experiments.map(({ id }) => id);
  const imageOf = (id = '') => view.images.get(id);
  expect(imageOf(sglang)).toBe('registry.example.org/team/sglang:${env:TAG}');
  expect([imageOf(attached), imageOf(embedded)]).toEqual([null, null]);
  expect(imageOf(vllm)).toMatch(/^vllm\/vllm-openai:v[\d.]+$/);
  expect(images).toEqual({
    [vllm ?? '']: imageOf(vllm),
    [sglang ?? '']: imageOf(sglang),
    [trtllm ?? '']: imageOf(trtllm),
    [second ?? '']: imageOf(vllm),
  });
  expect(section.replace(/\n {4}/g, ' ').split('\n')).toEqual([
    'Runners',
    `  1, 5: vllm on docker, ${imageOf(vllm)}: the study's runners`,
    "  2: sglang on docker, registry.example.org/team/sglang:${env:TAG}: the study's runners",
    `  3: trtllm on docker, ${imageOf(trtllm)}: LLEM_RUNNER_TRTLLM`,
    '  4: vllm on attach at http://${env:SERVER}:8000: the experiment',
    '  6: llamacpp on local: nothing else said (default)',
  ]);
});

it('says a runner that all experiments have once, without their numbers', async () => {
  const view = await viewOf(
    { model: 'llem/tiny-1m', backend: 'llamacpp', sweep: { 'workload.concurrency': [1, 2] } },
    { runners: { llamacpp: 'local' } },
  );
  expect(sectionOf(planText(view), 'Runners')).toBe('Runners\n  llamacpp on local: --runner');
});
