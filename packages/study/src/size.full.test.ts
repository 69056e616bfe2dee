/** How long the largest study takes to be planned, in a process of its own. */
import { expect, test } from 'vitest';
import { HEAD, load, plan } from './fixture.js';

// A moment that the machine gave to others may be tried again.
test('a study of 100,000 experiments is planned in less than 10 s and 1 GB', { retry: 2 }, () => {
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
