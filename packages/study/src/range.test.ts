import { describe, expect, test } from 'vitest';
import { HEAD, load, planOf, problemsOf } from './fixture.js';

const swept = (path: string, range: string) =>
  load(`${HEAD}sweep: { ${path}: ${range} }`).written.sweep[0]?.values;

describe('a range', () => {
  test('has its ends and equal steps, or equal ratios on a log scale', () => {
    expect(swept('measure.settle_s', '{ from: 0, to: 1, steps: 5 }')).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(swept('measure.settle_s', '{ from: 0.1, to: 0.5, steps: 5, scale: linear }')).toEqual([
      0.1, 0.2, 0.3, 0.4, 0.5,
    ]);
    expect(swept('measure.settle_s', '{ from: 0.001, to: 1000, steps: 7, scale: log }')).toEqual([
      0.001, 0.01, 0.1, 1, 10, 100, 1000,
    ]);
    expect(swept('measure.settle_s', '{ from: 4, to: 1, steps: 2 }')).toEqual([4, 1]);
  });

  test('is of whole numbers where the setting is, each once', () => {
    expect(swept('workload.concurrency', '{ from: 1, to: 256, steps: 9, scale: log }')).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256,
    ]);
    expect(swept('workload.concurrency', '{ from: 1, to: 8, steps: 9, scale: log }')).toEqual([
      1, 2, 3, 4, 5, 6, 8,
    ]);
    expect(swept('workload.output_tokens', '{ from: 10, to: 20, steps: 4 }')).toEqual([10, 13, 17, 20]);
    expect(swept('llamacpp.threads', '{ from: 1, to: 4, steps: 3 }')).toEqual([1, 3, 4]);
  });

  test('gives the experiments of the same list', () => {
    const ids = (values: string) =>
      planOf(`${HEAD}sweep: { workload: { concurrency: ${values} } }`).experiments.map(({ id }) => id);
    expect(ids('{ steps: 3, to: 4, from: 1, scale: log }')).toEqual(ids('[1, 2, 4]'));
  });

  test('is no setting that has such keys itself', () => {
    const { experiments } = planOf(
      `${HEAD}workload.search: { slo: { ttft_ms: 9 }, from: 1, to: 4 }\nsweep: { workload.search: { from: [1, 2], to: [8, 9] } }`,
    );
    expect(experiments.map(({ workload }) => [workload.search?.from, workload.search?.to])).toEqual([
      [1, 8],
      [1, 9],
      [2, 8],
      [2, 9],
    ]);
  });

  test.each([
    ['{ from: 1, to: 9 }', '4:32: workload.concurrency: a range needs "steps"'],
    ['{ from: 1, to: 9, steps: 1 }', '4:57: workload.concurrency: a range needs "steps"'],
    ['{ from: 1, to: 9, steps: 1e9 }', '4:57: workload.concurrency: a range needs "steps"'],
    ['{ from: a, to: 9, steps: 2 }', '4:40: workload.concurrency: a range needs a number as "from"'],
    ['{ from: 1, steps: 2 }', '4:32: workload.concurrency: a range needs a number as "to"'],
    ['{ from: 1, to: 9.5, steps: 2 }', '4:47: workload.concurrency: "to" is a whole number'],
    ['{ from: 1, to: 1, steps: 2 }', '4:32: workload.concurrency: a range from 1 to 1 has one value'],
    ['{ from: 0, to: 8, steps: 2, scale: log }', '4:32: workload.concurrency: on a log scale both ends'],
    [
      '{ from: 1, to: 8, steps: 2, scale: lg }',
      '4:67: workload.concurrency: the scale of a range is linear or log (here "lg")',
    ],
    ['{ from: 1, to: 100000, steps: 3 }', '4:32: workload.concurrency: expected at most 65536 (here 100000)'],
    [
      '{ from: 1, two: 2, steps: 3 }',
      '4:40: sweep: workload.concurrency.from takes a list of values, such as [a, b], or a range',
    ],
  ])('is refused: %s', (range, message) => {
    expect(problemsOf(`${HEAD}sweep: { workload.concurrency: ${range} }`).join('\n')).toContain(message);
  });
});

test('of devices in a list each is one by itself', () => {
  const { experiments } = planOf(`${HEAD}sweep: { devices: [0, 1, GPU-x, [0, 1], all, none] }`);
  expect(experiments.map(({ devices }) => devices)).toEqual([[0], [1], ['GPU-x'], [0, 1], 'all', 'none']);
});
