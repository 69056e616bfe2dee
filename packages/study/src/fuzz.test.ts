import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HEAD, load, plan, planOf, problemsOf } from './fixture.js';
import { mutatedStudy, planMutated, withoutPlace } from './fuzz.fixture.js';

test(
  'whatever a text holds, it is a study that can be planned or is refused with places',
  { timeout: 120_000 },
  () => {
    let accepted = 0;
    fc.assert(
      fc.property(mutatedStudy, (text) => {
        const lines = planMutated(text);
        if (lines.length === 0) accepted += 1;
        expect(withoutPlace(lines)).toEqual([]);
      }),
      { numRuns: 2000, seed: 20_260_101 },
    );
    // Neither all nor none: otherwise the edits test one half of the reader only.
    expect(accepted).toBeGreaterThan(50);
    expect(accepted).toBeLessThan(1700);
  },
);

test('random text of any kind is refused with places', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      expect(withoutPlace(problemsOf(text))).toEqual([]);
    }),
    { numRuns: 1000, seed: 20_260_102 },
  );
});

const axis = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });
const PATHS = [
  'workload.concurrency',
  'workload.seed',
  'llamacpp.kv.type',
  'llamacpp.threads',
  'measure.warmup.max_s',
];

test('a sweep has as many experiments as the product of its lists, and every cycle is a permutation of them', () => {
  fc.assert(
    fc.property(axis, axis, axis, fc.integer({ min: 1, max: 4 }), (a, b, c, cycles) => {
      const study = load(
        `${HEAD}sweep: { workload.concurrency: [${a.join()}], workload.seed: [${b.join()}], llamacpp.parallel: [${c.join()}] }\nexecution: { cycles: ${cycles} }`,
      );
      const { experiments, runs, merged } = plan(study);
      const product = a.length * b.length * c.length;
      expect([experiments.length, merged.length, runs.length]).toEqual([product, 0, product * cycles]);
      expect(new Set(experiments.map(({ label }) => label)).size).toBe(product);
      const ids = experiments.map(({ id }) => id).sort();
      for (let cycle = 1; cycle <= cycles; cycle += 1) {
        const own = runs.filter((run) => run.cycle === cycle).map(({ experimentId }) => experimentId);
        expect(own.sort()).toEqual(ids);
      }
    }),
    { numRuns: 60, seed: 20_260_103 },
  );
});

test('ids do not depend on the order of keys nor on whether they are nested or dotted', () => {
  const reference = planOf(
    `${HEAD}${written(
      PATHS,
      PATHS.map(() => 0),
    )}`,
  ).experiments[0]?.id;
  fc.assert(
    fc.property(
      fc.shuffledSubarray(PATHS, { minLength: PATHS.length }),
      fc.array(fc.nat({ max: 3 }), { minLength: PATHS.length, maxLength: PATHS.length }),
      (paths, dots) => {
        expect(planOf(`${written(paths, dots)}${HEAD}`).experiments[0]?.id).toBe(reference);
      },
    ),
    { numRuns: 200, seed: 20_260_104 },
  );
});

/** Settings as flow YAML: of each path as many steps are nested as `nesting` says, the rest is dotted. */
function written(paths: readonly string[], nesting: readonly number[]): string {
  const values = new Map([['llamacpp.kv.type', 'q8_0']]);
  const roots = new Map<string, string[]>();
  paths.forEach((path, index) => {
    const steps = path.split('.');
    const depth = Math.min(nesting[index] ?? 0, steps.length - 1);
    const value = values.get(path) ?? '7';
    const inside = steps.slice(1, depth + 1);
    if (depth === 0) {
      roots.set(path, [value]);
      return;
    }
    const last = [...inside.slice(depth - 1), ...steps.slice(depth + 1)].join('.');
    const text = inside
      .slice(0, -1)
      .reduceRight((inner, step) => `${step}: { ${inner} }`, `${last}: ${value}`);
    const root = steps[0] ?? '';
    roots.set(root, [...(roots.get(root) ?? []), text]);
  });
  return [...roots]
    .map(([key, [first = '', ...rest]]) => {
      const isNested = !key.includes('.');
      return `${key}: ${isNested ? `{ ${[first, ...rest].join(', ')} }` : first}\n`;
    })
    .join('');
}
