/** A load in words. */
import { workloadSchema } from '@llem/core';
import { expect, test } from 'vitest';
import { loadText, type LoadText } from './load-text.js';

const PLAIN: LoadText = {
  requests: '8 in flight',
  prompts: 'synthetic, 128 tokens in, 128 out',
  slo: null,
};

test.each<[object, Partial<LoadText>]>([
  [{}, {}],
  [{ concurrency: 1 }, { requests: '1 in flight' }],
  [
    { input_tokens: 64, output_tokens: 16, shared_prefix_tokens: 32, turns: 3, api: 'chat' },
    { prompts: 'synthetic, 64 tokens in, 16 out, 32 shared, 3 turns, chat' },
  ],
  [
    { input_tokens: { distribution: 'lognormal', mean: 128, sd: 64, min: 16, max: 256 } },
    { prompts: 'synthetic, lognormal 16–256 tokens in, 128 out' },
  ],
  [
    { dataset: 'sharegpt', input_tokens: { distribution: 'uniform', min: 1, max: 256 } },
    { prompts: 'sharegpt, up to 256 tokens in, up to 128 out' },
  ],
  [
    { dataset: { type: 'jsonl', path: 'mine.jsonl' } },
    { prompts: 'jsonl mine.jsonl, up to 128 tokens in, up to 128 out' },
  ],
  [{ arrival: { process: 'poisson', rate: 4 } }, { requests: 'poisson, 4 requests/s' }],
  [
    { arrival: { process: 'gamma', rate: 1, burstiness: 0.25 } },
    { requests: 'gamma with burstiness 0.25, 1 request/s' },
  ],
  [{ arrival: { process: 'trace' } }, { requests: 'as recorded' }],
  [{ arrival: { process: 'trace', speed: 2 } }, { requests: 'as recorded, 2 times as fast' }],
  [{ slo: { ttft_ms: 500, itl_ms: 50 } }, { slo: 'TTFT 500 ms, ITL 50 ms for 99 %' }],
  [
    { search: { slo: { e2e_ms: 2_000, attainment: 0.995 }, from: 1, to: 16 } },
    { requests: 'search from 1 to 16 in flight, that hold E2E 2000 ms for 99.5 %' },
  ],
  [
    { arrival: { process: 'constant' }, search: { slo: { tpot_ms: 50 }, from: 0.5, to: 16 } },
    { requests: 'search from 0.5 to 16 requests/s, constant, that hold TPOT 50 ms for 99 %' },
  ],
])('%j', (workload, expected) => {
  expect(loadText(workloadSchema.parse(workload))).toEqual({ ...PLAIN, ...expected });
});
