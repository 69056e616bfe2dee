import { describe, expect, test } from 'vitest';
import { NO_CONFIGURATION, parseConfiguration, studyDefaults, unknownBackends } from './configuration.js';
import { catalog, errorOf, HEAD, plan } from './fixture.js';
import { overrideStudy, resolvedStudyYaml } from './resolved-study.js';
import { loadStudy, studyFromSettings } from './study.js';

const WHOLE = `# of this machine
output: ~/studies
wait: true
runners:
  vllm: docker:image
  sglang: { type: docker, pull: missing }
gaps: { between_runs_s: 3, until_c: 45 }
meters: [nvml, { type: rapl, zones: [package-0] }]
plugins: { allow: ['@llem/*', llem-backend-foo] }
`;
const withDefaults = (text: string, configuration: string) =>
  loadStudy(
    { text, path: 'study.yaml' },
    catalog,
    {},
    studyDefaults(parseConfiguration(configuration, 'c.yaml')),
  );

describe('a configuration', () => {
  test('is read with the place of each setting', () => {
    expect(parseConfiguration(WHOLE, 'c.yaml')).toEqual({
      output: '~/studies',
      wait: true,
      runners: { vllm: 'docker:image', sglang: { type: 'docker', pull: 'missing' } },
      gaps: { between_runs_s: 3, until_c: 45 },
      meters: ['nvml', { type: 'rapl', zones: ['package-0'] }],
      plugins: { allow: ['@llem/*', 'llem-backend-foo'] },
      places: {
        output: 'c.yaml:2:1',
        wait: 'c.yaml:3:1',
        'runners.vllm': 'c.yaml:5:3',
        'runners.sglang': 'c.yaml:6:3',
        'gaps.between_runs_s': 'c.yaml:7:9',
        'gaps.until_c': 'c.yaml:7:28',
        meters: 'c.yaml:8:1',
        'plugins.allow': 'c.yaml:9:12',
      },
    });
  });

  test('may be nested or dotted', () => {
    const { gaps, places } = parseConfiguration('gaps.until_c: 45\n', 'c.yaml');
    expect({ gaps, places }).toEqual({ gaps: { until_c: 45 }, places: { 'gaps.until_c': 'c.yaml:1:1' } });
  });

  test.each(['', '# only a comment\n', 'null\n', '---\n', '{}\n'])('may be empty: %j', (text) => {
    expect(parseConfiguration(text, 'c.yaml')).toEqual({
      ...NO_CONFIGURATION,
      output: undefined,
      wait: undefined,
    });
  });

  const bomb = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]', 'b', 'c', 'd', 'e', 'f', 'g']
    .map((line, index, all) =>
      index === 0
        ? line
        : `${line}: &${line} [${Array(10)
            .fill(`*${all[index - 1]?.[0] ?? ''}`)
            .join(', ')}]`,
    )
    .join('\n');
  test.each([
    ['outptu: x\n', '1:1: unknown key "outptu"; did you mean "output"?'],
    [
      'wait: true\nfactors: {}\n',
      '2:1: unknown key "factors"; known here: output, wait, runners, gaps, meters, plugins',
    ],
    ['gaps: { between_run_s: 3 }\n', '1:9: unknown key "between_run_s" under gaps; did you mean'],
    ['until_c: 4\n', '1:1: unknown key "until_c"; did you mean "gaps.until_c"?'],
    ['output: 3\n', '1:9: output: expected text (here 3)'],
    ['wait: maybe\n', '1:7: wait: expected true or false (here "maybe")'],
    ['output:\n', '1:8: output: nothing is set here'],
    ['gaps: { until_c: 500 }\n', '1:18: gaps.until_c: expected at most 120'],
    ['meters: nvml\n', '1:9: meters: '],
    ['runners: { vllm: "docker:" }\n', '1:18: runners.vllm: "docker:" names nothing after the colon'],
    ['runners: { vllm: { image: x } }\n', '1:18: runners.vllm: a runner\'s mapping needs "type"'],
    ['runners: docker\n', '1:10: runners: expected a mapping'],
    ['output: a\noutput: b\n', '2:1: the key "output" stands twice'],
    ['gaps.max_s: 1\ngaps: { max_s: 2 }\n', '2:9: gaps.max_s: set twice'],
    ['- a\n', '1:1: a configuration is a mapping of settings such as "output: ~/studies"'],
    ['output: a\n---\noutput: b\n', '2:1: a second document begins here ("---"); a configuration file'],
    ['output: [\n', '2:1: this is not valid YAML: '],
    [bomb, 'the file holds more than 100000 values once its aliases are written out'],
    [`#${'x'.repeat(1_048_576)}`, '1:1: the file has 1048577 bytes; a configuration has at most 1048576'],
  ])('is refused with the place: %.40j', (text, message) => {
    const error = errorOf(() => parseConfiguration(text, 'c.yaml'));
    expect(error).toMatch(/^LLEM_E_CONFIG: c\.yaml:\d+:\d+: /);
    expect(error).toContain(message);
  });

  test('tells all that is wrong at once', () => {
    const error = errorOf(() => parseConfiguration('wait: 1\nruners: {}\n', 'c.yaml'));
    expect(error).toContain('c.yaml:1:7: wait');
    expect(error).toContain('c.yaml:2:1: unknown key "runers"; did you mean "runners"?');
  });

  test('names backends that nobody knows, and is silent on those that are not installed', () => {
    const read = parseConfiguration('runners: { vllm: docker, lamacpp: local, llamacpp: local }\n', 'c.yaml');
    expect(unknownBackends(read, [...catalog.backends.keys()])).toEqual([
      'c.yaml:1:26: unknown backend "lamacpp"; did you mean "llamacpp"?',
    ]);
  });
});

