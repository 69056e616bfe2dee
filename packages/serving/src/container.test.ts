import { expect, it } from 'vitest';
import { CONTAINER_HUB, modelMounts } from './container.js';

const hubHome = '/home/u/hf';
const home = { source: hubHome, target: CONTAINER_HUB, readOnly: false, create: true };
const local = (path: string) => ({ source: path, target: path, readOnly: true, create: false });

it('shares the cache of the Hub, also where its models are elsewhere', () => {
  expect(modelMounts('owner/model', { hubHome })).toEqual([home]);
  expect(modelMounts('owner/model', { hubHome, hubCache: '/home/u/hf/hub' })).toEqual([home]);
  expect(modelMounts('owner/model', { hubHome, hubCache: '/data/hub' })).toEqual([
    home,
    { source: '/data/hub', target: `${CONTAINER_HUB}/hub`, readOnly: false, create: true },
  ]);
});

it('has what is of this machine at its own path, once', () => {
  expect(modelMounts('/models/a', { hubHome }, ['/models/a', 'owner/draft', undefined, '/x'])).toEqual([
    home,
    local('/models/a'),
    local('/x'),
  ]);
});

it('takes a snapshot with the files that it links to', () => {
  const snapshot = '/c/hub/models--o--m/snapshots/c0ffee';
  expect(modelMounts(snapshot, { hubHome }, [`${snapshot}/tokenizer.json`])).toEqual([
    home,
    local('/c/hub/models--o--m'),
  ]);
});
