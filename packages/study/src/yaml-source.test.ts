import { describe, expect, test } from 'vitest';
import { HEAD, load, problemsOf } from './fixture.js';

describe('a file that holds no study', () => {
  test.each([
    ['is empty', '', /^study\.yaml:1:1: the file is empty/],
    ['holds comments alone', '# later\n', /^study\.yaml:1:1: the file is empty/],
    ['holds a byte order mark alone', '\uFEFF', /^study\.yaml:1:1: the file is empty/],
    ['holds a single value', 'hello', /^study\.yaml:1:1: a study is a mapping/],
    ['holds a list', '\n- a\n', /^study\.yaml:2:1: a study is a mapping/],
    ['does not parse', 'name: t\nmodel: [a\nbackend: b\n', /^study\.yaml:\d:\d+: this is not valid YAML: /],
    [
      'closes what is not open',
      '{ name: t }}\n',
      /^study\.yaml:1:12: this is not valid YAML: unexpected flow-map-end token: "}"$/,
    ],
    ['indents with a tab', 'workload:\n\tconcurrency: 1\n', /^study\.yaml:2:1: a tab stands/],
    ['has a second document', `${HEAD}---\nname: u\n`, /^study\.yaml:4:1: a second document begins here/],
    ['has a key twice', `${HEAD}name: u\n`, /^study\.yaml:4:1: the key "name" stands twice/],
    ['has a mapping as a key', '? { a: 1 }\n: 2\n', /^study\.yaml:1:3: a key is a single word/],
    ['has an alias without an anchor', 'name: *t\n', /^study\.yaml:1:7: the alias "\*t" has no anchor/],
    [
      'has an alias inside its own anchor',
      'name: &a [*a]\n',
      /^study\.yaml:1:11: the alias "\*a" contains itself/,
    ],
    ['has a tag of its own', 'name: !env HOME\n', /^study\.yaml:1:\d+: the tag "!env" is not supported/],
    ['has binary data', 'name: !!binary aGk=\n', /^study\.yaml:1:\d+: the tag .* is not supported/],
    ['has a merge key', '<<: { name: t }\n', /^study\.yaml:1:1: merge keys/],
    [
      'has an infinite number',
      `${HEAD}workload: { concurrency: 1e400 }\n`,
      /^study\.yaml:4:26: "1e400" is no finite/,
    ],
    ['has .nan', `${HEAD}workload: { concurrency: .nan }\n`, /^study\.yaml:4:26: "\.nan" is no finite/],
    ['has -.inf', `${HEAD}workload: { concurrency: -.inf }\n`, /^study\.yaml:4:26: "-\.inf" is no finite/],
    [
      'has a number that would be rounded',
      `${HEAD}workload: { seed: 9007199254740993 }\n`,
      /too large to be kept exactly/,
    ],
    ['has a key of JavaScript', '__proto__: { polluted: 1 }\n', /^study\.yaml:1:1: unknown key "__proto__"/],
    [
      'hides one in a dotted key',
      `${HEAD}sim.extra.constructor.prototype: 1\n`,
      /^study\.yaml:4:1: unknown key/,
    ],
    ['has a dotted key with an empty part', `${HEAD}workload..seed: 1\n`, /^study\.yaml:4:1: .*empty part/],
  ])('that %s is refused with its place', (_what, text, message) => {
    const lines = problemsOf(text);
    expect(lines[0]).toMatch(message);
    expect(lines).toHaveLength(1);
  });

  test('that is larger than a study can be is refused without being parsed', () => {
    expect(problemsOf('#'.repeat(1_048_577))).toEqual([
      'study.yaml:1:1: the file has 1048577 bytes; a study has at most 1048576',
    ]);
  });

  test('that is nested without end is refused', () => {
    for (const text of [
      `a: ${'['.repeat(10_000)}`,
      `a: ${'{a: '.repeat(10_000)}`,
      `a:\n${'- '.repeat(10_000)}`,
      '? '.repeat(10_000),
      `a: ${'['.repeat(600)}1${']'.repeat(600)}`,
    ])
      expect(problemsOf(text)).toEqual(['study.yaml:1:1: the file is nested too deeply to be read']);
    expect(problemsOf(`${HEAD}sim: ${'{ a: '.repeat(80)}1${' }'.repeat(80)}`)[0]).toMatch(
      /nested more than 64 deep/,
    );
  });

  test('that explodes through aliases is refused', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level += 1) {
      bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    expect(problemsOf(bomb.join('\n'))[0]).toMatch(
      /^study\.yaml:\d+:\d+: the file holds more than 100000 values/,
    );
  });
});

describe('what is plain YAML', () => {
  test('means the same with anchors and aliases, whose names may be used again', () => {
    const study = load(
      `${HEAD}workload: &load { concurrency: &n 4, input_tokens: *n }\n` +
        'experiments:\n  - { workload.seed: &n 7 }\n  - { workload: *load, measure.min_seconds: *n }\n',
    );
    expect(study.points.map(({ asked }) => asked)).toMatchObject([
      { workload: { concurrency: 4, input_tokens: 4, seed: 7 } },
      { workload: { concurrency: 4, input_tokens: 4 }, measure: { min_seconds: 7 } },
    ]);
  });

  test('is read with a byte order mark, with the line ends of Windows, and as JSON', () => {
    const plain = load(HEAD);
    expect(load(`\uFEFF${HEAD}`)).toEqual(plain);
    expect(load(HEAD.replaceAll('\n', '\r\n'))).toEqual(plain);
    expect(load('{ "name": "t", "model": "llem/tiny-1m", "backend": "llamacpp" }')).toEqual(plain);
  });

  test('leaves the prototype of objects alone', () => {
    problemsOf('__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\n');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
