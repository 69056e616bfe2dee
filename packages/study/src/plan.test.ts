import { createHash } from 'node:crypto';
import { llemError, runSeed } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { errorOf, HEAD, load, plan, planOf } from './fixture.js';
import { addedCycles } from './order.js';
import { planStudy } from './plan.js';
import { overrideStudy } from './resolved-study.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
const labels = (text: string) => planOf(text).experiments.map(({ label }) => label);

describe('the experiments of a plan', () => {
  test('are the sweep crossed, the first axis slowest, and the entries on top of the base', () => {
    const { experiments, runs } = planOf(`${HEAD}workload: { concurrency: 4, seed: 9 }
sweep:
  llamacpp.threads: [1, 2]
  workload.concurrency: [1, 8]
experiments:
  - { workload.input_tokens: 5 }
`);
    expect(
      experiments.map(({ options, workload }) => [options['threads'], workload.concurrency, workload.seed]),
    ).toEqual([
      [1, 1, 9],
      [1, 8, 9],
      [2, 1, 9],
      [2, 8, 9],
      [4, 4, 9],
    ]);
    expect(experiments.map(({ factors }) => factors)).toEqual([
      { 'llamacpp.threads': 1, 'workload.concurrency': 1 },
      { 'llamacpp.threads': 1, 'workload.concurrency': 8 },
      { 'llamacpp.threads': 2, 'workload.concurrency': 1 },
      { 'llamacpp.threads': 2, 'workload.concurrency': 8 },
      { 'workload.input_tokens': 5 },
    ]);
    expect(runs).toHaveLength(15);
  });

  test('are the entries alone when nothing is swept', () => {
    expect(labels(`${HEAD}experiments: [{ workload.seed: 1 }, { workload.seed: 2 }]`)).toEqual([
      'seed=1',
      'seed=2',
    ]);
  });

  test('carry every default filled in, and what was asked for without any', () => {
    const [experiment] = planOf(
      `${HEAD}workload: { concurrency: 2 }\nmeasure: { warmup: {} }\nsim: { rate: 3 }\n`,
    ).experiments;
    expect(experiment).toMatchObject({
      model: 'llem/tiny-1m',
      backend: 'llamacpp',
      runner: null,
      devices: null,
      workload: { concurrency: 2, input_tokens: 128, output_tokens: 128, seed: 0 },
      measure: { min_seconds: 30, warmup: { max_s: 180 } },
      options: { threads: 4, parallel: 8, kv: { type: 'f16' }, flags: {} },
    });
    expect(experiment?.asked).toEqual({
      model: 'llem/tiny-1m',
      backend: 'llamacpp',
      workload: { concurrency: 2 },
    });
  });

  test('have the axes of their own backend alone', () => {
    const { experiments } = planOf(`name: t
model: m
sim.rate: 1
sweep:
  llamacpp.threads: [1, 2]
  backend: [llamacpp, sim]
  sim.burst: [0, 1]
`);
    expect(experiments.map(({ label }) => label)).toEqual([
      'backend=llamacpp, threads=1',
      'backend=llamacpp, threads=2',
      'backend=sim, burst=0',
      'backend=sim, burst=1',
    ]);
    expect(
      experiments.every(
        ({ asked, backend }) => !Object.hasOwn(asked, backend === 'sim' ? 'llamacpp' : 'sim'),
      ),
    ).toBe(true);
  });

  test('can be swept by whole sections, whose settings travel together', () => {
    expect(
      labels(`${HEAD}sweep: { workload: [{ concurrency: 1, seed: 1 }, { concurrency: 8, seed: 2 }] }`),
    ).toEqual(['concurrency=1, seed=1', 'concurrency=8, seed=2']);
  });

  test('replace a runner that they name, and do not take over the options of another', () => {
    const { experiments } = planOf(
      `${HEAD}runner: { type: docker, image: a }\nexperiments: [{ runner: { type: local } }, { runner.image: b }]`,
    );
    expect(experiments.map(({ runner }) => runner)).toEqual([
      { type: 'local' },
      { type: 'docker', image: 'b' },
    ]);
  });

  test('that are equal are merged, which is said; one that writes a default out is equal to one that does not', () => {
    const { experiments, merged } = planOf(
      `${HEAD}sweep: { workload.concurrency: [1, 8, 8, 0x8] }\nexperiments: [{}, { workload: { concurrency: 1 } }]`,
    );
    expect(experiments.map(({ label }) => label)).toEqual(['concurrency=1', 'concurrency=8']);
    expect(merged).toEqual(['concurrency=8', 'concurrency=8', 'llamacpp tiny-1m', 'concurrency=1']);
  });

  test('that cannot work are skipped with every reason, and nothing is planned for them', () => {
    const result = planOf(`${HEAD}sweep: { llamacpp.threads: [8, 64, 64] }`);
    expect(result.skipped).toEqual([
      {
        label: 'threads=64',
        asked: { model: 'llem/tiny-1m', backend: 'llamacpp', llamacpp: { threads: 64 } },
        violations: [{ path: 'llamacpp.threads', message: '64 threads on 16 processors' }],
      },
    ]);
    expect(result.merged).toEqual(['threads=64']);
    expect(result.runs).toHaveLength(3);
    expect(planOf(`${HEAD}llamacpp.threads: 64`)).toMatchObject({ experiments: [], runs: [], skipped: [{}] });
  });
});

