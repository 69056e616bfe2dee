import { expect, it } from 'vitest';
import { hubEnvironment, modelMounts } from './container.js';

const hubHome = '/home/u/hf';
const home = { source: hubHome, target: '/llem/huggingface', readOnly: false, create: true };
const local = (path: string) => ({ source: path, target: path, readOnly: true, create: false });

it('shares the cache of the Hub, also where its models are elsewhere, and says where it is', () => {
  const usual = { HF_HOME: '/llem/huggingface', HF_HUB_CACHE: '/llem/huggingface/hub' };
  for (const folders of [{ hubHome }, { hubHome, hubCache: '/home/u/hf/hub' }]) {
    expect(modelMounts('owner/model', folders)).toEqual([home]);
    expect(hubEnvironment(folders)).toEqual(usual);
  }
  const apart = { hubHome, hubCache: '/data/hub' };
  expect(modelMounts('owner/model', apart)).toEqual([
    home,
    { source: '/data/hub', target: '/llem/hub', readOnly: false, create: true },
  ]);
  expect(hubEnvironment(apart)).toEqual({ ...usual, HF_HUB_CACHE: '/llem/hub' });
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
