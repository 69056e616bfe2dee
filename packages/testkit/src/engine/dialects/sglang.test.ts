/** The simulated SGLang: its command line, its pages, its check of health and how it empties its cache. */
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

async function start(flags = '', set: EngineOptionsInput = {}, env: Environment = {}) {
  const argv = `serve --model-path m --port 0 ${flags}`.trim().split(/\s+/);
  const engine = await startSimulatedServer('sglang', argv, { ttftMs: 0, itlMs: 0, ...set }, env);
  engines.push(engine);
  return engine;
}

const said = async (line: string) => {
  const reading = await launchSimulated('sglang', line.split(' '));
  if (reading.kind === 'launch') throw new Error('it serves');
  return reading;
};
const served = async (line: string) => {
  const reading = await launchSimulated('sglang', line.split(' '));
  if (reading.kind === 'spoken') throw new Error(reading.stderr);
  return reading.options;
};

const complete = (engine: SimulatedEngine, fields: object = {}) =>
  fetch(`${engine.baseUrl}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'whatever',
      prompt: Array.from({ length: 64 }, (_, id) => id),
      max_tokens: 3,
      ignore_eos: true,
      ...fields,
    }),
  });
const get = (engine: SimulatedEngine, path: string) => fetch(`${engine.baseUrl}${path}`);

describe('the command line', () => {
  it('takes what means something to a simulation, with the model by name or first', async () => {
    const flags =
      '--max-running-requests 4 --context-length 2048 --max-total-tokens 10000 --page-size 16 --tp 2 --speculative-algorithm EAGLE3 --speculative-num-draft-tokens 5';
    const options = {
      model: 'm',
      host: '127.0.0.1',
      port: 30_000,
      slots: 4,
      contextPerSlot: 2_048,
      kvTokens: 10_000,
      cache: { blockTokens: 16, capacityBlocks: 625 },
      speculation: { draftTokens: 4, acceptedTokens: 2 },
    };
    expect(await served(`serve --model-path m ${flags}`)).toMatchObject(options);
    expect(await served(`serve m ${flags}`)).toMatchObject(options);
    expect(await served('serve m --disable-radix-cache')).toMatchObject({ cache: null, speculation: null });
  });

  it.each([
    ['serve m --no-such-flag', 'sglang serve: error: unrecognized arguments: --no-such-flag\n'],
    ['serve --port 1', 'sglang serve: error: the following arguments are required: --model-path/--model\n'],
    ['serve m --page-size x', "sglang serve: error: argument --page-size: invalid int value: 'x'\n"],
    ['--version', 'sglang: error: the following arguments are required: subcommand\n'],
  ])('refuses "%s" as argparse does', async (line, message) => {
    const { code, stderr } = await said(line);
    expect(code).toBe(2);
    expect(stderr.endsWith(message)).toBe(true);
    expect(stderr).toMatch(/^usage: sglang /);
  });

  it('tells its version and its flags', async () => {
    expect((await said('version')).stdout).toMatch(/^sglang version: 0\.5\.23\n/);
    const { stdout } = await said('serve --help');
    expect(stdout).toContain('\n  --mem-fraction-static MEM_FRACTION_STATIC\n');
    expect(stdout).toContain('\n  --tp-size TP_SIZE, --tensor-parallel-size TP_SIZE\n');
    expect(stdout).toContain('\n  --enable-metrics\n');
  });
});

describe('its pages', () => {
  it('tell its settings, by the old name too', async () => {
    const engine = await start('--kv-cache-dtype fp8_e5m2 --tp-size 2');
    for (const path of ['/server_info', '/get_server_info']) {
      expect(await (await get(engine, path)).json()).toMatchObject({
        version: '0.5.23',
        model_path: 'm',
        tp_size: 2,
        kv_cache_dtype: 'fp8_e5m2',
        disable_radix_cache: false,
        max_total_num_tokens: 230_686,
      });
    }
  });

  it('have metrics only where they are asked for, by its names and labels', async () => {
    expect((await get(await start(), '/metrics')).status).toBe(404);
    const engine = await start(
      '--enable-metrics --speculative-algorithm NGRAM --speculative-num-draft-tokens 5',
    );
    await (await complete(engine)).text();
    const text = await (await get(engine, '/metrics')).text();
    const rank = 'engine_type="unified",model_name="m",moe_ep_rank="0",pp_rank="0",tp_rank="0"';
    expect(text).toContain(`sglang:num_running_reqs{${rank}} 0.0\n`);
    expect(text).toContain(`sglang:spec_accept_rate{${rank}} 0.5\n`);
    expect(text).toContain(
      'sglang:generation_tokens_total{engine_type="unified",is_streaming="true",model_name="m"} 3.0\n',
    );
  });

  it('make a token to see whether it is well, unless they are told not to', async () => {
    const engine = await start();
    expect((await get(engine, '/health')).status).toBe(200);
    expect(engine.ledger.entries).toMatchObject([{ path: '/health', outcome: 'completed' }]);
    const quiet = await start('', {}, { SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION: '0' });
    expect((await get(quiet, '/health')).status).toBe(200);
    expect(quiet.ledger.entries).toEqual([]);
    await get(quiet, '/health_generate');
    expect(quiet.ledger.tokens).toBe(1);
  });

  it('say 503 while it loads', async () => {
    const engine = await start('', { faults: { 'hang-at-start': true } });
    expect((await get(engine, '/health')).status).toBe(503);
  });
});

describe('a request', () => {
  it('may have fields that it does not know, and for any model', async () => {
    expect((await complete(await start(), { no_such_field: 1 })).status).toBe(200);
  });

  it('is told of cached tokens only where the command line says so', async () => {
    for (const [flags, details] of [
      ['', null],
      ['--enable-cache-report', { cached_tokens: 63 }],
    ] as const) {
      const engine = await start(flags);
      await (await complete(engine)).text();
      const body = z.looseObject({ usage: z.unknown() }).parse(await (await complete(engine)).json());
      expect(body.usage).toMatchObject({
        prompt_tokens: 64,
        prompt_tokens_details: details,
        reasoning_tokens: 0,
      });
    }
  });
});

it('empties its cache where nothing runs, and says 400 where something does', async () => {
  const engine = await start('', { itlMs: 5 });
  const flush = async () => (await fetch(`${engine.baseUrl}/flush_cache`, { method: 'POST' })).status;
  const running = await complete(engine, { max_tokens: 1_000_000, stream: true });
  expect(await flush()).toBe(400);
  await running.body?.cancel();
  await expect.poll(flush).toBe(200);
  await (await complete(engine)).text();
  expect(engine.ledger.entries.at(-1)?.cachedTokens).toBe(0);
});