describe('a study under a configuration', () => {
  test('has its gaps key by key, and its meters', () => {
    const study = withDefaults(
      `${HEAD}execution: { gaps: { between_runs_s: 20 } }\n`,
      WHOLE.replace('nvml, ', ''),
    );
    expect(study.execution.gaps).toMatchObject({ between_runs_s: 20, until_c: 45, max_s: 600 });
    expect(study.energy.meters).toEqual([{ type: 'rapl', zones: ['package-0'] }]);
    expect(study.origins).toEqual({
      'execution.gaps.between_runs_s': 'study.yaml:4:22',
      'execution.gaps.until_c': 'c.yaml:7:28',
      'energy.meters': 'c.yaml:8:1',
    });
  });

  test('takes back what the configuration says', () => {
    const { execution, energy } = withDefaults(
      `${HEAD}execution.gaps.until_c: none\nenergy: { meters: auto }\n`,
      WHOLE,
    );
    expect(execution.gaps.until_c).toBe('none');
    expect(energy.meters).toBe('auto');
  });

  test('is refused for its own mistakes, at their places', () => {
    expect(errorOf(() => withDefaults(`${HEAD}execution: { gaps: 5 }\n`, WHOLE))).toContain(
      'study.yaml:4:20: execution.gaps: expected a mapping (here 5)',
    );
    expect(errorOf(() => withDefaults('backend: llamacpp\nmodel: m\n', WHOLE))).toContain(
      'study.yaml:1:1: name',
    );
  });

  test('keeps its experiments and their ids', () => {
    const bare = plan(loadStudy({ text: HEAD, path: 'study.yaml' }, catalog));
    const configured = plan(withDefaults(HEAD, WHOLE));
    expect(configured.studyHash).toBe(bare.studyHash);
    expect(configured.experiments).toEqual(bare.experiments);
  });

  test('is resolved into one that keeps what was applied under any other configuration', () => {
    const study = withDefaults(HEAD, 'gaps: { between_runs_s: 3 }\n');
    const repeated = withDefaults(
      resolvedStudyYaml(study),
      'gaps: { between_runs_s: 9, until_c: 60 }\nmeters: [rapl]\n',
    );
    expect(repeated.execution).toEqual(study.execution);
    expect(repeated.energy).toEqual(study.energy);
  });

  test('of settings without a file has it as well, and says what flags set', () => {
    const defaults = studyDefaults(parseConfiguration(WHOLE, 'c.yaml'));
    const settings = { model: 'm', backend: 'llamacpp', 'execution.timeout_s': 60 };
    const study = overrideStudy(studyFromSettings(settings, catalog, {}, defaults), {
      cycles: 5,
      noGaps: true,
    });
    expect(study.execution).toMatchObject({
      timeout_s: 60,
      cycles: 5,
      gaps: { between_runs_s: 0, until_c: 45 },
    });
    expect(study.origins).toMatchObject({
      'execution.timeout_s': '--set',
      'execution.cycles': '--cycles',
      'execution.gaps.between_runs_s': '--no-gaps',
      'execution.gaps.until_c': 'c.yaml:7:28',
    });
  });
});
