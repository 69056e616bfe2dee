/** What planning the largest study takes, in a process of its own. */
import { expect, test } from 'vitest';
import { HEAD, load, plan } from './fixture.js';

// Of the processor: what others take of the machine is not the plan's.
test('a study of 100,000 experiments is planned in less than 10 s of one processor and 1 GB', () => {
  const axes = ['concurrency', 'seed', 'input_tokens', 'output_tokens', 'turns'].map(
    (name) => `  workload.${name}: { from: 1, to: 10, steps: 10 }\n`,
  );
  const begun = process.cpuUsage();
  const planned = plan(load(`${HEAD}execution.max_experiments: 100000\nsweep:\n${axes.join('')}`));
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1e6).toBeLessThan(10);
  expect(new Set(planned.experiments.map(({ id }) => id)).size).toBe(100_000);
  expect(planned.runs).toHaveLength(300_000);
  expect(process.memoryUsage().rss).toBeLessThan(1e9);
});
