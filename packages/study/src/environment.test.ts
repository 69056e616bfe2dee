import { describe, expect, it } from 'vitest';
import { concealmentOf } from './concealment.js';
import { resolveReferences, variablesIn } from './environment.js';
import { catalog, errorOf, HEAD, linesOf, plan, planOf } from './fixture.js';
import { resolvedStudyYaml } from './resolved-study.js';
import { loadStudy, studyFromSettings } from './study.js';

const ENV = { MODELS: '/srv/models', TOKEN: 'hf_secret-token', EMPTY: '', IMAGE: 'engine:1', TYPE: 'q8_0' };

const load = (text: string, environment: Record<string, string> = ENV) =>
  loadStudy({ text, path: 'study.yaml' }, catalog, environment);
const problems = (text: string, environment: Record<string, string> = ENV) =>
  linesOf(() => load(text, environment));

const STUDY = `name: t
model: \${env:MODELS}/a.gguf
backend: llamacpp
llamacpp.flags: { token: "\${env:TOKEN}", empty: "x\${env:EMPTY}" }
llamacpp.kv.type: \${env:TYPE}
workload.dataset: { type: jsonl, path: "\${env:MODELS}/p.jsonl" }
runners: { llamacpp: "docker:\${env:IMAGE}" }
energy: { meters: [{ type: rapl, zones: ["\${env:TOKEN}"] }] }
`;

describe('a study that names environment variables', () => {
  it('has them everywhere as they are written, and none of their values', () => {
    const study = load(STUDY);
    const text = JSON.stringify([study, plan(study), resolvedStudyYaml(study)]);
    for (const value of [ENV.MODELS, ENV.TOKEN, ENV.IMAGE, '"q8_0"']) expect(text).not.toContain(value);
    const [experiment] = plan(study).experiments;
    expect(experiment?.model).toBe('${env:MODELS}/a.gguf');
    expect(experiment?.options['flags']).toEqual({ token: '${env:TOKEN}', empty: 'x${env:EMPTY}' });
    expect(experiment?.options['kv']).toEqual({ type: '${env:TYPE}' });
    expect(study.energy.meters).toEqual([{ type: 'rapl', zones: ['${env:TOKEN}'] }]);
  });

  it('is the same study whatever the values are, and when it is read again as resolved', () => {
    const other = { ...ENV, MODELS: '/other', TOKEN: 'x', TYPE: 'f16' };
    expect(plan(load(STUDY, other))).toEqual(plan(load(STUDY)));
    expect(plan(load(resolvedStudyYaml(load(STUDY))))).toEqual(plan(load(STUDY)));
  });

  it('may name them in a sweep, in groups, in entries, in what it inherits, and in flags', () => {
    const text = `base: base.yaml
groups: { g: [{ model: "\${env:MODELS}/a" }, { model: ["\${env:MODELS}/b", c] }] }
sweep: { llamacpp.flags: [{ token: "\${env:TOKEN}" }, {}] }
experiments: [{ llamacpp: { flags.a: "\${env:TOKEN}" } }]
`;
    const readBase = () => ({ path: 'base.yaml', text: `${HEAD}llamacpp.flags.x: \${env:TOKEN}\n` });
    const study = loadStudy({ text, path: 'study.yaml', readBase }, catalog, ENV);
    expect(plan(study).experiments).toHaveLength(7);
    expect(JSON.stringify(plan(study))).not.toContain(ENV.TOKEN);
    const settings = { model: '${env:MODELS}', backend: 'llamacpp', name: 't' };
    expect(studyFromSettings(settings, catalog, ENV).points[0]?.settings.model).toBe('${env:MODELS}');
  });
});

