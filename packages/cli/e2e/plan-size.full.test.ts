/** The largest study there may be, planned by the real command with little memory. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SHORT_STUDY, workplace } from './llem.js';

it('100,000 experiments are told as JSON by a process that has far less memory than the text of it', async () => {
  const place = await workplace();
  const axes = ['concurrency', 'seed', 'input_tokens', 'output_tokens', 'turns'].map(
    (name) => `  workload.${name}: { from: 1, to: 10, steps: 10 }\n`,
  );
  await writeFile(
    join(place.dir, 'study.yaml'),
    `${SHORT_STUDY}execution.max_experiments: 100000\nsweep:\n${axes.join('')}`,
  );
  // MiB of JavaScript objects: the plan takes some 400, the text of it 200 more, and as much again while it is put together.
  place.env['NODE_OPTIONS'] = '--max-old-space-size=600';
  const { child, finished } = place.start(['plan', 'study.yaml', '--json']);
  let length = 0;
  child.stdout?.removeAllListeners('data').on('data', (text: string) => (length += text.length));
  const { code, stderr } = await finished;
  expect([code, stderr]).toEqual([0, '']);
  expect(length).toBeGreaterThan(100_000_000);
  await place.remove();
}, 120_000);
