/** The load: its rules, its defaults, and what an editor is told of it. */
import { describe, expect, test } from 'vitest';
import { defineOptions } from './options.js';
import { longestRequest, mostSlots, workloadSchema } from './workload.js';

const options = defineOptions(workloadSchema);
const SLO = { ttft_ms: 500 };
const POISSON = { process: 'poisson', rate: 4 };

function issuesOf(workload: object): string[] {
  const result = options.parse(workload);
  return result.ok ? [] : result.issues.map(({ path, kind }) => `${path.join('.')} ${kind}`);
}

describe('a load', () => {
  test('without settings is a closed loop of synthetic prompts', () => {
    expect(workloadSchema.parse({})).toEqual({
      concurrency: 8,
      arrival: null,
      dataset: 'synthetic',
      input_tokens: 128,
      output_tokens: 128,
      ignore_eos: true,
      shared_prefix_tokens: 0,
      turns: 1,
      api: 'completions',
      slo: null,
      search: null,
      seed: 0,
    });
  });

  test('of an arrival or a search has no concurrency by default', () => {
    expect(workloadSchema.parse({ arrival: POISSON }).concurrency).toBeNull();
    expect(workloadSchema.parse({ search: { slo: SLO, from: 1, to: 8 } }).concurrency).toBeNull();
    expect(workloadSchema.parse({ concurrency: null }).concurrency).toBe(8);
  });

  test.each([
    {},
    { concurrency: 1, slo: SLO },
    { arrival: POISSON },
    { arrival: { process: 'gamma', rate: 0.5 }, slo: { itl_ms: 50 } },
    { arrival: { process: 'trace' }, dataset: { type: 'trace', path: 'a.jsonl' } },
    { arrival: { process: 'constant' }, search: { slo: SLO, from: 0.5, to: 8.5 } },
    { search: { slo: SLO, from: 1, to: 8 } },
    { input_tokens: { distribution: 'lognormal', mean: 128, sd: 64, min: 1, max: 4096 } },
  ])('is the same when it is parsed again: %j', (workload) => {
    const once = workloadSchema.parse(workload);
    expect(workloadSchema.parse(once)).toEqual(once);
    const kept: unknown = JSON.parse(JSON.stringify(once));
    expect(workloadSchema.parse(kept)).toEqual(once);
  });

  test.each<[object, string[]]>([
    [{ concurrency: 8, arrival: POISSON }, ['arrival rule']],
    [{ concurrency: 8, search: { slo: SLO, from: 1, to: 8 } }, ['concurrency rule']],
    [{ arrival: { process: 'poisson' } }, ['arrival.rate rule']],
    [{ arrival: POISSON, search: { slo: SLO, from: 1, to: 8 } }, ['arrival.rate rule']],
    [{ slo: SLO, search: { slo: SLO, from: 1, to: 8 } }, ['slo rule']],
    [{ arrival: { process: 'trace' }, search: { slo: SLO, from: 1, to: 8 } }, ['search rule']],
    [{ arrival: { process: 'trace', rate: 1 } }, ['arrival.rate unknown-key']],
    [{ arrival: { process: 'gamma', rate: 1, burstiness: 0 } }, ['arrival.burstiness invalid']],
    [{ arrival: { rate: 1 } }, ['arrival.process missing']],
    [{ arrival: { process: 'poisson', rate: Infinity } }, ['arrival.rate invalid']],
    [{ search: { slo: SLO, from: 1.5, to: 8.5 } }, ['search.from rule', 'search.to rule']],
    [{ search: { slo: SLO, from: 8, to: 8 } }, ['search.to rule']],
    [{ search: { slo: {}, from: 1, to: 8 } }, ['search.slo rule']],
    [{ slo: { attainment: 0.9 } }, ['slo rule']],
    [{ slo: { ttft_ms: 0 } }, ['slo.ttft_ms invalid']],
    [{ input_tokens: { distribution: 'uniform', min: 2, max: 1 } }, ['input_tokens.max rule']],
    [
      { input_tokens: { distribution: 'normal', mean: 9, sd: 1, min: 1, max: 8 } },
      ['input_tokens.mean rule'],
    ],
    [{ input_tokens: { min: 1 } }, ['input_tokens.distribution missing']],
    [{ input_tokens: 'long' }, ['input_tokens invalid']],
    [{ shared_prefix_tokens: 129 }, ['shared_prefix_tokens rule']],
    [
      { shared_prefix_tokens: 65, input_tokens: { distribution: 'uniform', min: 64, max: 256 } },
      ['shared_prefix_tokens rule'],
    ],
    [{ dataset: 'Not A Name' }, ['dataset invalid']],
    [{ dataset: { path: 'a' } }, ['dataset.type missing']],
    [{ turns: 0 }, ['turns invalid']],
    [{ rate: 1 }, ['rate unknown-key']],
  ])('that breaks a rule is refused where it does: %j', (workload, issues) => {
    expect(issuesOf(workload)).toEqual(issues);
  });

  test.each([
    { shared_prefix_tokens: 128 },
    { concurrency: null, arrival: POISSON },
    { concurrency: 8, arrival: null, search: null, slo: null },
    { input_tokens: { distribution: 'uniform', min: 1, max: 1 } },
    { arrival: { process: 'poisson', rate: 0.001, max_in_flight: 1 } },
  ])('at the edge of the rules is taken: %j', (workload) => {
    expect(issuesOf(workload)).toEqual([]);
  });

  test('names the keys of the kind that was meant, not those of the others', () => {
    const result = options.parse({ arrival: { process: 'poisson', rate: 1, burstiness: 2 } });
    expect(result).toMatchObject({
      ok: false,
      issues: [{ kind: 'unknown-key', knownKeys: ['process', 'rate', 'max_in_flight'] }],
    });
  });

  test('is told to editors with its defaults and descriptions, and without references', () => {
    expect(options.jsonSchema).toMatchObject({
      additionalProperties: false,
      properties: { dataset: { default: 'synthetic' }, turns: { default: 1, minimum: 1 } },
    });
    expect(JSON.stringify(options.jsonSchema)).not.toContain('$ref');
    expect(options.jsonSchema['required']).toBeUndefined();
  });
});

test('the longest request is the last prompt of the longest conversation', () => {
  const uniform = { distribution: 'uniform', min: 1, max: 256 } as const;
  expect(longestRequest({ input_tokens: uniform, output_tokens: 64, turns: 1 })).toEqual({
    inputTokens: 256,
    outputTokens: 64,
  });
  expect(longestRequest({ input_tokens: uniform, output_tokens: 64, turns: 3 })).toEqual({
    inputTokens: 3 * 256 + 2 * 64,
    outputTokens: 64,
  });
});

test('the most slots are those of the loop or of its search, and unknown in an open loop', () => {
  expect(mostSlots(workloadSchema.parse({}))).toBe(8);
  expect(mostSlots(workloadSchema.parse({ search: { slo: SLO, from: 1, to: 32 } }))).toBe(32);
  expect(mostSlots(workloadSchema.parse({ arrival: POISSON }))).toBeNull();
});
