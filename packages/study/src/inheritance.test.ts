import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalog, HEAD, linesOf, load, plan, withoutOrigins } from './fixture.js';
import { resolvedStudyYaml } from './resolved-study.js';
import { loadStudy, studyFromSettings } from './study.js';

/** The study of the first file, among files that it may inherit from. */
function loadFrom(files: Readonly<Record<string, string>>) {
  const [path = ''] = Object.keys(files);
  const readBase = (base: string, from: string) => {
    const named = posix.join(posix.dirname(from), base);
    const text = files[named];
    return text === undefined ? `${named} cannot be read: there is no such file` : { path: named, text };
  };
  return loadStudy({ path, text: files[path] ?? '', readBase }, catalog);
}

const problemsIn = (files: Readonly<Record<string, string>>) => linesOf(() => loadFrom(files));

describe('a file that inherits from another', () => {
  test('is laid over it: mappings merged, everything else replaced, dotted or nested', () => {
    const study = loadFrom({
      'studies/a.yaml':
        'base: ../b.yaml\nworkload.seed: 3\nsweep.llamacpp.threads: [1]\nexecution: { cycles: 7 }\n',
      'b.yaml': `${HEAD}workload: { seed: 1, concurrency: 2 }\nsweep: { llamacpp.threads: [1, 2], workload.input_tokens: [5, 6] }\nexecution.order: sequential\n`,
    });
    expect(withoutOrigins(study)).toEqual(
      withoutOrigins(
        load(
          `${HEAD}workload: { concurrency: 2, seed: 3 }\nsweep: { llamacpp.threads: [1], workload.input_tokens: [5, 6] }\nexecution: { cycles: 7, order: sequential }\n`,
        ),
      ),
    );
  });

  test('reaches through several, each relative to the one that names it', () => {
    const study = loadFrom({
      'x/a.yaml': 'base: y/b.yaml\nname: mine\n',
      'x/y/b.yaml': 'base: ../../c.yaml\nmodel: m\n',
      'c.yaml': HEAD,
    });
    expect([study.name, study.points[0]?.settings.model, study.points[0]?.settings.backend]).toEqual([
      'mine',
      'm',
      'llamacpp',
    ]);
  });

  test('replaces a runner or a data set of another type as a whole', () => {
    const study = loadFrom({
      'a.yaml': 'base: b.yaml\nrunners: { sim: { type: local } }\nworkload.dataset: { type: synthetic }\n',
      'b.yaml': `${HEAD}runners: { sim: { type: docker, image: x }, llamacpp: local }\nworkload.dataset: { type: jsonl, path: p }\n`,
    });
    expect(study.runners).toEqual({ sim: { type: 'local' }, llamacpp: 'local' });
    expect(study.points[0]?.settings.workload.dataset).toEqual({ type: 'synthetic' });
  });

  test('is resolved into one file that needs no other', () => {
    const study = loadFrom({
      'a.yaml': 'base: b.yaml\nname: u\n',
      'b.yaml': `${HEAD}sweep: { workload.seed: [1, 2] }`,
    });
    const yaml = resolvedStudyYaml(study);
    expect(yaml).not.toContain('base');
    expect(plan(load(yaml))).toEqual(plan(study));
  });

  test('is told of every problem in the file where it is', () => {
    expect(
      problemsIn({
        'a.yaml': 'base: b.yaml\nworkload:\n  sed: 1\n',
        'b.yaml': `# first\n${HEAD}sweep:\n  workload.concurrency: [1, x]\nbase: sub/c.yaml\n`,
        'sub/c.yaml': 'measure:\n\n    min_second: 3\n',
      }),
    ).toEqual([
      'a.yaml:3:3: unknown key "sed" under workload; did you mean "seed"?',
      'b.yaml:6:29: workload.concurrency: expected a number (here "x")',
      'sub/c.yaml:3:5: unknown key "min_second" under measure; did you mean "min_seconds"?',
    ]);
    expect(problemsIn({ 'a.yaml': 'base: b.yaml\n', 'b.yaml': 'x: [1\n' })[0]).toMatch(
      /^b\.yaml:\d+:\d+: this is not valid YAML/,
    );
    expect(problemsIn({ 'a.yaml': 'base: b.yaml\n', 'b.yaml': '' })[0]).toMatch(
      /^b\.yaml:1:1: the file is empty/,
    );
  });

  test.each([
    [
      { 'a.yaml': 'base: a.yaml\n' },
      /^a\.yaml:1:7: base: a file cannot inherit from itself: "a\.yaml" -> "a\.yaml"$/,
    ],
    [
      { 'a.yaml': `base: b.yaml\n`, 'b.yaml': '\nbase: x/../c.yaml\n', 'c.yaml': 'base: b.yaml' },
      /^c\.yaml:1:7: base: a file cannot inherit from itself: "b\.yaml" -> "c\.yaml" -> "b\.yaml"$/,
    ],
    [
      { 'a.yaml': `base: nowhere.yaml\n` },
      /^a\.yaml:1:7: base: nowhere\.yaml cannot be read: there is no such file$/,
    ],
    [{ 'a.yaml': `base: [b.yaml]\n` }, /^a\.yaml:1:7: base: expected the path of one study file/],
    [{ 'a.yaml': `base:\n` }, /^a\.yaml:1:6: base: expected the path of one study file/],
  ])('is refused: %j', (files, message) => {
    expect(problemsIn(files).some((line) => message.test(line))).toBe(true);
  });

  test('does not go on for ever', () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`${index}.yaml`, `base: ${index + 1}.yaml\n`]),
    );
    expect(problemsIn(files)).toContainEqual(
      '15.yaml:1:7: base: more than 16 files inherit from one another',
    );
  });

  test('is a file', () => {
    expect(linesOf(() => studyFromSettings({ model: 'm', backend: 'llamacpp', base: 'x' }, catalog))).toEqual(
      ['base: only a study file can inherit from another'],
    );
  });
});
