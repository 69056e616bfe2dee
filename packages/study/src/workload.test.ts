/** The load of a study: what is refused, where, in which words; what a sweep and an entry make of it. */
import { describe, expect, test } from 'vitest';
import { estimateRunS } from './duration.js';
import { HEAD, planOf, problemsOf } from './fixture.js';

/** The problem of `workload: { ... }` on line 4; columns count in that line. */
const problemOf = (workload: string) => problemsOf(`${HEAD}workload: ${workload}\n`);

describe('a load that cannot be', () => {
  test.each([
    // Arrivals
    [
      '{ concurrency: 8, arrival: { process: poisson, rate: 1 } }',
      '4:38: workload.arrival: a load is either a concurrency (closed loop) or an arrival (open loop): leave one of them out, or set it to null',
    ],
    [
      '{ arrival: { process: poisson } }',
      '4:13: workload.arrival.rate: expected a rate, in requests a second',
    ],
    [
      '{ arrival: { rate: 2 } }',
      '4:13: workload.arrival.process is missing: expected constant, poisson, gamma or trace',
    ],
    [
      '{ arrival: { process: posson, rate: 2 } }',
      '4:33: workload.arrival.process: expected constant, poisson, gamma or trace (here "posson"); did you mean "poisson"?',
    ],
    [
      '{ arrival: { process: poisson, rate: 1, burstiness: 2 } }',
      '4:51: unknown key "burstiness" under workload.arrival; known here: process, rate, max_in_flight',
    ],
    ['{ arrival: { process: trace, rate: 1 } }', '4:40: unknown key "rate" under workload.arrival'],
    [
      '{ arrival: { process: gamma, rate: 1, burstines: 2 } }',
      '4:49: unknown key "burstines" under workload.arrival; did you mean "burstiness"?',
    ],
    ['{ arrival: poisson }', '4:22: workload.arrival: expected a mapping'],
    ['{ arrival: { process: poisson, rate: 0 } }', '4:48: workload.arrival.rate: expected more than 0'],
    // Lengths
    [
      '{ input_tokens: { min: 1 } }',
      '4:13: workload.input_tokens.distribution is missing: expected uniform, normal or lognormal',
    ],
    [
      '{ output_tokens: { distribution: uniform, min: 9 } }',
      '4:13: workload.output_tokens.max is missing. Longest, in tokens',
    ],
    [
      '{ input_tokens: { distribution: uniform, min: 9, max: 2 } }',
      '4:65: workload.input_tokens.max: must not be less than min (here 2)',
    ],
    [
      '{ input_tokens: { distribution: normal, mean: 30, sd: 2, min: 9, max: 20 } }',
      '4:57: workload.input_tokens.mean: must lie between min and max (here 30)',
    ],
    [
      '{ input_tokens: long }',
      '4:27: workload.input_tokens: expected a number of tokens, or a distribution such as { distribution: uniform',
    ],
    ['{ input_tokens: 0 }', '4:27: workload.input_tokens: expected at least 1'],
    [
      '{ shared_prefix_tokens: 200 }',
      '4:35: workload.shared_prefix_tokens: must not be longer than the shortest prompt (input_tokens) (here 200)',
    ],
    // SLO and search
    ['{ slo: {} }', '4:18: workload.slo: expected at least one limit, such as ttft_ms: 500'],
    ['{ slo: { ttft_ms: 1, itl: 50 } }', '4:32: unknown key "itl" under workload.slo; known here: ttft_ms'],
    [
      '{ slo: { ttft_m: 1, e2e_ms: 9 } }',
      '4:20: unknown key "ttft_m" under workload.slo; did you mean "ttft_ms"?',
    ],
    ['{ slo: { ttft_ms: 1, attainment: 2 } }', '4:44: workload.slo.attainment: expected at most 1'],
    ['{ search: { from: 1, to: 9 } }', '4:13: workload.search.slo is missing. Limits that must hold'],
    [
      '{ concurrency: 3, search: { slo: { ttft_ms: 9 }, from: 1, to: 9 } }',
      '4:26: workload.concurrency: the search finds the concurrency: leave it out, or set it to null (here 3)',
    ],
    [
      '{ arrival: { process: poisson, rate: 1 }, search: { slo: { ttft_ms: 9 }, from: 1, to: 9 } }',
      '4:48: workload.arrival.rate: the search finds the rate: leave it out (here 1)',
    ],
    [
      '{ slo: { e2e_ms: 9 }, search: { slo: { ttft_ms: 9 }, from: 1, to: 9 } }',
      '4:18: workload.slo: goodput goes by the slo of the search: leave this one out, or set it to null',
    ],
    [
      '{ arrival: { process: trace }, search: { slo: { ttft_ms: 9 }, from: 1, to: 9 } }',
      '4:50: workload.search: a recorded trace has no rate to search for',
    ],
    [
      '{ search: { slo: { ttft_ms: 9 }, from: 1.5, to: 9 } }',
      '4:50: workload.search.from: a concurrency is a whole number; a search for a rate needs an arrival (here 1.5)',
    ],
    [
      '{ search: { slo: { ttft_ms: 9 }, from: 9, to: 9 } }',
      '4:57: workload.search.to: must be more than from (here 9)',
    ],
    // Data sets
    ['{ dataset: jsnl }', '4:22: workload.dataset: unknown data set "jsnl"; did you mean "jsonl"?'],
    [
      '{ dataset: { type: sharegpt, path: a } }',
      '4:30: workload.dataset: the data set "sharegpt" is not installed; run: llem plugins install @llem/datasets',
    ],
    ['{ dataset: jsonl }', '4:22: workload.dataset.path is missing. The file.'],
    [
      '{ dataset: { type: jsonl, path: a, alow_repeat: true } }',
      '4:46: unknown key "alow_repeat" under workload.dataset; did you mean "allow_repeat"?',
    ],
    ['{ dataset: { type: jsonl, path: 7 } }', '4:43: workload.dataset.path: expected text (here 7)'],
    ['{ dataset: { path: a } }', '4:13: workload.dataset.type is missing'],
    ['{ dataset: 7 }', '4:22: workload.dataset: expected the name of a data set such as synthetic'],
    // The rest
    ['{ turns: 0 }', '4:20: workload.turns: expected at least 1'],
    ['{ api: chats }', '4:18: workload.api: expected completions or chat (here "chats")'],
  ])('is refused at its place and in words: %s', (workload, expected) => {
    const [first = '', ...others] = problemOf(workload);
    expect(others).toEqual([]);
    expect(first).toContain(`study.yaml:${expected}`);
  });
});

