import { expect, it } from 'vitest';
import { CONTAINER_HUB, localMounts, modelMounts } from './container.js';

const home = { source: '/home/u/hf', target: CONTAINER_HUB, readOnly: false, create: true };
const local = (path: string) => ({ source: path, target: path, readOnly: true, create: false });

it('shares the cache of the Hub, also where its models are elsewhere', () => {
  expect(modelMounts('owner/model', '/home/u/hf')).toEqual([home]);
  expect(modelMounts('owner/model', '/home/u/hf', '/data/hub')).toEqual([
    home,
    { source: '/data/hub', target: `${CONTAINER_HUB}/hub`, readOnly: false, create: true },
  ]);
});

it('has a model of this machine at its own path', () => {
  expect(modelMounts('/models/a', '/home/u/hf')).toEqual([home, local('/models/a')]);
});

it('takes a snapshot with the files that it links to, each once', () => {
  const snapshot = '/c/hub/models--o--m/snapshots/c0ffee';
  expect(localMounts([snapshot, 'o/m', `${snapshot}/tokenizer.json`, '/x'])).toEqual([
    local('/c/hub/models--o--m'),
    local('/x'),
  ]);
});
