/** What is taken for a plugin and what is refused. */
import { isLlemError, PLUGIN_KINDS } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { requestOf, workspaceRequestOf } from './request.js';

const asked = (...words: string[]) => requestOf(words, {});

/** The error that words are refused with; null when they are not. */
function refusalOf(words: readonly string[]) {
  try {
    requestOf(words, {});
    return null;
  } catch (error) {
    return isLlemError(error) ? error : null;
  }
}

describe('a plugin for others to install', () => {
  it.each(PLUGIN_KINDS)('of the kind %s is a package llem-<kind>-<id> in a folder of that name', (kind) => {
    expect(asked(kind, 'my-thing-2')).toEqual({
      kind,
      id: 'my-thing-2',
      packageName: `llem-${kind}-my-thing-2`,
      folder: `llem-${kind}-my-thing-2`,
    });
  });

  it('has the name and the folder that are asked for', () => {
    expect(requestOf(['meter', 'x'], { name: '@me/meter-x', dir: 'some/where' })).toMatchObject({
      packageName: '@me/meter-x',
      folder: 'some/where',
    });
  });

  it.each([
    'My-Engine',
    'my_engine',
    '1engine',
    '-engine',
    'engine-',
    'my--engine',
    '../x',
    'a b',
    '',
    'x'.repeat(51),
  ])('is refused with the id "%s"', (id) => {
    const refusal = refusalOf(['backend', id]);
    expect(refusal?.code).toBe('LLEM_E_USAGE');
    expect(refusal?.remedy).toContain('my-backend');
  });

  it.each(['Upper', '@scope', '@scope/', 'a/b', '.hidden', 'a b', '../up', 'x'.repeat(215)])(
    'is refused with the package name "%s"',
    (name) => {
      expect(() => requestOf(['backend', 'x'], { name })).toThrow(/no name of a package/);
    },
  );

  it('is refused without a folder', () => {
    expect(() => requestOf(['backend', 'x'], { dir: ' ' })).toThrow(/names no folder/);
  });
});

describe('what is missing or too much is named, with what to type', () => {
  it.each([
    [[], 'backend, runner, meter, dataset'],
    [['engine', 'x'], 'backend, runner, meter, dataset'],
    [['runner'], 'npx @llem/create-plugin runner my-runner'],
    [['runner', 'x', 'y'], 'npx @llem/create-plugin runner x'],
  ])('%j', (words, remedy) => {
    const refusal = refusalOf(words);
    expect(refusal?.exitCode).toBe(2);
    expect(refusal?.remedy).toContain(remedy);
  });
});

it('a backend is not called like a setting of a study, where its section would stand', () => {
  expect(() => asked('backend', 'workload')).toThrow(/key of every study/);
  expect(asked('meter', 'workload').id).toBe('workload');
});

it.each([
  ['backend', 'llamacpp', '@llem/backend-llamacpp'],
  ['runner', 'local', '@llem/runner-local'],
  ['meter', 'nvml', '@llem/energy-nvml'],
  ['dataset', 'synthetic', '@llem/datasets'],
])('a %s is not called %s, as one of this project is', (kind, id, owner) => {
  for (const read of [(words: string[]) => requestOf(words, {}), workspaceRequestOf]) {
    expect(() => read([kind, id])).toThrow(`it is that of ${owner}`);
  }
});

it('has the id of a plugin of another kind', () => {
  expect(asked('meter', 'llamacpp').id).toBe('llamacpp');
});

it('a plugin of this repository is a package of its kind in packages/', () => {
  const packages = PLUGIN_KINDS.map((kind) => workspaceRequestOf([kind, 'x']));
  expect(packages.map(({ packageName, folder }) => [packageName, folder])).toEqual([
    ['@llem/backend-x', 'packages/backend-x'],
    ['@llem/runner-x', 'packages/runner-x'],
    ['@llem/energy-x', 'packages/energy-x'],
    ['@llem/dataset-x', 'packages/dataset-x'],
  ]);
});
