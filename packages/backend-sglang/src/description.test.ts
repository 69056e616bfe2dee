/** What is made of the answers of a running server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeEngine } from './description.js';
import { optionsSchema } from './options.js';

/** In the manner of SGLang 0.5.23: what it was given, with everything filled in, at the top. */
const INFO = {
  version: '0.5.23',
  model_path: 'a/b',
  api_key: 'secret',
  admin_api_key: null,
  dtype: 'bfloat16',
  kv_cache_dtype: 'fp8_e4m3',
  mem_fraction_static: 0.85,
  chunked_prefill_size: 4096,
  tp_size: 1,
  dp_size: 1,
  attn_dp_size: 1,
  enable_dp_attention: false,
  schedule_conservativeness: 1,
  disable_overlap_schedule: true,
  disable_cuda_graph: false,
  speculative_algorithm: null,
  fp8_gemm_runner_backend: 'cutlass',
  cuda_graph_config: {
    decode: { backend: 'full', max_bs: 32, bs: [1, 2, 32] },
    prefill: { backend: 'disabled', max_bs: 4096 },
  },
  sampling_defaults: 'openai',
  max_total_num_tokens: 65_536,
  launch_command: '--api-key secret',
  internal_states: [
    { effective_max_running_requests_per_dp: 16, memory_usage: { weight: 14.9 }, api_key: 'x' },
  ],
};

async function describe(settings: object, pages: Readonly<Record<string, unknown>>) {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200).end(JSON.stringify(page));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  try {
    const endpoint = { baseUrl: `http://127.0.0.1:${port}` };
    return await describeEngine(optionsSchema.parse(settings), endpoint, new AbortController().signal);
  } finally {
    server.close();
  }
}

const differences = async (settings: object, info: object = {}) =>
  (await describe(settings, { '/server_info': { ...INFO, ...info } })).differences.map(
    ({ option }) => option,
  );

test('version, configuration and size of the cache; no key of anybody', async () => {
  const facts = await describe({}, { '/server_info': INFO });
  expect(facts.version).toBe('0.5.23');
  expect(facts.kvCacheTokens).toBe(65_536);
  expect(facts.details).toMatchObject({
    kv_cache_dtype: 'fp8_e4m3',
    fp8_gemm_runner_backend: 'cutlass',
    effective_max_running_requests_per_dp: 16,
    memory_usage: { weight: 14.9 },
  });
  expect(JSON.stringify(facts)).not.toContain('secret');
  expect(facts.details).not.toHaveProperty('speculative_algorithm');
});

test('a release that has the older page alone, and one that has none', async () => {
  expect((await describe({}, { '/get_server_info': INFO })).version).toBe('0.5.23');
  const none = await describe({ dtype: 'half' }, {});
  expect(none).toEqual({ version: null, details: {}, kvCacheTokens: null, differences: [] });
});

test('copies and groups have as many tokens each', async () => {
  const pages = { '/server_info': INFO };
  expect((await describe({ dp_size: 2 }, pages)).kvCacheTokens).toBe(131_072);
  expect((await describe({ tp_size: 4, attn_dp_size: 4 }, pages)).kvCacheTokens).toBe(262_144);
});

test.each<[string, object, object, readonly string[]]>([
  [
    'what runs as asked',
    { dtype: 'bfloat16', chunked_prefill_size: 4096, mem_fraction_static: 0.85 },
    {},
    [],
  ],
  ['what runs otherwise', { kv_cache_dtype: 'fp8_e5m2' }, {}, ['sglang.kv_cache_dtype']],
  ['what was left to it', { kv_cache_dtype: 'auto' }, {}, []],
  ['what it does not tell', { page_size: 64 }, {}, []],
  [
    'a switch that it turned on',
    { disable_overlap_schedule: false },
    {},
    ['sglang.disable_overlap_schedule'],
  ],
  ['another spelling', { kv_cache_dtype: 'bf16' }, { kv_cache_dtype: 'bfloat16' }, []],
  ['a value under another name', { fp8_gemm_backend: 'triton' }, {}, ['sglang.fp8_gemm_backend']],
  ['a size of graphs', { cuda_graph_max_bs_decode: 64 }, {}, ['sglang.cuda_graph_max_bs_decode']],
  ['graphs that are on after all', { disable_cuda_graph: true }, {}, ['sglang.disable_cuda_graph']],
  ['graphs that are off', { disable_prefill_cuda_graph: true }, {}, []],
  [
    'no graphs, as older releases tell it',
    { disable_cuda_graph: true },
    { disable_cuda_graph: true, cuda_graph_config: undefined },
    [],
  ],
  [
    'groups, as newer releases tell them',
    { tp_size: 2, dp_size: 2, enable_dp_attention: true, chunked_prefill_size: 8192 },
    { tp_size: 2, attn_dp_size: 2 },
    [],
  ],
  [
    'groups, as older releases tell them',
    { tp_size: 2, dp_size: 2, enable_dp_attention: true },
    { tp_size: 2, dp_size: 2, enable_dp_attention: true, attn_dp_size: undefined },
    [],
  ],
  [
    'an algorithm under its other name',
    { speculative_algorithm: 'NEXTN' },
    { speculative_algorithm: 'EAGLE' },
    [],
  ],
])('%s', async (_, settings, info, expected) => {
  expect(await differences(settings, info)).toEqual(expected);
});