describe('identity', () => {
  test('is the hash of the canonical JSON of what was asked for', () => {
    const { experiments, studyHash } = planOf(`${HEAD}sweep: { workload.concurrency: [1, 2] }`);
    const ids = [1, 2].map((n) =>
      sha(`{"backend":"llamacpp","model":"llem/tiny-1m","workload":{"concurrency":${n}}}`),
    );
    expect(experiments.map(({ id }) => id)).toEqual(ids);
    expect(studyHash).toBe(sha(JSON.stringify([...ids].sort())));
  });

  test('does not depend on execution, energy, name, runners, or sections that are not used', () => {
    const plain = planOf(HEAD);
    const other = planOf(`name: u
execution: { cycles: 7, order: sequential }
energy: { require: measured }
runners: { llamacpp: docker }
sim: { rate: 3 }
workload: {}
measure: { warmup: {} }
llamacpp: {}
backend: llamacpp
model: llem/tiny-1m
`);
    expect(other.experiments[0]?.id).toBe(plain.experiments[0]?.id);
    expect(other.studyHash).toBe(plain.studyHash);
  });

  test('depends on everything else', () => {
    const ids = [
      HEAD,
      `${HEAD}runner: local`,
      `${HEAD}devices: none`,
      `${HEAD}workload.seed: 1`,
      `${HEAD}measure.min_seconds: 10`,
      `${HEAD}llamacpp.threads: 4`,
    ].map((text) => planOf(text).experiments[0]?.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the order of the runs', () => {
  const text = `${HEAD}sweep: { workload.concurrency: [1, 2, 3, 4, 5, 6, 7, 8] }\nexecution: { cycles: 4 }\n`;
  const order = (of: ReturnType<typeof planOf>, cycle: number) =>
    of.runs.filter((run) => run.cycle === cycle).map(({ experimentId }) => experimentId);

  test('is a different permutation in every cycle, the same every time', () => {
    const planned = planOf(text);
    const ids = planned.experiments.map(({ id }) => id).sort();
    const cycles = [1, 2, 3, 4].map((cycle) => order(planned, cycle));
    for (const cycle of cycles) expect([...cycle].sort()).toEqual(ids);
    expect(new Set(cycles.map((cycle) => cycle.join())).size).toBe(4);
    expect(planOf(text).runs).toEqual(planned.runs);
    expect(planned.runs.map(({ position }) => position)).toEqual(
      Array.from({ length: 32 }, (_, index) => index + 1),
    );
    expect(planned.runs.map(({ cycle }) => cycle)).toEqual(
      [1, 2, 3, 4].flatMap((cycle) => Array<number>(8).fill(cycle)),
    );
  });

  test('does not change when lines are moved about, when cycles are added, or when the study gets another name', () => {
    const planned = planOf(text);
    const moved = planOf(text.replace('[1, 2, 3', '[3, 2, 1').replace('name: t', 'name: u'));
    expect(moved.runs).toEqual(planned.runs);
    const longer = plan(overrideStudy(load(text), { cycles: 6 }));
    expect(longer.runs.slice(0, 32)).toEqual(planned.runs);
  });

  test('of a cycle that is added later is the one that it would have had from the start', () => {
    for (const order of ['shuffled', 'interleaved', 'shuffled, service: per_block']) {
      const planned = planOf(text.replace('cycles: 4', `cycles: 4, order: ${order}, shuffle_seed: 11`));
      const longer = plan(
        overrideStudy(load(text.replace('cycles: 4', `cycles: 6, order: ${order}, shuffle_seed: 11`)), {}),
      );
      const fifth = { ...planned, runs: [...planned.runs, ...addedCycles(planned, 1)] };
      expect([...fifth.runs, ...addedCycles(fifth, 1)]).toEqual(longer.runs);
    }
  });

  test('follows the seed of the study where it has one', () => {
    const seeded = planOf(text.replace('cycles: 4', 'cycles: 4, shuffle_seed: 0'));
    expect(seeded.shuffleSeed).toBe(0);
    expect(seeded.runs).not.toEqual(planOf(text).runs);
  });

  test('is ABAB when interleaved and AABB when sequential', () => {
    const of = (order: 'interleaved' | 'sequential') => {
      const planned = plan(
        overrideStudy(load(`${HEAD}sweep: { workload.seed: [5, 6] }`), { order, cycles: 2 }),
      );
      const [a] = planned.experiments;
      return planned.runs
        .map(({ experimentId, cycle }) => `${experimentId === a?.id ? 'A' : 'B'}${cycle}`)
        .join(' ');
    };
    expect(of('interleaved')).toBe('A1 B1 A2 B2');
    expect(of('sequential')).toBe('A1 A2 B1 B2');
  });

  describe('with one service for the runs of a cycle', () => {
    const axes = `${HEAD}sweep: { workload.concurrency: [1, 2, 3, 4], llamacpp.threads: [1, 2, 3, 4, 5] }\n`;
    const blocks = (more = '', from = axes) =>
      planOf(`${from}execution: { cycles: 4, service: per_block${more} }`);
    /** The threads of a cycle's runs, which decide the service, and their concurrencies. */
    const inCycle = (of: ReturnType<typeof planOf>, cycle: number) =>
      order(of, cycle).map((id) => {
        const found = of.experiments.find((experiment) => experiment.id === id);
        return { threads: found?.options['threads'], concurrency: found?.workload.concurrency };
      });
    const changes = (values: readonly unknown[]) =>
      values.filter((value, index) => index > 0 && value !== values[index - 1]).length;

    test('keeps those together that may share one, and shuffles services and the runs of each', () => {
      const planned = blocks();
      const cycles = [1, 2, 3, 4].map((cycle) => inCycle(planned, cycle));
      for (const cycle of cycles) {
        expect(cycle).toHaveLength(20);
        expect(changes(cycle.map(({ threads }) => threads))).toBe(4);
      }
      const services = cycles.map((cycle) =>
        JSON.stringify([...new Set(cycle.map(({ threads }) => threads))]),
      );
      const inside = cycles.flatMap((cycle) =>
        [0, 4, 8, 12, 16].map((at) =>
          cycle
            .slice(at, at + 4)
            .map(({ concurrency }) => concurrency)
            .join(),
        ),
      );
      expect(new Set(services).size).toBe(4);
      expect(new Set(inside).size).toBeGreaterThan(8);
    });

    test('is the same wherever lines stand, and does not change when cycles are added', () => {
      const planned = blocks();
      const moved = axes
        .replace('[1, 2, 3, 4]', '[4, 2, 3, 1]')
        .replace('[1, 2, 3, 4, 5]', '[3, 5, 1, 2, 4]');
      expect(blocks('', moved).runs).toEqual(planned.runs);
      const longer = plan(overrideStudy(load(`${axes}execution: { service: per_block }`), { cycles: 6 }));
      expect(longer.runs.slice(0, 80)).toEqual(planned.runs);
    });

    test('is that of separate services where no two runs may share one', () => {
      const alone = `${HEAD}sweep: { llamacpp.threads: [1, 2, 3, 4, 5, 6] }\n`;
      expect(blocks('', alone).runs).toEqual(planOf(`${alone}execution: { cycles: 4 }`).runs);
    });

    test('goes by the first of each service in the file when it is interleaved', () => {
      const planned = blocks(', order: interleaved');
      const first = inCycle(planned, 1);
      expect(first.map(({ threads }) => threads)).toEqual([1, 2, 3, 4, 5].flatMap((n) => [n, n, n, n]));
      expect(inCycle(planned, 4)).toEqual(first);
    });
  });

  test('gives every experiment of a cycle the same seed for its prompts, and every cycle another', () => {
    const { runs } = planOf(text);
    for (const { cycle, seed } of runs) expect(seed).toBe(runSeed(0, cycle));
    expect(new Set(runs.map(({ seed }) => seed)).size).toBe(4);
  });
});

describe('labels', () => {
  test('show what varies, by the last part of its path where that is unambiguous', () => {
    expect(labels(`${HEAD}sweep: { workload.concurrency: [1, 8], workload.seed: [3] }`)).toEqual([
      'concurrency=1',
      'concurrency=8',
    ]);
    expect(labels(`${HEAD}sweep: { llamacpp.flags.seed: [1, 2], workload.seed: [3, 4] }`)[0]).toBe(
      'llamacpp.flags.seed=1, workload.seed=3',
    );
    expect(labels(HEAD)).toEqual(['llamacpp tiny-1m']);
  });

  test('show models by their last part unless two share it', () => {
    expect(labels('name: t\nbackend: llamacpp\nsweep: { model: [a/x, b/y.gguf] }')).toEqual([
      'model=x',
      'model=y.gguf',
    ]);
    expect(labels('name: t\nbackend: llamacpp\nsweep: { model: [a/x, b/x] }')).toEqual([
      'model=a/x',
      'model=b/x',
    ]);
  });

  test('are short and yet distinct, and tell texts from numbers', () => {
    const long = 'x'.repeat(100);
    const got = labels(
      `${HEAD}sweep: { llamacpp.flags.a: [${long}1, ${long}2, "1", 1, "a, b=c", true, "true"] }`,
    );
    expect(new Set(got).size).toBe(7);
    expect(Math.max(...got.map((label) => label.length))).toBeLessThan(60);
    expect(got.slice(2)).toEqual(['a="1"', 'a=1', 'a="a, b=c"', 'a=true', 'a="true"']);
  });
});

test('a backend that throws instead of naming a violation is reported as broken, its own errors are passed on', () => {
  const study = load(HEAD);
  const { host } = { host: { platform: 'linux', arch: 'x64', logicalCpus: 1, memoryBytes: 1 } };
  const throwing = (error: Error) => () =>
    planStudy(study, {
      host,
      createBackend: () => {
        throw error;
      },
    });
  expect(errorOf(throwing(new TypeError('x')))).toMatch(/^LLEM_E_PLUGIN_BROKEN: The backend "llamacpp"/);
  expect(errorOf(throwing(llemError('LLEM_E_USAGE', 'x', { remedy: 'y' })))).toBe('LLEM_E_USAGE: x y');
});
