/** The simulated TensorRT-LLM: its command line, its options file, its pages and what it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { launchSimulated, startSimulatedServer } from '../launch.js';
import type { SimulatedEngine } from '../server.js';

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
const folder = mkdtempSync(join(tmpdir(), 'llem-trtllm-'));
afterAll(() => rmSync(folder, { recursive: true }));

function optionsFile(text: string): string {
  const path = join(folder, 'options.yaml');
  writeFileSync(path, text);
  return path;
}

async function start(options = '{}') {
  const argv = ['serve', 'org/m', '--host', '127.0.0.1', '--port', '0', '--config', optionsFile(options)];
  const engine = await startSimulatedServer('trtllm', argv, { ttftMs: 0, itlMs: 0 });
  engines.push(engine);
  return engine;
}

const said = async (line: string) => {
  const reading = await launchSimulated('trtllm', line.split(' '));
  if (reading.kind === 'launch') throw new Error('it serves');
  return reading;
};
const served = async (line: string) => {
  const reading = await launchSimulated('trtllm', line.split(' '));
  if (reading.kind === 'spoken') throw new Error(reading.stderr);
  return reading.options;
};

const complete = (engine: SimulatedEngine, fields: object = {}, path = '/v1/completions') =>
  fetch(`${engine.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', max_tokens: 4, ignore_eos: true, ...fields }),
  });
const PROMPT = { prompt: Array.from({ length: 64 }, (_, id) => id) };
const errorSchema = z.object({ object: z.string(), type: z.string(), message: z.string() });
const get = (engine: SimulatedEngine, path: string) => fetch(`${engine.baseUrl}${path}`);

describe('the command line', () => {
  it('takes what means something to a simulation; the options file wins', async () => {
    const path = optionsFile(`
max_batch_size: 3
kv_cache_config: { max_tokens: 1000, enable_block_reuse: false }
speculative_config: { decoding_type: NGram, max_draft_len: 4 }
`);
    expect(
      await served(`org/m --max_batch_size 9 --max_seq_len 512 --extra_llm_api_options ${path}`),
    ).toMatchObject({
      model: 'm',
      host: 'localhost',
      slots: 3,
      contextPerSlot: 512,
      kvTokens: 1_024,
      cache: null,
      speculation: { draftTokens: 4, acceptedTokens: 2 },
    });
  });

  it.each([
    ['serve m --no_such_option 1', 'No such option: --no_such_option'],
    ['serve m --max-batch-size 1', 'No such option: --max-batch-size'],
    ['serve m --port x', "Invalid value for '--port': 'x' is not a valid integer."],
    ['serve --port 1', "Missing argument 'MODEL'."],
    ['serve m n', 'Got unexpected extra argument (n)'],
    ['serve m --tp_size', "Option '--tp_size' requires an argument."],
  ])('refuses "%s" as click does', async (line, message) => {
    const { code, stderr } = await said(line);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `Usage: trtllm-serve serve [OPTIONS] MODEL\nTry 'trtllm-serve serve --help' for help.\n\nError: ${message}\n`,
    );
  });

  it('tells its version with whatever it is asked, and its options', async () => {
    const { stdout } = await said('serve --help');
    expect(stdout).toMatch(/^\[TensorRT-LLM\] TensorRT LLM version: 1\.3\.0rc24\n/);
    expect(stdout).toContain('\n  --tensor_parallel_size, --tp_size INTEGER\n');
    expect(stdout).toContain('\n  --trust_remote_code\n');
  });

  it('refuses keys that an options file must not have, and a file that is not there', async () => {
    const path = optionsFile('kv_cache_config: { free_gpu_memory: 1 }\nno_such_key: 2\n');
    const { code, stderr } = await said(`m --config ${path}`);
    expect(code).toBe(1);
    expect(stderr).toContain('2 validation errors for TorchLlmArgs\nkv_cache_config.free_gpu_memory\n');
    expect(stderr).toContain('\nno_such_key\n  Extra inputs are not permitted [type=extra_forbidden');
    const missing = await said('m --config /nowhere.yaml');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("No such file or directory: '/nowhere.yaml'");
  });
});

describe('its pages', () => {
  it('tell that it is well, what it is and what it serves; none empties the cache', async () => {
    const engine = await start();
    expect((await get(engine, '/health')).status).toBe(200);
    expect(await (await get(engine, '/version')).json()).toEqual({ version: '1.3.0rc24' });
    expect(await (await get(engine, '/v1/models')).json()).toMatchObject({
      data: [{ id: 'm', owned_by: 'tensorrt_llm' }],
    });
    expect((await fetch(`${engine.baseUrl}/reset_prefix_cache`, { method: 'POST' })).status).toBe(404);
    expect((await get(engine, '/prometheus/metrics')).status).toBe(404);
  });

  it('tell of iterations once: a second reader finds nothing', async () => {
    const engine = await start('enable_iter_perf_stats: true');
    const iterations = async () => (await get(engine, '/metrics')).json();
    expect(await iterations()).toEqual([]);
    await (await complete(engine, PROMPT)).text();
    expect(await iterations()).toMatchObject([
      { numActiveRequests: 0, numCompletedRequests: 1, kvCacheStats: { tokensPerBlock: 32 } },
    ]);
    expect(await iterations()).toEqual([]);
  });

  it('have metrics by its names where the options file says so', async () => {
    const engine = await start(
      'return_perf_metrics: true\nenable_iter_perf_stats: true\nspeculative_config: { decoding_type: MTP, max_draft_len: 2 }',
    );
    const metrics = async () => (await get(engine, '/prometheus/metrics')).text();
    const before = await metrics();
    expect(before).toMatch(/^trtllm_kv_cache_config_info\{.*page_size="32"\} 1\.0$/m);
    expect(before).not.toContain('trtllm_kv_cache_max_blocks');
    await (await complete(engine, PROMPT)).text();
    const text = await metrics();
    const labels = '{engine_type="undefined",model_name="undefined"}';
    expect(text).toContain(`trtllm_num_requests_running${labels} 0.0\n`);
    expect(text).toContain(`trtllm_generation_tokens_total${labels} 4.0\n`);
    expect(text).toContain(`trtllm_spec_decode_num_draft_tokens_total${labels} 4.0\n`);
    expect(text).toContain(`trtllm_spec_decode_num_accepted_tokens_total${labels} 2.0\n`);
  });
});

describe('a request', () => {
  it('must not have fields that it does not know', async () => {
    const engine = await start();
    const chat = { messages: [{ role: 'user', content: 'hello' }] };
    const asked = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };
    for (const [fields, path] of [
      [{ ...PROMPT, ...asked }, '/v1/completions'],
      [{ ...chat, ...asked }, '/v1/chat/completions'],
    ] as const) {
      expect((await complete(engine, fields, path)).status).toBe(200);
      const refused = await complete(engine, { ...fields, cache_prompt: true }, path);
      expect(refused.status).toBe(400);
      const { object, type, message } = errorSchema.parse(await refused.json());
      expect([object, type]).toEqual(['error', 'BadRequestError']);
      expect(message).toContain("('body', 'cache_prompt')");
    }
    const nested = await complete(engine, { ...PROMPT, stream: true, stream_options: { usage: true } });
    expect(nested.status).toBe(400);
  });

  it('is told of cached tokens', async () => {
    const engine = await start();
    await (await complete(engine, PROMPT)).text();
    expect(await (await complete(engine, PROMPT)).json()).toMatchObject({
      usage: { prompt_tokens: 64, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 32 } },
    });
  });
});
