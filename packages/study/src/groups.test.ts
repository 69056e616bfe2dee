import { describe, expect, test } from 'vitest';
import { HEAD, load, plan, planOf, problemsOf, withoutOrigins } from './fixture.js';
import { resolvedStudyYaml } from './resolved-study.js';

const TWO = `name: t
model: m
sim.rate: 1
sweep: { backend: [llamacpp, sim] }
`;

describe('groups', () => {
  test('are crossed with the sweep and with each other; the settings of an alternative travel together', () => {
    const { experiments } = planOf(`${HEAD}sweep: { workload.seed: [1, 2] }
groups:
  load: [{ workload: { concurrency: 1, input_tokens: 9 } }, { workload.concurrency: 8 }]
  cache: [{ llamacpp.kv.type: f16 }, { llamacpp.kv.type: q8_0 }]
`);
    expect(
      experiments.map(({ workload, options }) => [
        workload.seed,
        workload.concurrency,
        workload.input_tokens,
        options['kv'],
      ]),
    ).toEqual(
      [1, 2].flatMap((seed) =>
        [
          [1, 9],
          [8, 128],
        ].flatMap((load) => ['f16', 'q8_0'].map((type) => [seed, ...load, { type }])),
      ),
    );
  });

  test('are one factor each, and labelled by their settings', () => {
    const { experiments } = planOf(
      `${HEAD}groups: { load: [{ workload.concurrency: 1, workload.seed: 5 }, { workload.concurrency: 8 }] }`,
    );
    expect(experiments.map(({ factors, label }) => ({ factors, label }))).toEqual([
      {
        factors: { load: { 'workload.concurrency': 1, 'workload.seed': 5 } },
        label: 'concurrency=1, seed=5',
      },
      { factors: { load: { 'workload.concurrency': 8 } }, label: 'concurrency=8' },
    ]);
  });

  test('take lists and ranges inside of an entry, each value another alternative; a list as a value stands in a list', () => {
    const { experiments } = planOf(`${HEAD}groups:
  a:
    - { workload.concurrency: [1, 2], workload.seed: { from: 1, to: 3, steps: 3 } }
    - { devices: [[0, 1]] }
`);
    expect(
      experiments.map(({ workload, devices }) => [workload.concurrency, workload.seed, devices]),
    ).toEqual([
      [1, 1, null],
      [1, 2, null],
      [1, 3, null],
      [2, 1, null],
      [2, 2, null],
      [2, 3, null],
      [8, 0, [0, 1]],
    ]);
  });

  test('have for a backend the alternatives that set something for it, and are left out where none does', () => {
    const of = (groups: string) => planOf(TWO + groups).experiments.map(({ label }) => label);
    expect(
      of('groups: { a: [{ llamacpp.threads: 1, sim.burst: 0 }, { llamacpp.threads: 2 }, { sim.burst: 1 }] }'),
    ).toEqual([
      'backend=llamacpp, threads=1',
      'backend=llamacpp, threads=2',
      'backend=sim, burst=0',
      'backend=sim, burst=1',
    ]);
    expect(of('groups: { a: [{ llamacpp.threads: 1 }, {}, { llamacpp.threads: 2 }] }')).toEqual([
      'backend=llamacpp, threads=1',
      'backend=llamacpp',
      'backend=llamacpp, threads=2',
      'backend=sim',
    ]);
    expect(of('groups: { a: [{ llamacpp.threads: 1 }, { llamacpp.threads: 2 }] }')).toHaveLength(3);
  });

  test('may choose the backend, and what is swept follows it', () => {
    const { experiments } = planOf(`name: t
model: m
sweep: { llamacpp.threads: [1, 2], sim.burst: [0, 1] }
groups: { engine: [{ backend: llamacpp }, { backend: sim, sim.rate: [1, 2] }] }
`);
    expect(
      experiments.map(({ backend, options }) => [backend, options['threads'] ?? options['burst']]),
    ).toEqual([
      ['llamacpp', 1],
      ['llamacpp', 2],
      ['sim', 0],
      ['sim', 1],
      ['sim', 0],
      ['sim', 1],
    ]);
  });

  test('do not touch the entries of experiments, and count as what the base is crossed with', () => {
    const { experiments } = planOf(
      `${HEAD}groups: { a: [{ workload.seed: 1 }, { workload.seed: 2 }] }\nexperiments: [{ workload.seed: 3 }]`,
    );
    expect(experiments.map(({ workload }) => workload.seed)).toEqual([1, 2, 3]);
  });

  test('repeat from the resolved study', () => {
    const study = load(`${TWO}groups:
  a: [{ workload: { arrival: { process: gamma, rate: [1, 2] }, concurrency: null } }, { devices: [[0], all] }, {}]
  b: [{ llamacpp.flags: { a.b: x } }, { sim.extra: { v: [[1, 2]], w: [{ from: 1, to: 2, steps: 2 }] } }]
`);
    const yaml = resolvedStudyYaml(study);
    expect(withoutOrigins(load(yaml))).toEqual(withoutOrigins(study));
    expect(plan(load(yaml))).toEqual(plan(study));
    expect(plan(study).experiments).toHaveLength(10);
  });

  test.each([
    ['groups: {}', '4:9: groups: expected named lists of settings'],
    ['groups:', '4:8: groups: expected named lists of settings'],
    ['groups: { a: 3 }', '4:14: groups.a: expected named lists of settings'],
    ['groups: { a: [] }', '4:14: groups.a: expected named lists of settings'],
    ['groups: { a: [3] }', '4:15: groups.a[0]: expected settings'],
    ['groups: { "a b": [{}] }', '4:11: "groups.a b": expected up to 64 letters'],
    ['groups: { a.b: [{}] }', '4:11: groups.a.b: expected up to 64 letters'],
    ['groups: { model: [{}] }', '4:11: groups.model: "model" is the name of a setting'],
    ['groups: { a: [{ workload.sed: 1 }] }', '4:17: unknown key "sed" under workload; did you mean "seed"?'],
    ['groups: { a: [{ workload.seed: x }] }', '4:32: workload.seed: expected a number (here "x")'],
    ['groups: { a: [{ workload.seed: [] }] }', '4:32: workload.seed: an empty list has no value'],
    [
      'groups: { a: [{ execution.cycles: 1 }] }',
      '4:17: execution.cycles belongs to the study as a whole and cannot be part of a group',
    ],
    ['groups: { a: [{ sim.rate: x }] }', '4:27: sim.rate: expected a number (here "x")'],
    ['groups: { a: [{ backend: llamacpp, sim.rate: 1 }] }', '4:36: sim has no effect here'],
    [
      'groups: { a: [{ workload.seed: 1 }], b: [{ workload.seed: 2 }] }',
      '4:44: workload.seed varies in groups.a and groups.b: one would undo the other',
    ],
    [
      'sweep: { workload.arrival.rate: [1] }\ngroups: { a: [{ workload.arrival: null }] }',
      '5:17: workload.arrival varies in sweep and groups.a',
    ],
    [
      'sweep: { workload.arrival: [null] }\ngroups: { a: [{ workload.arrival.rate: 1 }] }',
      '5:17: workload.arrival.rate varies in sweep and groups.a',
    ],
  ])('are refused at the place of what is wrong: %s', (line, message) => {
    expect(problemsOf(`${HEAD}${line}\n`).join('\n')).toContain(`study.yaml:${message}`);
  });
});
