/** What is made of what a running engine tells. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { askedConfiguration, describeEngine } from './description.js';
import { optionsSchema } from './options.js';

const PAGE = `# HELP trtllm_kv_cache_config_info KV cache configuration info
# TYPE trtllm_kv_cache_config_info gauge
trtllm_kv_cache_config_info{cache_dtype="auto",enable_block_reuse="False",free_gpu_memory_fraction="0.9",page_size="32",pid="7"} 1.0
trtllm_parallel_config_info{tensor_parallel_size="2",pipeline_parallel_size="1",expert_parallel_size="-1"} 1.0
trtllm_model_config_info{model="org/model",dtype="bfloat16",quantization="None",max_model_len="None"} 1.0
trtllm_kv_cache_max_blocks{model_name="undefined"} 1000.0
trtllm_kv_cache_tokens_per_block{model_name="undefined"} 32.0
`;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const described = async (pages: Readonly<Record<string, string>>, settings: object = {}) => {
  const server = createServer(({ url = '' }, response) => {
    const page = pages[url];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  }).listen(0, '127.0.0.1');
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const endpoint = { baseUrl: `http://127.0.0.1:${port}` };
  return describeEngine(optionsSchema.parse(settings), endpoint, new AbortController().signal);
};

test('version, configuration and the size of the cache, as a late release tells them', async () => {
  const facts = await described({ '/version': '{"version":"1.3.0rc24"}', '/prometheus/metrics': PAGE });
  expect(facts).toMatchObject({
    version: '1.3.0rc24',
    kvCacheTokens: 32_000,
    differences: [],
    details: {
      kv_cache_config: { enable_block_reuse: false, free_gpu_memory_fraction: 0.9 },
      model_config: { dtype: 'bfloat16', quantization: null },
      asked: { return_perf_metrics: true },
    },
  });
});

test('an option that it runs with otherwise than asked', async () => {
  const { differences } = await described(
    { '/version': '{"version":"1.3.0rc24"}', '/prometheus/metrics': PAGE },
    {
      tp_size: 2,
      max_seq_len: 512,
      kv_cache_config: { enable_block_reuse: true, dtype: 'fp8', tokens_per_block: 32 },
    },
  );
  expect(differences).toEqual([
    { option: 'trtllm.kv_cache_config.enable_block_reuse', asked: true, actual: false },
    { option: 'trtllm.kv_cache_config.dtype', asked: 'fp8', actual: 'auto' },
  ]);
});

test('a type that is left to the engine is none that it does not keep', async () => {
  const page = PAGE.replace('cache_dtype="auto"', 'cache_dtype="fp8"');
  const { differences } = await described(
    { '/version': '{"version":"1.3.0rc24"}', '/prometheus/metrics': page },
    { kv_cache_config: { dtype: 'auto' } },
  );
  expect(differences).toEqual([]);
});

test('an early release, which tells its version alone', async () => {
  expect(await described({ '/version': '{"version":"1.2.0"}' }, { tp_size: 2 })).toEqual({
    version: '1.2.0',
    kvCacheTokens: null,
    differences: [],
    details: {
      asked: { tensor_parallel_size: 2, return_perf_metrics: true, enable_iter_perf_stats: true },
    },
  });
});

test('a server that tells nothing', async () => {
  expect(await described({})).toMatchObject({ version: null, kvCacheTokens: null });
});

describe('the merged configuration', () => {
  test('has flags under the names of LlmArgs, and the file wins', () => {
    expect(
      askedConfiguration(
        optionsSchema.parse({ tp_size: 2, max_batch_size: 8, kv_cache_config: { dtype: 'fp8' } }),
      ),
    ).toMatchObject({ tensor_parallel_size: 2, max_batch_size: 8, kv_cache_config: { dtype: 'fp8' } });
  });
});