describe('a swept load', () => {
  test('may have its last setting from the sweep', () => {
    const { experiments } =
      planOf(`${HEAD}workload: { arrival: { process: poisson }, slo: { attainment: 0.9 } }
sweep: { workload.arrival.rate: [1, 2], workload.slo.ttft_ms: [100] }
`);
    expect(experiments.map(({ label }) => label)).toEqual(['rate=1', 'rate=2']);
    expect(experiments[1]?.workload).toMatchObject({
      concurrency: null,
      arrival: { process: 'poisson', rate: 2 },
      slo: { ttft_ms: 100, attainment: 0.9 },
    });
  });

  test('names a mapping as one value of one setting', () => {
    const { experiments } = planOf(`${HEAD}sweep:
  workload.dataset: [synthetic, { type: jsonl, path: a.jsonl }]
  workload.input_tokens: [128, { distribution: uniform, min: 64, max: 256 }]
`);
    expect(experiments.map(({ label }) => label)).toEqual([
      'dataset=synthetic, input_tokens=128',
      'dataset=synthetic, input_tokens=uniform(min=64 max=256)',
      'dataset=jsonl(path=a.jsonl), input_tokens=128',
      'dataset=jsonl(path=a.jsonl), input_tokens=uniform(min=64 max=256)',
    ]);
    expect(experiments[1]?.factors).toEqual({
      'workload.dataset': 'synthetic',
      'workload.input_tokens': { distribution: 'uniform', min: 64, max: 256 },
    });
  });

  test('of another process keeps what that process has of the one below, and nothing else', () => {
    const { experiments } = planOf(`${HEAD}workload.arrival: { process: gamma, rate: 4, burstiness: 0.5 }
sweep: { workload.arrival.process: [gamma, poisson] }
`);
    expect(experiments.map(({ workload }) => workload.arrival)).toEqual([
      { process: 'gamma', rate: 4, burstiness: 0.5, max_in_flight: 4096 },
      { process: 'poisson', rate: 4, max_in_flight: 4096 },
    ]);
  });

  test('of another data set has none of the options of the one below', () => {
    const { experiments } = planOf(`${HEAD}workload.dataset: { type: jsonl, path: a }
experiments: [{ workload.dataset: { type: synthetic } }, { workload.dataset: { path: b } }]
`);
    expect(experiments.map(({ workload }) => workload.dataset)).toEqual([
      { type: 'synthetic' },
      { type: 'jsonl', path: 'b' },
    ]);
  });

  test('goes from a closed loop to an open one where the concurrency is taken back', () => {
    const { experiments } = planOf(`${HEAD}workload: { concurrency: 8 }
experiments: [{ workload: { concurrency: null, arrival: { process: constant, rate: 3 } } }, {}]
`);
    expect(experiments.map(({ workload }) => [workload.concurrency, workload.arrival?.process])).toEqual([
      [null, 'constant'],
      [8, undefined],
    ]);
  });

  test('is judged whole: what only the base would break is no problem', () => {
    expect(
      problemsOf(
        `${HEAD}workload.shared_prefix_tokens: 512\nsweep: { workload.input_tokens: [1024, 2048] }\n`,
      ),
    ).toEqual([]);
    expect(
      problemsOf(
        `${HEAD}workload.shared_prefix_tokens: 512\nsweep: { workload.input_tokens: [1024, 256] }\n`,
      ),
    ).toEqual([
      'study.yaml:4:32: workload.shared_prefix_tokens: must not be longer than the shortest prompt (input_tokens) (here 512)',
    ]);
  });
});

