/** What the names of experiments, the hash of a study and the order of its runs depend on, and what not. */
import fc from 'fast-check';
import { defineOptions } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { catalog, HEAD, load, plan, planOf } from './fixture.js';
import { loadStudy } from './study.js';

const TEXT = `${HEAD}workload: { concurrency: 2, seed: 3 }
llamacpp: { threads: 2 }
`;
const idOf = (text: string) => planOf(text).experiments[0]?.id;

const few = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 });

test('sweeps and groups have as many experiments as the product of what each backend has of them', () => {
  fc.assert(
    fc.property(
      few,
      few,
      few,
      few,
      fc.integer({ min: 1, max: 3 }),
      (seeds, threads, bursts, loads, cycles) => {
        const planned = planOf(`name: t
model: m
sim.rate: 99
sweep:
  backend: [llamacpp, sim]
  workload.seed: [${seeds.join()}]
  llamacpp.threads: [${threads.map((one) => (one % 16) + 1).join()}]
groups:
  load: [${loads.map((one) => `{ workload: { concurrency: ${one}, input_tokens: ${one} } }`).join()}]
  burst: [${bursts.map((one) => `{ sim.burst: ${one} }`).join()}]
execution: { cycles: ${cycles} }
`);
        const shared = seeds.length * loads.length;
        const product = shared * threads.length + shared * bursts.length;
        expect(planned.experiments.length + planned.merged.length).toBe(product);
        expect(planned.runs).toHaveLength(planned.experiments.length * cycles);
        const ids = planned.experiments.map(({ id }) => id).sort();
        expect(new Set(ids).size).toBe(ids.length);
        for (let cycle = 1; cycle <= cycles; cycle += 1) {
          const own = planned.runs
            .filter((run) => run.cycle === cycle)
            .map(({ experimentId }) => experimentId);
          expect(own.sort()).toEqual(ids);
        }
      },
    ),
    { numRuns: 60, seed: 20_260_121 },
  );
});

describe('the name of an experiment', () => {
  const EXECUTION = [
    'cycles: 9',
    'order: sequential',
    'shuffle_seed: 4',
    'max_experiments: 7',
    'gaps: { between_runs_s: 1 }',
    'timeout_s: 5',
    'start_timeout_s: 7',
  ];

  test('does not depend on the execution block', () => {
    fc.assert(
      fc.property(fc.subarray(EXECUTION), (settings) => {
        expect(idOf(`${TEXT}execution: { ${settings.join(', ')} }\n`)).toBe(idOf(TEXT));
      }),
      { numRuns: 40, seed: 20_260_122 },
    );
  });

  test('does not depend on the defaults of the backend', () => {
    const withDefault = (threads: number) => {
      const options = defineOptions(
        z.strictObject({ threads: z.int().default(threads), other: z.int().default(1) }),
      );
      const study = loadStudy(
        { text: HEAD, path: 's' },
        { ...catalog, backends: new Map([['llamacpp', options]]) },
      );
      return plan(study).experiments[0];
    };
    expect(withDefault(3)?.options).not.toEqual(withDefault(5)?.options);
    expect(withDefault(3)?.id).toBe(withDefault(5)?.id);
  });

  test('does not depend on whether a setting is written out, swept, in a group, in an entry or inherited', () => {
    const readBase = (path: string) => ({ path, text: TEXT });
    const ways = [
      planOf(
        `${HEAD}workload: { seed: 3 }\nllamacpp: { threads: 2 }\nsweep: { workload.concurrency: [2] }\n`,
      ),
      planOf(
        `${HEAD}workload: { seed: 3 }\ngroups: { a: [{ workload.concurrency: 2, llamacpp.threads: [2] }] }\n`,
      ),
      planOf(
        `${HEAD}workload: { seed: 9 }\nllamacpp.threads: 2\nexperiments: [{ workload: { concurrency: 2, seed: 3 } }]`,
      ),
      plan(loadStudy({ text: 'base: b', path: 's', readBase }, catalog)),
    ];
    for (const { experiments } of ways) expect(experiments.map(({ id }) => id)).toEqual([idOf(TEXT)]);
  });

  test('depends on everything that an experiment asks for', () => {
    const changes = [
      ['model', '"other"'],
      ['runner', 'docker'],
      ['devices', '[0]'],
      ['workload.concurrency', '1'],
      ['workload.seed', '1'],
      ['workload.input_tokens', '{ distribution: uniform, min: 1, max: 9 }'],
      ['workload.output_tokens', '1'],
      ['workload.ignore_eos', 'false'],
      ['workload.turns', '2'],
      ['workload.api', 'chat'],
      ['workload.slo', '{ ttft_ms: 1 }'],
      ['workload.dataset', '{ type: jsonl, path: x }'],
      ['measure.min_seconds', '5'],
      ['measure.warmup.max_s', '5'],
      ['llamacpp.threads', '1'],
      ['llamacpp.parallel', '1'],
      ['llamacpp.kv.type', 'q8_0'],
      ['llamacpp.flags.x', '1'],
      ['llamacpp.flags.y', '"1"'],
    ] as const;
    const idWith = (chosen: readonly (typeof changes)[number][]) =>
      planOf(`${TEXT}experiments: [{ ${chosen.map(([path, value]) => `${path}: ${value}`).join(', ')} }]\n`)
        .experiments[0]?.id;
    // Different sets of changes, different names.
    const seen = new Map([[idOf(TEXT), '']]);
    fc.assert(
      fc.property(fc.subarray([...changes], { minLength: 1 }), (chosen) => {
        const id = idWith(chosen);
        const what = chosen.map(([path]) => path).join();
        expect(seen.get(id) ?? what).toBe(what);
        seen.set(id, what);
      }),
      { numRuns: 300, seed: 20_260_123 },
    );
    expect(new Set(changes.map((change) => idWith([change])))).toHaveLength(changes.length);
  });
});

test('the order of a shuffled study is pinned: the same on every machine, in every locale, in every version of Node', () => {
  const text = `${HEAD}sweep: { workload.seed: [1, 2, 3, 4, 5, 6] }\nexecution.cycles: 2\n`;
  const { experiments, runs, studyHash } = planOf(text);
  const number = new Map(experiments.map(({ id, workload }) => [id, workload.seed]));
  expect(studyHash).toBe('3bc3c52dd52d');
  expect(runs.map(({ experimentId }) => number.get(experimentId))).toEqual([
    6, 2, 1, 4, 3, 5, 6, 4, 3, 1, 2, 5,
  ]);
  const turned = `execution.cycles: 2\nsweep: { workload: { seed: [6, 5, 4, 3, 2, 1] } }\nbackend: llamacpp\nmodel: llem/tiny-1m\nname: x\n`;
  expect(plan(load(turned)).runs).toEqual(runs);
});
