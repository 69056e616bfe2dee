/** The backend as a plugin: options, constraints, the commands it writes, what it makes of answers and ends. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance, type Backend, type workloadSchema } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as plugin from './backend.js';
import { artifacts, experimentWith } from './experiment.fixture.js';

const make = (settings: object = {}): Backend =>
  createInstance('backend', 'llamacpp', plugin, { cacheDir: join(tmpdir(), 'unused') }, settings);

const host = { platform: 'linux', arch: 'x64', logicalCpus: 2, memoryBytes: 8e9, model: null };
const target = { host: '127.0.0.1', port: 1234 };
const dataset = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};

test('is installed with its embedded engine, and with a llama-server where that can be run', async () => {
  expect(await make().isInstalled?.()).toBe(true);
  expect(await make({ executable: process.execPath }).isInstalled?.()).toBe(true);
  expect(await make({ executable: '/nowhere/llama-server' }).isInstalled?.()).toBe(false);
});

describe('options', () => {
  test('describe every setting', () => {
    const schema = z
      .object({ properties: z.record(z.string(), z.looseObject({ description: z.string() })) })
      .parse(plugin.options.jsonSchema);
    expect(Object.keys(schema.properties)).toContain('kv_type_v');
  });

  test('stay the same when parsed again', () => {
    const once = plugin.options.parse({ sequences: 2, extra: { 'no-warmup': true } });
    expect(once.ok && plugin.options.parse(once.value)).toEqual(once);
  });

  test('refuse an unknown key, a wrong type and a leading dash', () => {
    for (const wrong of [{ theads: 2 }, { threads: '2' }, { kv_type_k: 'f17' }, { extra: { '--x': true } }]) {
      expect(plugin.options.parse(wrong).ok).toBe(false);
    }
  });
});

describe('constraints', () => {
  test.each<readonly [string, object, z.input<typeof workloadSchema>, readonly string[]]>([
    ['the defaults', {}, {}, []],
    ['fewer sequences than requests', { sequences: 1 }, {}, []],
    ['more requests than llama.cpp has sequences', {}, { concurrency: 65_536 }, []],
    ['a context that is too small', { context: 199 }, {}, ['llamacpp.context']],
    ['a context that just fits', { context: 200 }, {}, []],
    [
      'a quantised value cache without flash attention',
      { kv_type_v: 'q8_0', flash_attention: 'off' },
      {},
      ['llamacpp.kv_type_v'],
    ],
    ['a quantised key cache without flash attention', { kv_type_k: 'q8_0', flash_attention: 'off' }, {}, []],
    ['pieces in the embedded engine', { ubatch_size: 64 }, {}, ['llamacpp.ubatch_size']],
    ['pieces as large as the step', { ubatch_size: 512 }, {}, []],
    ['pieces in a llama-server', { ubatch_size: 64, executable: 'x' }, {}, []],
    ['pieces larger than the step', { ubatch_size: 1024, executable: 'x' }, {}, ['llamacpp.ubatch_size']],
    ['a step smaller than the sequences', { batch_size: 3 }, {}, ['llamacpp.batch_size']],
    ['flags for the embedded engine', { extra: { seed: 1 } }, {}, ['llamacpp.extra']],
    ['flags for a llama-server', { extra: { seed: 1 }, executable: 'x' }, {}, []],
    [
      'a flag that an option decides',
      { extra: { ctx_size: 1 }, executable: 'x' },
      {},
      ['llamacpp.extra.ctx_size'],
    ],
    ['a slot that a llama-server ends early', { context: 200, executable: 'x' }, {}, ['llamacpp.context']],
    ['a shared prefix without a cache', {}, { shared_prefix_tokens: 50 }, ['workload.shared_prefix_tokens']],
    ['a shared prefix in a llama-server', { executable: 'x' }, { shared_prefix_tokens: 50 }, []],
    ['a chat', {}, { api: 'chat', ignore_eos: false }, []],
    ['a conversation that does not fit', { context: 599 }, { turns: 3 }, ['llamacpp.context']],
    [
      'metrics that are asked for already',
      { extra: { metrics: true }, executable: 'x' },
      {},
      ['llamacpp.extra.metrics'],
    ],
    ['a cache beyond all counts', { context: 100_000_000, sequences: 256 }, {}, ['llamacpp.sequences']],
  ])('judge %s', (_, settings, workload, paths) => {
    const found = make(settings).constraints(experimentWith(workload), host);
    expect(found.map(({ path }) => path)).toEqual(paths);
  });

  test('allow GPUs only to a llama-server', () => {
    for (const devices of ['all', [0]] as const) {
      const experiment = experimentWith({}, devices === 'all' ? 'all' : [...devices]);
      expect(make().constraints(experiment, host)).toMatchObject([{ path: 'devices' }]);
      expect(make({ executable: 'x' }).constraints(experiment, host)).toEqual([]);
    }
    expect(make().constraints(experimentWith({}, 'none'), host)).toEqual([]);
  });
});

describe('the service', () => {
  test('of the embedded engine is Node with every setting resolved', () => {
    const spec = make({ threads: 2 }).service(experimentWith({ concurrency: 6 }), artifacts, target, []);
    expect(spec.command[0]).toBe(process.execPath);
    expect(spec.command.slice(2)).toEqual([
      '--model=/models/a.gguf',
      '--alias=llem/tiny-1m',
      '--host=127.0.0.1',
      '--port=1234',
      '--threads=2',
      '--sequences=6',
      '--context=256',
      '--batch-size=512',
      '--flash-attention=auto',
      '--kv-type-k=f16',
      '--kv-type-v=f16',
      '--mmap=1',
    ]);
    expect(spec.readiness.path).toBe('/health');
  });

  test('of a llama-server shares out the context and leaves nothing to be fitted', () => {
    const backend = make({
      executable: 'llama-server',
      sequences: 2,
      kv_type_k: 'q8_0',
      mmap: false,
      extra: { 'no-warmup': true, perf: false, lv: 2, 'cache-reuse': 4 },
    });
    const { command, env } = backend.service(experimentWith(), artifacts, target, []);
    const line = command.join(' ');
    expect(line).toContain('--parallel 2 --ctx-size 512 --batch-size 512 --ubatch-size 512');
    expect(line).toContain('--cache-type-k q8_0');
    expect(line).toContain('--fit off --cache-ram 0 --device none --metrics');
    expect(line).toMatch(/--no-warmup -lv 2 --cache-reuse 4$/);
    expect(line).not.toContain('--threads');
    expect(env['LLAMA_ARG_LOAD_MODE']).toBe('none');
  });

  test('shows a llama-server the chosen GPUs', () => {
    const { command, env } = make({ executable: 'x' }).service(
      experimentWith({}, [1, 3]),
      artifacts,
      target,
      ['GPU-b', 'GPU-d'],
    );
    expect(env['CUDA_VISIBLE_DEVICES']).toBe('GPU-b,GPU-d');
    expect(command).toContain('--gpu-layers');
  });

  test('shows an engine for processors no GPU', () => {
    for (const settings of [{}, { executable: 'x' }]) {
      const { env } = make(settings).service(experimentWith({}, 'none'), artifacts, target, []);
      expect(env['CUDA_VISIBLE_DEVICES']).toBe('-1');
    }
  });
});

test('the dialect asks for exact lengths and a cold cache', () => {
  expect(make().dialect(experimentWith(), artifacts, dataset).body).toMatchObject({
    prompt: '{prompt}',
    max_tokens: '{output_tokens}',
    min_tokens: '{output_tokens}',
    ignore_eos: true,
    temperature: 0,
  });
  const server = make({ executable: 'x' }).dialect(experimentWith(), artifacts, dataset);
  expect(server.body).toMatchObject({ cache_prompt: false, ignore_eos: true });
  expect(server.headers).toMatchObject({ connection: 'close' });
  expect(server.stream.eventPerToken).toBe(false);
  expect(make().dialect(experimentWith(), artifacts, dataset).stream.eventPerToken).toBe(true);
});

test('the dialect of a chat sends messages and reads what is said and thought', () => {
  const embedded = make().dialect(experimentWith({ api: 'chat' }), artifacts, dataset);
  expect(embedded.path).toBe('/v1/chat/completions');
  expect(embedded.body).toMatchObject({
    messages: '{messages}',
    max_tokens: '{output_tokens}',
    ignore_eos: true,
  });
  expect(embedded.body).not.toHaveProperty('prompt');
  expect(embedded.stream.text).toContainEqual(['choices', 0, 'delta', 'content']);
  const server = make({ executable: 'x' }).dialect(experimentWith({ api: 'chat' }), artifacts, dataset);
  expect(server.stream.text).toContainEqual(['choices', 0, 'delta', 'reasoning_content']);
});

test('the dialect lets the model end its answers where that is asked for', () => {
  for (const settings of [{}, { executable: 'x' }]) {
    const { body } = make(settings).dialect(experimentWith({ ignore_eos: false }), artifacts, dataset);
    expect(body['ignore_eos']).toBe(false);
    expect(body).not.toHaveProperty('min_tokens');
  }
});

test('the dialect keeps the cache of a llama-server cold unless prompts are meant to hit it', () => {
  const caches = (workload: Parameters<typeof experimentWith>[0], facts = dataset) =>
    make({ executable: 'x' }).dialect(experimentWith(workload), artifacts, facts).body['cache_prompt'];
  expect(caches({})).toBe(false);
  expect(caches({ shared_prefix_tokens: 50 })).toBe(true);
  expect(caches({ turns: 2 })).toBe(true);
  expect(caches({}, { ...dataset, sharedPrefix: true })).toBe(true);
});

test('both engines tell what they serve and what waits, and a llama-server is told to', () => {
  expect(make().serverMetrics?.path).toBe('/metrics');
  expect(make().serverMetrics?.names).toMatchObject({ running: 'llamacpp:requests_processing' });
  expect(make({ executable: 'x' }).service(experimentWith(), artifacts, target, []).command).toContain(
    '--metrics',
  );
});

describe('the room of an engine', () => {
  const flag = (workload: Parameters<typeof experimentWith>[0], name: string) =>
    make()
      .service(experimentWith(workload), artifacts, target, [])
      .command.find((argument) => argument.startsWith(`--${name}=`));
  const slo = { ttft_ms: 500 };

  test('has a sequence for every request that may be in flight', () => {
    expect(flag({ concurrency: 6 }, 'sequences')).toBe('--sequences=6');
    expect(flag({ search: { slo, from: 1, to: 64 } }, 'sequences')).toBe('--sequences=64');
    expect(flag({ search: { slo, from: 1, to: 4096 } }, 'sequences')).toBe('--sequences=256');
    expect(flag({ arrival: { process: 'poisson', rate: 3 } }, 'sequences')).toBe('--sequences=16');
  });

  test('holds the longest request, all turns of a conversation, and what a template adds', () => {
    const lengths = { distribution: 'normal', mean: 300, sd: 100, min: 10, max: 600 } as const;
    expect(flag({ input_tokens: lengths, output_tokens: 160 }, 'context')).toBe('--context=768');
    expect(flag({ turns: 3 }, 'context')).toBe('--context=768');
    expect(flag({ turns: 3, api: 'chat' }, 'context')).toBe('--context=1024');
    expect(flag({ api: 'chat' }, 'context')).toBe('--context=512');
  });
});

describe('describing an engine', () => {
  const answering = async (status: number, body: string) => {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const facts = await make().describe(
      { baseUrl: `http://127.0.0.1:${port}` },
      new AbortController().signal,
    );
    server.close();
    server.closeAllConnections();
    return facts;
  };

  test('takes its build as the version', async () => {
    expect(
      await answering(
        200,
        '{"build_info":"b6789-abc","chat_template":"long","default_generation_settings":{"n_ctx":512}}',
      ),
    ).toMatchObject({
      version: 'b6789-abc',
      details: { build_info: 'b6789-abc', context_per_sequence: 512 },
    });
  });

  test.each([
    ['an unknown build', 200, '{"build_info":"b0-unknown"}', { build_info: 'b0-unknown' }],
    ['no build', 200, '{}', {}],
    ['no properties', 404, 'none', {}],
    ['nonsense', 200, '<html>', {}],
  ])('knows no version from %s', async (_, status, body, details) => {
    expect(await answering(status, body)).toEqual({
      version: null,
      details,
      kvCacheTokens: null,
      differences: [],
    });
  });

  test('fails with what to do when nothing answers', async () => {
    await expect(
      make().describe({ baseUrl: 'http://127.0.0.1:1' }, new AbortController().signal),
    ).rejects.toMatchObject({ code: 'LLEM_E_START' });
  });
});

describe('diagnosing an exit', () => {
  const server = make({ executable: 'llama-server' });
  test.each([
    ['error: invalid argument: --bogus', { code: 1, signal: null }, 'bad-arguments'],
    [
      "0.00.009.070 E srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 1",
      { code: 1, signal: null },
      'port-in-use',
    ],
    ['E common_init_: failed to load model', { code: 1, signal: null }, 'bad-model'],
    [
      "error loading model: unknown model architecture: 'x'\nfailed to load model",
      { code: 1, signal: null },
      'unsupported-model',
    ],
    [
      'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 9\nfailed to create context with model',
      { code: 1, signal: null },
      'out-of-memory',
    ],
    ['failed to create context with model', { code: 1, signal: null }, 'context-failed'],
    ['spawn llama-server ENOENT', { code: null, signal: null }, 'missing-executable'],
    ['', { code: 127, signal: null }, 'missing-executable'],
    ['loading', { code: null, signal: 'SIGKILL' }, 'killed'],
    ['loading', { code: 137, signal: null }, 'killed'],
    ['loading', { code: 139, signal: null }, 'crashed'],
    ['the bloom model: OOMpa loompa', { code: 1, signal: null }, null],
    ['', { code: 0, signal: null }, null],
  ])('makes of %j the right class', (log, exit, failureClass) => {
    const found = server.diagnose(exit, log);
    expect(found?.class ?? null).toBe(failureClass);
    if (found) expect(found.remedy).not.toBe('');
  });

  test('shows the line at fault without its time stamp', () => {
    const found = server.diagnose(
      { code: 1, signal: null },
      'a\n0.00.006.993 E cmn : failed to load model x\nb',
    );
    expect(found?.message).toBe('llama-server: cmn : failed to load model x');
  });
});
