/** Study files with pieces deleted, repeated, moved and put in: what the tests of any text start from. */
import fc from 'fast-check';
import { catalog, HEAD, linesOf, plan } from './fixture.js';
import { loadStudy } from './study.js';

/** What `base:` in a mutated study inherits from. */
export const BASE_TEXT = 'llamacpp: { threads: 3 }\nmeasure.settle_s: 1\n';

const SEED_TEXT = `${HEAD}base: base.yaml
workload: { concurrency: 4, input_tokens: 12 }
measure: &m { min_seconds: 10, warmup: { max_s: 1 } }
llamacpp.kv.type: q8_0
sim: { rate: 3, extra: { a.b: [1, null, "x\${env:LONG}"] } }
sweep:
  llamacpp.threads: [1, 2]
  workload:
    seed: [1, 2, 3]
    output_tokens: { from: 1, to: 64, steps: 3, scale: log }
groups:
  load: [{ measure.idle_bare_s: [1, 2], sim.burst: 1 }, { devices: [[0, 1]] }]
  free: [{}, { llamacpp.flags: { a.b: x } }]
experiments:
  - { backend: sim, sim.burst: 1, measure: *m }
  - workload.concurrency: 1
runners: { sim: "docker:\${env:SHORT}" }
execution: { cycles: 2, order: shuffled }
energy: { meters: [rapl] }
`;

/** The variables that a mutated study may name. */
const ENVIRONMENT = { LONG: 'a value of some length', SHORT: 'b', EMPTY: '' };

const PIECES = [
  ...[
    '\n',
    '\n  ',
    ' ',
    '\t',
    ':',
    ': ',
    '- ',
    ',',
    '.',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '#',
    '&a ',
    '*m',
    '*a',
    '<<: *m\n',
  ],
  ...[
    '|',
    '>',
    '!',
    '!!int ',
    '? ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\uFEFF',
    '\u0000',
    '\u2028',
    '~',
    'null',
    'true',
    '1e400',
  ],
  ...[
    '.nan',
    '-0',
    '0x',
    '1_000',
    '99999999999999999999',
    '__proto__',
    'constructor',
    'sweep',
    'backend',
    'model',
    'seed',
    'sim.',
  ],
  ...[
    'workload.',
    'experiments: ',
    'docker:',
    'name: ',
    '😀',
    '\r',
    'runner: ',
    'groups: ',
    'base: ',
    'steps: ',
    '{ from: 1, to: 9, steps: 3 }',
    '${env:LONG}',
    '${env:EMPTY}',
    '$${env:',
  ],
];

/** Deletes, repeats, moves and inserts pieces of a text. */
const edit = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 20 }),
  kind: fc.constantFrom('insert', 'delete', 'repeat', 'replace', 'line'),
  piece: fc.constantFrom(...PIECES),
});

function mutate(
  text: string,
  { at, length, kind, piece }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
): string {
  const start = at % (text.length + 1);
  const [before, cut, after] = [
    text.slice(0, start),
    text.slice(start, start + length),
    text.slice(start + length),
  ];
  switch (kind) {
    case 'insert':
      return before + piece + cut + after;
    case 'delete':
      return before + after;
    case 'repeat':
      return before + cut + cut + after;
    case 'replace':
      return before + piece + after;
    case 'line': {
      const lines = text.split('\n');
      const [moved = ''] = lines.splice(at % lines.length, 1);
      lines.splice(length % (lines.length + 1), 0, moved);
      return lines.join('\n');
    }
  }
}

/** Texts that are near to a study: a whole grammar's worth of it with up to three edits. */
export const mutatedStudy: fc.Arbitrary<string> = fc
  .array(edit, { minLength: 1, maxLength: 3 })
  .map((edits) => edits.reduce(mutate, SEED_TEXT));

/** Lines of a refusal that do not begin with a place in `study.yaml` or a file that it inherits from. */
export const withoutPlace = (lines: readonly string[]): string[] =>
  lines.filter((line) => !/^(study|base)\.yaml:\d+:\d+: ./.test(line));

/** The lines with which a mutated study is refused; none for one that can be planned. */
export const planMutated = (text: string): string[] =>
  linesOf(() => {
    const readBase = (path: string) =>
      path === 'base.yaml' ? { path, text: BASE_TEXT } : 'there is no such file';
    plan(loadStudy({ text, path: 'study.yaml', readBase }, catalog, ENVIRONMENT));
  });