describe('a study is refused', () => {
  it('that names variables which are not set, all at once, each with its places', () => {
    expect(problems(STUDY, { EMPTY: '', TOKEN: 't', TYPE: 'f16' })).toEqual([
      'study.yaml:2:8: model: the environment variable MODELS is not set',
      'study.yaml:6:40: workload.dataset.path: the environment variable MODELS is not set',
      'study.yaml:7:22: runners.llamacpp: the environment variable IMAGE is not set',
    ]);
    expect(problems(`${HEAD}llamacpp.flags.x: \${env:constructor}\${env:A}\n`)).toEqual([
      'study.yaml:4:19: llamacpp.flags.x: the environment variables constructor and A are not set',
    ]);
  });

  it('that names one where none can stand', () => {
    const lines = problems(`name: \${env:TOKEN}
model: m
backend: \${env:TOKEN}
runner: \${env:IMAGE}
devices: ["\${env:TOKEN}"]
workload: { concurrency: "\${env:TOKEN}", dataset: { type: "\${env:TOKEN}" } }
execution: { order: "\${env:TOKEN}" }
`);
    expect(lines.map((line) => line.split(' no ')[0])).toEqual([
      'study.yaml:1:7: name:',
      'study.yaml:3:10: backend:',
      'study.yaml:4:9: runner:',
      'study.yaml:5:11: devices:',
      'study.yaml:6:26: workload.concurrency:',
      'study.yaml:6:59: workload.dataset.type:',
      'study.yaml:7:21: execution.order:',
    ]);
    expect(problems(`${HEAD}llamacpp.flags: { "\${env:TOKEN}": 1 }\n`)).toEqual([
      'study.yaml:4:19: an environment variable cannot stand in a key',
    ]);
    expect(problems(`${HEAD}base: "\${env:TOKEN}.yaml"\n`)[0]).toContain('write it out');
  });

  it('that names one for a number, gives a wrong value or writes it wrongly, without the value being told', () => {
    expect(problems(`${HEAD}llamacpp.threads: \${env:TOKEN}\n`)).toEqual([
      'study.yaml:4:19: llamacpp.threads: expected a number (here the text that "${env:TOKEN}" gives)',
    ]);
    const wrong = problems(`${HEAD}llamacpp.kv.type: \${env:TOKEN}\nrunner: docker:\${env:TOKEN}\n`, {
      TOKEN: 'a secret of many words',
    }).join('\n');
    expect(wrong).toContain('study.yaml:4:19: llamacpp.kv.type: ');
    expect(wrong).toContain('study.yaml:5:9: runner: what "docker:${env:TOKEN}" gives is not a runner');
    expect(wrong).not.toContain('secret');
    for (const text of ['${env:}', '${env:A-B}', '${env:TOKEN', '${env:TOKEN:-x}']) {
      expect(problems(`${HEAD}llamacpp.flags.x: "${text}"\n`)[0]).toContain('is written ${env:NAME}');
    }
  });
});

it('resolves references in texts, at any depth and not in keys; $${env:NAME} is the text itself', () => {
  const value = { 'a${env:TOKEN}': ['-${env:TOKEN}-', 1, null, { x: '$${env:TOKEN}' }], e: '${env:EMPTY}' };
  expect(resolveReferences(value, ENV)).toEqual({
    'a${env:TOKEN}': ['-hf_secret-token-', 1, null, { x: '${env:TOKEN}' }],
    e: '',
  });
  expect(variablesIn(value)).toEqual(['TOKEN', 'EMPTY']);
  expect(errorOf(() => resolveReferences('${env:NONE}', ENV))).toContain('NONE is not set');
  expect(planOf(`${HEAD}llamacpp.flags.x: "$\${env:NONE}"\n`).experiments[0]?.options['flags']).toEqual({
    x: '$${env:NONE}',
  });
});

describe('concealment', () => {
  const { text, word, json } = concealmentOf(['TOKEN', 'LINES', 'SHORT', 'NONE'], {
    TOKEN: 'a/"long" token',
    LINES: 'first-line\nsecond-line',
    SHORT: 'abc',
  });

  it('replaces a value in a text as it is, in JSON, in an address, line by line and cut', () => {
    expect(text('x a/"long" token y')).toBe('x ${env:TOKEN} y');
    expect(text(JSON.stringify({ a: 'a/"long" token' }))).toBe('{"a":"${env:TOKEN}"}');
    expect(text(`http://h/?${encodeURIComponent('a/"long" token')}`)).toBe('http://h/?${env:TOKEN}');
    expect(text('> second-line')).toBe('> ${env:LINES}');
    expect(text('it was a/"long" t')).toBe('it was ${env:TOKEN}');
    expect(text('"a/"long" t…" is none')).toBe('"${env:TOKEN}…" is none');
    expect(text('g" token is wrong')).toBe('${env:TOKEN} is wrong');
  });

  it('leaves short values in a text, and replaces them where they are the whole of a word', () => {
    expect([text('abc'), word('abc'), word('abcd')]).toEqual(['abc', '${env:SHORT}', 'abcd']);
    expect(json({ k: ['first-line', 1, { x: null }] })).toEqual({ k: ['${env:LINES}', 1, { x: null }] });
  });
});
