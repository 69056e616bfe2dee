import { defineOptions, isLlemError, type OptionsSchema } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { catalog, errorOf, HEAD, linesOf, load, problemsOf, withoutOrigins } from './fixture.js';
import { loadStudy, studyFromSettings } from './study.js';

describe('a key that nobody knows', () => {
  test('is refused with the nearest known one, at the top and in every section', () => {
    const text = `name: t
model: m
bakend: llamacpp
workload: { concurency: 2 }
measure:
  warmup: { max: 3 }
llamacpp:
  thread: 3
  kv: { typ: f16 }
execution: { gaps: { betwen_runs_s: 1 } }
energy: { meter: auto }
`;
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^study\.yaml:1:1: backend is missing/),
      'study.yaml:3:1: unknown key "bakend"; did you mean "backend"?',
      'study.yaml:4:13: unknown key "concurency" under workload; did you mean "concurrency"?',
      'study.yaml:6:13: unknown key "max" under measure.warmup; known here: max_s',
      'study.yaml:8:3: unknown key "thread" under llamacpp; did you mean "threads"?',
      'study.yaml:9:9: unknown key "typ" under llamacpp.kv; did you mean "type"?',
      'study.yaml:10:22: unknown key "betwen_runs_s" under execution.gaps; did you mean "between_runs_s"?',
      'study.yaml:11:11: unknown key "meter" under energy; did you mean "meters"?',
    ]);
  });

  test('is refused in a sweep, in an entry, dotted or nested, at its own line', () => {
    const text = `${HEAD}sweep:
  workload.concurency: [1, 2]
  llamacpp:
    treads: [1]
experiments:
  - llamacpp.kv.typo: f16
  - workloads: { seed: 1 }
`;
    expect(problemsOf(text)).toEqual([
      'study.yaml:5:3: unknown key "concurency" under workload; did you mean "concurrency"?',
      'study.yaml:7:5: unknown key "treads" under llamacpp; did you mean "threads"?',
      'study.yaml:9:5: unknown key "typo" under llamacpp.kv; did you mean "type"?',
      'study.yaml:10:5: unknown key "workloads"; did you mean "workload"?',
    ]);
  });

  test('that belongs into a section is shown its place', () => {
    expect(problemsOf(`${HEAD}cycles: 3\nconcurrency: 4\n`)).toEqual([
      'study.yaml:4:1: unknown key "cycles"; did you mean "execution.cycles"?',
      'study.yaml:5:1: unknown key "concurrency"; did you mean "workload.concurrency"?',
    ]);
  });

  test('that resembles nothing is answered with what there is', () => {
    expect(problemsOf(`${HEAD}zzzzzz: 1\n`)[0]).toMatch(
      /unknown key "zzzzzz"; known here: name, model, backend, /,
    );
  });

  test('cannot write to the terminal', () => {
    const [line] = problemsOf(`${HEAD}"\\e[2J\\u202e": 1\n`);
    expect(line).toContain('unknown key "\\u001b[2J\\u202e"');
  });
});

