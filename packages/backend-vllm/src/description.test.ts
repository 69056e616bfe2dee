/** What is made of the answers of a running server. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeEngine } from './description.js';
import { optionsSchema } from './options.js';

const CONFIG = {
  model_config: {
    model: 'a',
    dtype: 'torch.bfloat16',
    max_model_len: 1024,
    quantization: null,
    hf_token: 'hf_secret',
    enforce_eager: true,
  },
  cache_config: {
    block_size: 16,
    cache_dtype: 'auto',
    enable_prefix_caching: true,
    _block_size_resolved: true,
  },
  scheduler_config: {
    max_num_seqs: 16,
    max_num_batched_tokens: 2048,
    policy: 'fcfs',
    async_scheduling: false,
  },
  parallel_config: { tensor_parallel_size: 1 },
  compilation_config: {
    mode: 0,
    cudagraph_mode: 0,
    cudagraph_capture_sizes: [],
    pass_config: { fuse_norm_quant: true },
  },
  kernel_config: { moe_backend: 'auto' },
  speculative_config: null,
  optimization_level: 2,
  instance_id: '1',
};

const info = (engine: number, labels: string) => `vllm:cache_config_info{engine="${engine}",${labels}} 1.0`;

async function describe(settings: object, pages: Readonly<Record<string, string>>) {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200).end(page);
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

const PAGES = {
  '/version': '{"version":"0.32.0"}',
  '/server_info?config_format=json': JSON.stringify({
    vllm_config: CONFIG,
    vllm_env: { VLLM_API_KEY: 'secret' },
    system_env: { torch_version: '2.13.0', pip_packages: 'many', nvidia_driver_version: null },
  }),
  '/metrics': info(0, 'kv_cache_size_tokens="262144",num_gpu_blocks="2048",block_size="16"'),
};

test('version, configuration and size of the cache, without secrets and what is of no use', async () => {
  expect(await describe({}, PAGES)).toEqual({
    version: '0.32.0',
    kvCacheTokens: 262_144,
    details: {
      optimization_level: 2,
      model_config: { model: 'a', dtype: 'torch.bfloat16', max_model_len: 1024, enforce_eager: true },
      cache_config: { block_size: 16, cache_dtype: 'auto', enable_prefix_caching: true },
      scheduler_config: {
        max_num_seqs: 16,
        max_num_batched_tokens: 2048,
        policy: 'fcfs',
        async_scheduling: false,
      },
      parallel_config: { tensor_parallel_size: 1 },
      compilation_config: { mode: 0, cudagraph_mode: 0, cudagraph_capture_sizes: [] },
      kernel_config: { moe_backend: 'auto' },
      torch_version: '2.13.0',
    },
    differences: [],
  });
});

test('what runs otherwise than asked is told, and other spellings of the same are not', async () => {
  const { differences } = await describe(
    {
      dtype: 'half',
      max_model_len: 1024,
      kv_cache_dtype: 'fp8',
      max_num_seqs: 32,
      scheduling_policy: 'fcfs',
      compilation_config: { mode: 'VLLM_COMPILE', cudagraph_mode: 'NONE' },
      speculative_config: { method: 'ngram', num_speculative_tokens: 3 },
      trust_remote_code: true,
      load_format: 'auto',
    },
    PAGES,
  );
  expect(differences).toEqual([
    { option: 'vllm.dtype', asked: 'half', actual: 'torch.bfloat16' },
    { option: 'vllm.kv_cache_dtype', asked: 'fp8', actual: 'auto' },
    { option: 'vllm.max_num_seqs', asked: 32, actual: 16 },
    { option: 'vllm.compilation_config.mode', asked: 'VLLM_COMPILE', actual: 0 },
  ]);
});

test('what was left to vLLM is no difference, whatever it chose', async () => {
  const { differences } = await describe(
    { dtype: 'auto', moe_backend: 'auto', max_model_len: 'auto' },
    PAGES,
  );
  expect(differences).toEqual([]);
});

test('without the development mode the metrics tell of the cache, that of older releases in blocks, of every engine', async () => {
  const labels =
    'block_size="16",num_gpu_blocks="100",cache_dtype="fp8_e4m3",enable_prefix_caching="True",sliding_window="None",gpu_memory_utilization="0.9"';
  const facts = await describe(
    { kv_cache_dtype: 'fp8', enable_prefix_caching: false, gpu_memory_utilization: 0.9 },
    { '/version': PAGES['/version'], '/metrics': `${info(0, labels)}\n${info(1, labels)}` },
  );
  expect(facts.kvCacheTokens).toBe(3200);
  expect(facts.details['cache_config']).toMatchObject({ block_size: 16, cache_dtype: 'fp8_e4m3' });
  expect(facts.differences).toEqual([{ option: 'vllm.enable_prefix_caching', asked: false, actual: true }]);
});

test('a server that tells nothing has no facts, and one that is gone is an error', async () => {
  expect(await describe({ dtype: 'half' }, {})).toEqual({
    version: null,
    details: {},
    kvCacheTokens: null,
    differences: [],
  });
  await expect(
    describeEngine(optionsSchema.parse({}), { baseUrl: 'http://127.0.0.1:9' }, new AbortController().signal),
  ).rejects.toThrow('does not answer');
});
