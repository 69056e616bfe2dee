/** The simulated vLLM: its command line, its pages, what it refuses and how it empties its cache. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { launchSimulated, startSimulatedServer } from '../launch.js';
import type { EngineOptionsInput } from '../options.js';
import type { SimulatedEngine } from '../server.js';
import type { Environment } from './dialect.js';

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const DEVELOPED = { VLLM_SERVER_DEV_MODE: '1' };

async function start(flags = '', set: EngineOptionsInput = {}, env: Environment = {}) {
  const argv = `serve ${MODEL} --host 127.0.0.1 --port 0 ${flags}`.trim().split(/\s+/);
  const engine = await startSimulatedServer('vllm', argv, { ttftMs: 0, itlMs: 0, ...set }, env);
  engines.push(engine);
  return engine;
}

const said = async (line: string) => {
  const reading = await launchSimulated('vllm', line.split(' '));
  if (reading.kind === 'launch') throw new Error('it serves');
  return reading;
};
const served = async (line: string) => {
  const reading = await launchSimulated('vllm', line.split(' '));
  if (reading.kind === 'spoken') throw new Error(reading.stderr);
  return reading.options;
};

const post = (engine: SimulatedEngine, path: string, body: object = {}) =>
  fetch(`${engine.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const completion = (tokens: number, fields: object = {}) => ({
  model: MODEL,
  prompt: Array.from({ length: 64 }, (_, id) => id),
  max_tokens: tokens,
  ignore_eos: true,
  ...fields,
});
const usageSchema = z.looseObject({ usage: z.record(z.string(), z.unknown()) });
const get = async (engine: SimulatedEngine, path: string) => fetch(`${engine.baseUrl}${path}`);

describe('the command line', () => {
  it('takes what means something to a simulation, in every spelling', async () => {
    const line = `serve ${MODEL} --served-model-name a b --max_num_seqs=4 --max-model-len 4k --block-size 32 --num-gpu-blocks-override 100 -tp 2`;
    expect(await served(line)).toMatchObject({
      model: 'a',
      slots: 4,
      contextPerSlot: 4_000,
      kvTokens: 3_200,
      cache: { blockTokens: 32, capacityBlocks: 100 },
      speculation: null,
    });
  });

  it('takes JSON whole or by dotted names, and knows unique beginnings', async () => {
    const drafts = { speculation: { draftTokens: 4, acceptedTokens: 2 }, chunking: { tokensPerEvent: 3 } };
    expect(
      await served('serve m --speculative-config {"method":"ngram","num_speculative_tokens":4}'),
    ).toMatchObject(drafts);
    expect(
      await served('serve m --speculative-config.method ngram --speculative_config.num_speculative_tokens=4'),
    ).toMatchObject(drafts);
    expect(
      await served('serve m --no-enable-prefix-cach -O3 --compilation-config.cudagraph_mode NONE'),
    ).toMatchObject({
      cache: null,
    });
  });

  it('halves what a token takes in the KV cache with fp8', async () => {
    const line = 'serve m --kv-cache-memory-bytes 2G --kv-cache-dtype';
    expect((await served(`${line} bfloat16`)).kvTokens).toBe(16_384);
    expect((await served(`${line} fp8`)).kvTokens).toBe(32_768);
  });

  it.each([
    ['serve m --no-such-flag 3 --dtype auto', 'vllm: error: unrecognized arguments: --no-such-flag 3\n'],
    ['serve m extra', 'vllm: error: unrecognized arguments: extra\n'],
    ['serve m --port eighty', "vllm serve: error: argument --port: invalid int value: 'eighty'\n"],
    ['serve m --dtype', 'vllm serve: error: argument --dtype: expected one argument\n'],
    ['serve m --enable-l', 'vllm serve: error: ambiguous option: --enable-l could match '],
    ['bake', "vllm: error: argument subparser: invalid choice: 'bake' (choose from "],
  ])('refuses "%s" as argparse does', async (line, message) => {
    const { code, stderr, stdout } = await said(line);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^usage: vllm /);
    expect(stdout).toBe('');
  });

  it('tells its version, and its flags by groups, all, or those that are looked for', async () => {
    expect(await said('--version')).toMatchObject({ code: 0, stdout: '0.32.0\n' });
    expect((await said('serve --help')).stdout).not.toContain('--max-num-seqs');
    const all = (await said('serve --help=all')).stdout;
    expect(all).toContain('\n  --max-num-seqs MAX_NUM_SEQS\n');
    expect(all).toContain('\n  --enable-prefix-caching, --no-enable-prefix-caching\n');
    expect(all).toContain('\n  --tensor-parallel-size TENSOR_PARALLEL_SIZE, -tp TENSOR_PARALLEL_SIZE\n');
    expect((await said('serve --help=cacheconfig')).stdout).toMatch(/^CacheConfig:\n/);
    expect((await said('serve --help=max_num_seqs')).stdout).toContain("Arguments matching 'max-num-seqs'");
  });
});

describe('its pages', () => {
  it('tell that it is well, what it is and what it serves', async () => {
    const engine = await start('--max-model-len 2048');
    const health = await get(engine, '/health');
    expect([health.status, await health.text()]).toEqual([200, '']);
    expect(await (await get(engine, '/version')).json()).toEqual({ version: '0.32.0' });
    expect(await (await get(engine, '/v1/models')).json()).toMatchObject({
      data: [{ id: MODEL, owned_by: 'vllm', root: MODEL, max_model_len: 2_048 }],
    });
    expect((await get(engine, '/props')).status).toBe(404);
  });

  it('tell its configuration to developers only', async () => {
    const flags = '--kv-cache-dtype fp8 --max-num-batched-tokens 8192';
    expect((await get(await start(flags), '/server_info')).status).toBe(404);
    const engine = await start(flags, {}, DEVELOPED);
    expect(await (await get(engine, '/server_info?config_format=json')).json()).toMatchObject({
      vllm_config: {
        cache_config: { cache_dtype: 'fp8', block_size: 16, enable_prefix_caching: true },
        scheduler_config: { max_num_batched_tokens: 8_192, max_num_seqs: 256 },
      },
    });
    expect(await (await get(engine, '/server_info')).text()).toContain('cache_config={\\"');
  });

  it('have metrics by its names and labels', async () => {
    const engine = await start('--num-gpu-blocks-override 100 --speculative-config.num_speculative_tokens 2');
    await (await post(engine, '/v1/completions', completion(20))).text();
    const text = await (await get(engine, '/metrics')).text();
    const labels = `{engine="0",model_name="${MODEL}"}`;
    expect(text).toContain(`vllm:num_requests_running${labels} 0.0\n`);
    expect(text).toContain(
      `# TYPE vllm:generation_tokens_total counter\nvllm:generation_tokens_total${labels} 20.0\n`,
    );
    expect(text).toContain(`vllm:prompt_tokens_total${labels} 64.0\n`);
    expect(text).toContain(`vllm:spec_decode_num_draft_tokens_total${labels} 20.0\n`);
    expect(text).toContain(`vllm:spec_decode_num_accepted_tokens_total${labels} 10.0\n`);
    expect(text).toMatch(/vllm:cache_config_info\{block_size="16",.*num_gpu_blocks="100"\} 1\.0\n/);
  });
});

describe('a request', () => {
  it('may have fields that it does not know', async () => {
    const response = await post(await start(), '/v1/completions', completion(3, { no_such_field: 1 }));
    expect(response.status).toBe(200);
  });

  it('is refused for a model that it does not serve, and where it is not called JSON', async () => {
    const engine = await start();
    const other = await post(engine, '/v1/completions', completion(3, { model: 'other' }));
    expect([other.status, await other.json()]).toEqual([
      404,
      {
        error: {
          message: 'The model `other` does not exist.',
          type: 'NotFoundError',
          param: null,
          code: 404,
        },
      },
    ]);
    const body = JSON.stringify(completion(3));
    expect((await fetch(`${engine.baseUrl}/v1/completions`, { method: 'POST', body })).status).toBe(400);
  });

  it('is told of cached tokens only where the command line says so', async () => {
    for (const [flags, details] of [
      ['', undefined],
      ['--enable-prompt-tokens-details', { cached_tokens: 48 }],
    ] as const) {
      const engine = await start(flags);
      await (await post(engine, '/v1/completions', completion(1))).text();
      const again = await post(engine, '/v1/completions', completion(1));
      expect(usageSchema.parse(await again.json()).usage['prompt_tokens_details']).toEqual(details);
    }
  });

  it('streams the tokens of a step in one event, with usage in each where it is asked for', async () => {
    const engine = await start('--spec-tokens 4 --spec-method ngram');
    const asked = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };
    const text = await (await post(engine, '/v1/completions', completion(7, asked))).text();
    const usage = [...text.matchAll(/"completion_tokens":(\d+)/g)].map(([, tokens]) => Number(tokens));
    expect(usage).toEqual([3, 6, 7, 7]);
  });
});

it('begins a streamed chat with the role, before the first token', async () => {
  const engine = await start();
  const messages = [{ role: 'user', content: 'hello' }];
  const body = { model: MODEL, messages, max_tokens: 2, ignore_eos: true, stream: true };
  const [first, second] = (await (await post(engine, '/v1/chat/completions', body)).text()).split('\n\n');
  expect(first).toContain('"delta":{"role":"assistant","content":""}');
  expect(second).toContain('"delta":{"content":" a"}');
});

describe('the cache', () => {
  it('can be emptied by developers only', async () => {
    expect((await post(await start(), '/reset_prefix_cache')).status).toBe(404);
  });

  it('is emptied where nothing runs; where something does, 200 says that it was not', async () => {
    const engine = await start('', { itlMs: 5 }, DEVELOPED);
    const reset = async () => {
      const response = await post(engine, '/reset_prefix_cache');
      return [response.status, await response.json()];
    };
    const running = await post(engine, '/v1/completions', completion(1_000_000, { stream: true }));
    expect(await reset()).toEqual([200, { success: false }]);
    await running.body?.cancel();
    await expect.poll(reset).toEqual([200, { success: true }]);
    await (await post(engine, '/v1/completions', completion(1))).text();
    expect(engine.ledger.entries.at(-1)?.cachedTokens).toBe(0);
  });
});
