import { describe, expect, it } from 'vitest';
import { parseRunners, parseSettings, studySource } from './source.js';

describe('parseSettings', () => {
  it('reads values as YAML does', () => {
    expect(
      parseSettings([
        'workload.concurrency=8',
        'llamacpp.mmap=false',
        'model=a=b',
        'llamacpp.extra={ x: [1, "2"] }',
      ]),
    ).toEqual({
      'workload.concurrency': 8,
      'llamacpp.mmap': false,
      model: 'a=b',
      'llamacpp.extra': { x: [1, '2'] },
    });
  });

  it.each([
    [['workload'], 'no "="'],
    [['=8'], 'no "="'],
    [['a=1', 'a=2'], 'twice'],
    [['a=[1'], 'is not a value'],
    [['a=.nan'], 'is not a value'],
  ])('refuses %j', (pairs, message) => {
    expect(() => parseSettings(pairs)).toThrow(message);
  });

  it('keeps a hostile key as a key', () => {
    const settings = parseSettings(['__proto__={ polluted: true }']);
    expect(Object.keys(settings)).toEqual(['__proto__']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('parseRunners', () => {
  it('keeps everything after the first =', () => {
    expect(parseRunners(['vllm=docker:img@sha256:a=b', 'llamacpp=local'])).toEqual({
      vllm: 'docker:img@sha256:a=b',
      llamacpp: 'local',
    });
  });

  it.each([['vllm'], ['vllm='], ['vllm=docker:'], ['vllm=Local']])('refuses %s', (pair) => {
    expect(() => parseRunners([pair])).toThrow(expect.objectContaining({ code: 'LLEM_E_USAGE' }));
  });
});

describe('studySource', () => {
  const nothing = { file: undefined, model: undefined, backend: undefined, set: undefined };

  it('needs a model and a backend where there is no file', async () => {
    await expect(studySource(nothing)).rejects.toMatchObject({ code: 'LLEM_E_USAGE' });
    await expect(studySource({ ...nothing, model: 'm' })).rejects.toMatchObject({ code: 'LLEM_E_USAGE' });
    expect(await studySource({ ...nothing, model: 'm', backend: 'b', set: ['x.y=1'] })).toEqual({
      kind: 'settings',
      settings: { model: 'm', backend: 'b', 'x.y': 1 },
    });
  });

  it('refuses a file together with settings', async () => {
    await expect(studySource({ ...nothing, file: 'a.yaml', set: ['a=1'] })).rejects.toThrow(
      'exclude each other',
    );
  });
});
