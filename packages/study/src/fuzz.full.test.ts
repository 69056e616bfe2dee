/** The reader of studies against 100,000 texts, and a study of 100,000 experiments. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HEAD, load, plan } from './fixture.js';
import { mutatedStudy, planMutated, withoutPlace } from './fuzz.fixture.js';

test('100,000 texts near to a study are planned or refused with places', { timeout: 1_800_000 }, () => {
  let accepted = 0;
  fc.assert(
    fc.property(mutatedStudy, (text) => {
      const lines = planMutated(text);
      if (lines.length === 0) accepted += 1;
      expect(withoutPlace(lines)).toEqual([]);
    }),
    { numRuns: 100_000, seed: 20_260_111 },
  );
  expect(accepted).toBeGreaterThan(2_000);
});

test('a study of 100,000 experiments is planned in less than 10 s and 1 GB', () => {
  const axes = ['concurrency', 'seed', 'input_tokens', 'output_tokens', 'turns'].map(
    (name) => `  workload.${name}: { from: 1, to: 10, steps: 10 }\n`,
  );
  const begun = performance.now();
  const planned = plan(load(`${HEAD}execution.max_experiments: 100000\nsweep:\n${axes.join('')}`));
  expect((performance.now() - begun) / 1000).toBeLessThan(10);
  expect(new Set(planned.experiments.map(({ id }) => id)).size).toBe(100_000);
  expect(planned.runs).toHaveLength(300_000);
  expect(process.memoryUsage().rss).toBeLessThan(1e9);
});