describe('a value that cannot be', () => {
  test.each([
    ['workload: { concurrency: many }', '4:26: workload.concurrency: expected a number (here "many")'],
    ['workload: { concurrency: 0 }', '4:26: workload.concurrency: expected at least 1 (here 0)'],
    ['workload: { concurrency: 1.5 }', '4:26: workload.concurrency: expected a whole number (here 1.5)'],
    ['workload: 3', '4:11: workload: expected a mapping (here 3)'],
    [
      'workload: { concurrency: [1, 8] }',
      '4:26: workload.concurrency: expected a number (here a list); several values to measure go under sweep',
    ],
    ['workload:', '4:10: workload: nothing is set here; give it a value or remove the key'],
    [
      'execution: { order: random }',
      '4:21: execution.order: expected shuffled, interleaved or sequential (here "random")',
    ],
    ['execution: { precision: 2 }', '4:25: execution.precision: expected at most 0.5 (here 2)'],
    [
      'execution: { precision: 0.02, cycles: 3 }',
      '4:39: execution.cycles: with precision expected at least 5 (here 3)',
    ],
    [
      'execution: { precision: 0.02, cycles: 30 }',
      '4:39: execution.cycles: with precision expected at most max_cycles, which is 20 unless set (here 30)',
    ],
    [
      'execution: { precision: 0.02, cycles: 30, max_cycles: 25 }',
      '4:55: execution.max_cycles: expected at least cycles, which is 30 (here 25)',
    ],
    [
      'execution: { precision: 0.02, max_cycles: 5 }',
      '4:43: execution.max_cycles: expected at least 6 (here 5)',
    ],
    [
      'execution: { max_cycles: 25 }',
      '4:26: execution.max_cycles: has a meaning only with precision, which adds cycles (here 25)',
    ],
    [
      'execution: { precision: 0.02, order: sequential }',
      '4:38: execution.order: no whole cycle can be added to it: with precision expected shuffled or interleaved (here "sequential")',
    ],
    ['model: { a: 1 }', ''],
    [
      'experiments: {}',
      '4:14: experiments: expected a list of settings, such as "- { workload.concurrency: 16 }"',
    ],
    [
      'experiments: []',
      '4:14: experiments: expected a list of settings, such as "- { workload.concurrency: 16 }"',
    ],
    ['experiments: [3]', '4:15: experiments[0]: expected settings, such as "workload.concurrency: 16"'],
    [
      'sweep: {}',
      '4:8: sweep: expected settings with lists of values, such as "workload.concurrency: [1, 8]"',
    ],
    ['sweep:', '4:7: sweep: expected settings with lists of values, such as "workload.concurrency: [1, 8]"'],
    [
      'sweep: { workload.seed: [] }',
      '4:25: workload.seed: an empty list has no value; list some, or leave it out',
    ],
    [
      'sweep: { workload.seed: 3 }',
      '4:25: sweep: workload.seed takes a list of values, such as [a, b], or a range such as { from: 1, to: 9, steps: 3 }',
    ],
    ['sweep: { workload.seed: [1, x, 3] }', '4:29: workload.seed: expected a number (here "x")'],
    [
      'sweep: { execution.cycles: [1] }',
      '4:10: execution.cycles belongs to the study as a whole and cannot be swept',
    ],
    [
      'experiments: [{ name: u }]',
      '4:17: name belongs to the study as a whole and cannot be set for a single experiment',
    ],
    ['llamacpp.kv.type: q5', '4:19: llamacpp.kv.type: expected f16 or q8_0 (here "q5")'],
    ['devices: some', '4:10: devices: expected all, none or a list (here "some")'],
    ['runner: "docker:"', '4:9: runner: "docker:" names nothing after the colon'],
    ['runner: dokcer', '4:9: runner: unknown runner "dokcer"; did you mean "docker"?'],
    [
      'runner: attach',
      '4:9: runner: the runner "attach" is not installed; run: llem plugins install @llem/runner-attach',
    ],
    ['runner: { type: docker, imag: x }', '4:25: unknown key "imag" under runner; did you mean "image"?'],
    ['runner: { image: x }', `4:9: runner: a runner's mapping needs "type"`],
    ['runners: { llamacp: local }', '4:12: unknown backend "llamacp"; did you mean "llamacpp"?'],
    ['runners: { llamacpp: 3 }', '4:22: runners.llamacpp: expected local, docker, '],
    ['runners: { llamacpp: "x y" }', '4:22: runners.llamacpp: "x y" is not a runner'],
    ['energy: { meters: [rapel] }', '4:20: energy.meters[0]: unknown meter "rapel"; did you mean "rapl"?'],
    [
      'energy: { meters: [nvm] }',
      '4:20: energy.meters[0]: unknown meter "nvm"; did you mean "nvml"? It is not installed; run: llem plugins install @llem/energy-nvml',
    ],
    ['energy: { meters: [x] }', '4:20: energy.meters[0]: unknown meter "x"; known here: rapl'],
    [
      'energy: { meters: [{ type: rapl, zone: [x] }] }',
      '4:34: unknown key "zone" under energy.meters[0]; did you mean "zones"?',
    ],
    [
      'vllm: { a: 1 }',
      '4:1: the backend "vllm" is not installed; run: llem plugins install @llem/backend-vllm',
    ],
  ])('is refused at its place: %s', (line, message) => {
    const lines = problemsOf(`${HEAD}${line}\n`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(message === '' ? 'stands twice' : `study.yaml:${message}`);
  });

  test('is refused in the base although every experiment replaces it', () => {
    expect(
      problemsOf(`${HEAD}workload.concurrency: many\nsweep: { workload.concurrency: [1, 2] }\n`),
    ).toEqual(['study.yaml:4:23: workload.concurrency: expected a number (here "many")']);
  });

  test('is refused in the section of a backend that no experiment uses, in the base and in a sweep', () => {
    const text = `${HEAD}sim: { burst: x }\nsweep:\n  sim.rate: [fast]\n  sim.bust: [1]\n`;
    expect(problemsOf(text)).toEqual([
      'study.yaml:4:15: sim.burst: expected a number (here "x")',
      'study.yaml:6:14: sim.rate: expected a number (here "fast")',
      'study.yaml:7:3: unknown key "bust" under sim; did you mean "burst"?',
    ]);
  });

  test('is told once, however many experiments it is part of', () => {
    const text = `${HEAD}sweep:\n  workload.concurrency: [1, x, 3]\n  workload.seed: [1, 2, 3, 4]\n`;
    expect(problemsOf(text)).toHaveLength(1);
  });

  test('of one experiment alone is found: a rule over two settings of the engine', () => {
    const text = `name: t\nmodel: m\nbackend: sim\nsweep:\n  sim.rate: [1, 5]\n  sim.burst: [0, 3]\n`;
    expect(problemsOf(text)).toEqual(['study.yaml:6:18: sim.burst: must not be over rate (here 3)']);
  });
});

describe('what an experiment needs', () => {
  test('may come from the base, the sweep or the entry', () => {
    expect(load('name: t\nbackend: sim\nexperiments: [{ model: a, sim.rate: 1 }]').points).toHaveLength(1);
    expect(load('name: t\nbackend: sim\nsweep: { model: [a, b], sim.rate: [1, 2] }').points).toHaveLength(4);
    expect(load('name: t\nmodel: a\nsweep: { backend: [llamacpp] }').points).toHaveLength(1);
  });

  test('is missed where it is missing', () => {
    expect(
      problemsOf('name: t\nbackend: sim\nexperiments:\n  - { sim.rate: 1 }\n  - { model: m }\n'),
    ).toEqual([
      expect.stringMatching(/^study\.yaml:2:10: sim\.rate is missing\. Tokens in a second\./),
      expect.stringMatching(/^study\.yaml:4:5: model is missing\. The model: /),
    ]);
    expect(problemsOf('model: m\nbackend: llamacpp\n')).toEqual([
      expect.stringMatching(/^study\.yaml:1:1: name is missing\. Name of the study/),
    ]);
  });

  test('is not the section of another backend: in an entry that has no effect', () => {
    expect(problemsOf(`${HEAD}experiments:\n  - { sim.rate: 3 }\n`)).toEqual([
      'study.yaml:5:7: sim has no effect here: the backend of this experiment is llamacpp',
    ]);
  });
});

describe('nested and dotted', () => {
  test('mean the same wherever settings stand', () => {
    const nested = load(`${HEAD}workload: { seed: 1 }
measure: { warmup: { max_s: 2 } }
llamacpp: { threads: 2, kv: { type: q8_0 } }
execution: { gaps: { between_runs_s: 0 } }
energy: { require: measured }
runners: { llamacpp: local }
sweep: { workload: { concurrency: [1, 2] } }
experiments: [{ llamacpp: { kv: { type: f16 } } }]
`);
    const dotted = load(`${HEAD}workload.seed: 1
measure.warmup.max_s: 2
llamacpp.threads: 2
llamacpp: { kv.type: q8_0 }
execution.gaps.between_runs_s: 0
energy.require: measured
runners.llamacpp: local
sweep.workload.concurrency: [1, 2]
experiments: [{ llamacpp.kv.type: f16 }]
`);
    expect(withoutOrigins(dotted)).toEqual(withoutOrigins(nested));
  });

  test('may be mixed in one section but not set the same thing twice', () => {
    expect(
      load(`${HEAD}workload: { seed: 1 }\nworkload.concurrency: 2\n`).points[0]?.settings.workload,
    ).toMatchObject({
      seed: 1,
      concurrency: 2,
    });
    expect(problemsOf(`${HEAD}workload: { seed: 1 }\nworkload.seed: 1\nmodel.x: 2\n`)).toEqual([
      expect.stringMatching(/^study\.yaml:5:1: workload\.seed: set twice/),
      expect.stringMatching(/^study\.yaml:6:1: model: set twice/),
    ]);
    expect(problemsOf(`${HEAD}sweep: { workload: [{ seed: 1 }], workload.seed: [1] }\n`)).toEqual([
      expect.stringMatching(/^study\.yaml:4:\d+: sweep\.workload: set twice/),
    ]);
  });

  test('are told apart where keys are free: a flag may have a dot, any other mapping is nested', () => {
    const study = load(
      `${HEAD}llamacpp.flags.a.b: 1\nexperiments:\n  - {}\n  - { backend: sim, sim: { rate: 1, extra.a.b: 1 } }\n`,
    );
    expect(study.points.map(({ options }) => options)).toMatchObject([
      { flags: { 'a.b': 1 } },
      { extra: { a: { b: 1 } } },
    ]);
  });
});

describe('settings without a file', () => {
  test('make the same study, named after the model when they name none', () => {
    const study = studyFromSettings(
      { model: 'llem/tiny-1m', backend: 'llamacpp', 'workload.seed': 3 },
      catalog,
    );
    expect(study).toEqual(
      load('name: tiny-1m\nmodel: llem/tiny-1m\nbackend: llamacpp\nworkload: { seed: 3 }\n'),
    );
    expect(studyFromSettings({ model: '/models/A b (1).gguf', backend: 'llamacpp' }, catalog).name).toBe(
      'A-b-1-',
    );
    expect(studyFromSettings({ model: '///', backend: 'llamacpp' }, catalog).name).toBe('study');
  });

  test('are refused by their dotted paths', () => {
    const settings = {
      model: 'm',
      backend: 'llamacp',
      workload: { concurency: 1 },
      'workload.seed': 'x',
      cycles: Number.NaN,
    };
    expect(linesOf(() => studyFromSettings({ ...settings, cycles: 1 }, catalog))).toEqual([
      'backend: unknown backend "llamacp"; did you mean "llamacpp"?',
      'workload.concurency: unknown key "concurency" under workload; did you mean "concurrency"?',
      'workload.seed: expected a number (here "x")',
      'cycles: unknown key "cycles"; did you mean "execution.cycles"?',
    ]);
    expect(linesOf(() => studyFromSettings(settings, catalog))).toEqual(['cycles: NaN is no finite number']);
    expect(linesOf(() => studyFromSettings({}, catalog)).map((line) => line.split(' ')[0])).toContain('name');
  });

  test('cannot reach a prototype', () => {
    const hostile: unknown = JSON.parse(
      '{ "model": "m", "backend": "llamacpp", "__proto__": { "name": "x" } }',
    );
    const settings = z.custom<Parameters<typeof studyFromSettings>[0]>().parse(hostile);
    expect(linesOf(() => studyFromSettings(settings, catalog))).toEqual([
      '__proto__: unknown key "__proto__"',
    ]);
  });
});

describe('the size of a study', () => {
  test('may be raised by the study, which says how many there would be', () => {
    const text = `${HEAD}sweep: { workload.concurrency: { from: 1, to: 1001, steps: 1001 } }\n`;
    expect(load(`${text}execution.max_experiments: 1001\n`).points).toHaveLength(1001);
    expect(problemsOf(`${text}execution.max_experiments: 20\n`)[0]).toContain(
      'has 1,001 experiments; at most 20 are planned',
    );
  });

  const values = (count: number) => `[${Array.from({ length: count }, (_, index) => index + 1).join(', ')}]`;

  test('is at most 1,000 experiments', () => {
    expect(load(`${HEAD}sweep: { workload.concurrency: ${values(1000)} }`).points).toHaveLength(1000);
    expect(problemsOf(`${HEAD}sweep: { workload.concurrency: ${values(1001)} }`)).toEqual([
      'study.yaml:4:1: the study has 1,001 experiments; at most 1,000 are planned: vary less at once, or raise execution.max_experiments',
    ]);
  });

  test('is counted without being made, and the values are checked all the same', () => {
    const axes = Array.from({ length: 60 }, (_, index) => `  llamacpp.flags.f${index}: ${values(100)}`).join(
      '\n',
    );
    const lines = problemsOf(`${HEAD}sweep:\n${axes}\n  workload.seed: [1, x]\n`);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^study\.yaml:65:22: workload\.seed: expected a number/);
  });

  test('counts only the axes that a backend has', () => {
    const text = `name: t\nmodel: m\nsim.rate: 1\nsweep: { backend: [llamacpp, sim], llamacpp.threads: ${values(500)}, sim.burst: [0, 1] }`;
    expect(load(text).points).toHaveLength(502);
  });
});

test('a backend that throws while it checks its options is reported as broken', () => {
  const broken: OptionsSchema = {
    jsonSchema: {},
    parse: () => {
      throw new TypeError('oops');
    },
  };
  const act = () =>
    loadStudy({ text: HEAD, path: 'study.yaml' }, { backends: new Map([['llamacpp', broken]]) });
  expect(errorOf(act)).toMatch(/^LLEM_E_PLUGIN_BROKEN: The options of /);
  const noObject: OptionsSchema = defineOptions(z.unknown().transform(() => 3));
  const other = () =>
    loadStudy({ text: HEAD, path: 'study.yaml' }, { backends: new Map([['llamacpp', noObject]]) });
  expect(errorOf(other)).toMatch(/^LLEM_E_PLUGIN_BROKEN: The options of /);
});

test('the error says what to do', () => {
  try {
    load('name: t');
    expect.unreachable();
  } catch (error) {
    expect(isLlemError(error) && error.remedy).toBe('Correct these 2 problems and run the command again.');
  }
});
