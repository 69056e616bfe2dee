import { describe, expect, test } from 'vitest';
import type { Configuration } from './configuration.js';
import { errorOf } from './fixture.js';
import {
  isRunnerNamed,
  parseRunner,
  resolveRunner,
  unknownVariables,
  type RunnerLayers,
} from './runner-choice.js';

const configured = (runners: Configuration['runners']) => ({
  runners,
  places: { 'runners.vllm': 'config.yaml:2:3' },
});
const nothing: RunnerLayers = {
  flags: {},
  env: {},
  study: {},
  config: configured({}),
  detected: new Map(),
};
const own = (runner: string | null) => ({ backend: 'vllm', runner });

describe('the runner of an experiment', () => {
  test('is named by the first of flags, experiment, environment, study, configuration and detection, else local', () => {
    const layers: RunnerLayers = {
      detected: new Map([['vllm', { type: 'docker', why: 'detected: it' }]]),
      flags: { vllm: 'docker:flag' },
      env: { LLEM_RUNNER_VLLM: 'docker:env' },
      study: { vllm: { type: 'docker', image: 'study' } },
      config: configured({ vllm: 'docker:config' }),
    };
    const experiment = own('docker:experiment');
    const resolved = [
      resolveRunner(experiment, layers),
      resolveRunner(experiment, { ...layers, flags: {} }),
      resolveRunner(own(null), { ...layers, flags: {} }),
      resolveRunner(own(null), { ...layers, flags: {}, env: {} }),
      resolveRunner(own(null), { ...layers, flags: {}, env: {}, study: {} }),
      resolveRunner(own(null), { ...nothing, detected: layers.detected }),
      resolveRunner(own(null), nothing),
    ];
    expect(resolved.map(({ from }) => from).slice(-3)).toEqual([
      'config.yaml:2:3',
      'detected: it',
      'default',
    ]);
    expect(resolved.map(({ type, options, why }) => [type, options['image'], why])).toEqual([
      ['docker', 'flag', '--runner'],
      ['docker', 'experiment', 'the experiment'],
      ['docker', 'env', 'LLEM_RUNNER_VLLM'],
      ['docker', 'study', "the study's runners"],
      ['docker', 'config', "the user's configuration"],
      ['docker', undefined, 'detected: it'],
      ['local', undefined, 'nothing else said (default)'],
    ]);
  });

  test('counts as named also where what names it is wrong', () => {
    expect(isRunnerNamed(own(null), nothing)).toBe(false);
    expect(isRunnerNamed(own(null), { ...nothing, flags: { sglang: 'docker' } })).toBe(false);
    expect(isRunnerNamed(own(null), { ...nothing, env: { LLEM_RUNNER_VLLM: '' } })).toBe(true);
    expect(isRunnerNamed(own('local'), nothing)).toBe(true);
  });

  test('is not named by what is meant for another backend, nor by a prototype', () => {
    const layers = { ...nothing, flags: { sglang: 'docker' }, env: { LLEM_RUNNER: 'docker' } };
    expect(resolveRunner(own(null), layers).type).toBe('local');
    expect(resolveRunner({ backend: 'constructor', runner: null }, nothing).type).toBe('local');
    expect(
      resolveRunner(
        { backend: 'my-engine', runner: null },
        { ...nothing, env: { LLEM_RUNNER_MY_ENGINE: 'docker' } },
      ).type,
    ).toBe('docker');
  });

  test('is told apart from a variable for a backend that nobody knows', () => {
    const env = {
      LLEM_RUNNER_VLM: 'docker',
      LLEM_RUNNER_vllm: 'docker',
      LLEM_RUNNER_VLLM: 'docker',
      LLEM_RUNNER_TRTLLM: 'docker',
      LLEM_RUNNER_MY_ENGINE: 'docker',
      LLEM_RUNNER: 'docker',
    };
    expect(unknownVariables(env, ['vllm', 'my-engine'])).toEqual([
      'LLEM_RUNNER_VLM: unknown backend "vlm"; did you mean "vllm"?',
      'LLEM_RUNNER_vllm: it is read as LLEM_RUNNER_VLLM alone, in capitals',
    ]);
  });

  test('is never replaced by another when what names it is wrong', () => {
    const config = configured({ vllm: 'local' });
    const error = (runner: string | null, layers: Partial<RunnerLayers>) =>
      errorOf(() => resolveRunner(own(runner), { ...nothing, config, ...layers }));
    expect(error(null, { flags: { vllm: 'docker:' } })).toMatch(
      /^LLEM_E_USAGE: .* from --runner: "docker:" names nothing/,
    );
    expect(error(null, { env: { LLEM_RUNNER_VLLM: '' } })).toMatch(
      /^LLEM_E_USAGE: .* from LLEM_RUNNER_VLLM: "" is not/,
    );
    expect(error('docker:  ', {})).toMatch(/^LLEM_E_STUDY: .* from the experiment: /);
    expect(error(null, { study: { vllm: 'x y' } })).toMatch(/^LLEM_E_STUDY: .* from the study's runners: /);
    expect(error(null, { config: configured({ vllm: { type: '' } }) })).toMatch(
      /^LLEM_E_CONFIG: .* from config\.yaml:2:3: /,
    );
  });
});

describe('the name of a runner', () => {
  test.each([
    ['local', 'local', {}],
    ['docker', 'docker', {}],
    ['docker:lmsysorg/sglang:v0.5.17-cu130', 'docker', { image: 'lmsysorg/sglang:v0.5.17-cu130' }],
    ['attach:http://127.0.0.1:8000', 'attach', { url: 'http://127.0.0.1:8000' }],
    [{ type: 'docker', image: 'a', pull: 'missing' }, 'docker', { image: 'a', pull: 'missing' }],
  ])('%j is understood', (choice, type, options) => {
    expect(parseRunner(choice)).toEqual({ ok: true, type, options });
  });

  test.each([
    '',
    ' ',
    'Docker',
    'docker:',
    'docker: ',
    'docker:a b',
    'attach:',
    'attach:nowhere',
    'attach:file:///x',
    'local:x',
    ':x',
    3,
    null,
    undefined,
    ['local'],
    {},
    { type: 3 },
    { type: '' },
    { type: 'docker:x' },
  ])('%j is refused', (choice) => {
    expect(parseRunner(choice)).toMatchObject({ ok: false });
  });
});