describe('the name of an experiment', () => {
  test('is the one that it had before there were data sets, arrivals and searches', () => {
    const { experiments, studyHash } = planOf(`${HEAD}workload: { concurrency: 8, input_tokens: 128 }
sweep: { llamacpp.threads: [1, 2] }
`);
    expect([studyHash, ...experiments.map(({ id }) => id)]).toEqual([
      'd761692ebe75',
      'f894e91ecf30',
      'f1f56872510e',
    ]);
  });

  test('is of one experiment where a default is written out', () => {
    const { experiments, merged } = planOf(
      `${HEAD}experiments: [{}, { workload: { dataset: synthetic, turns: 1, arrival: null, api: completions } }]\n`,
    );
    expect([experiments.length, merged.length]).toEqual([1, 1]);
  });
});

test('a search takes as many loads as it has to halve, each held about twice as long as it is asked to', () => {
  const [experiment] =
    planOf(`${HEAD}measure: { settle_s: 0, idle_loaded_s: 0, warmup.max_s: 0, min_seconds: 30 }
workload: { arrival: { process: poisson }, search: { slo: { ttft_ms: 9 }, from: 1, to: 16, probe_s: 20, precision: 0.02 } }
`).experiments;
  // ln 16 / ln 1.02 = 140 steps of 2 %: 8 halvings, and both ends; two windows each, 5 s beside them; 5 s for start and stop.
  expect(experiment && estimateRunS(experiment)).toBe(5 + 30 + 10 * 2 * 25);
});

test('a window of an open loop is expected to last until enough requests have come', () => {
  const expected = (rate: number) => {
    const [experiment] = planOf(
      `${HEAD}workload: { arrival: { process: poisson, rate: ${rate} } }\nmeasure: { min_seconds: 40 }\n`,
    ).experiments;
    return experiment && estimateRunS(experiment);
  };
  const closed = 5 + 10 + 10 + 15;
  expect(expected(8)).toBe(closed + 40);
  expect(expected(0.5)).toBe(closed + 60);
});
