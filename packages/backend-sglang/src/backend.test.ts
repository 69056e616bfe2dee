/** The plugin as the harness meets it, with the simulated SGLang. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance, runCheck, type Backend } from '@llem/core';
import { SIMULATED_SGLANG, startSimulatedServer, type SimulatedEngine } from '@llem/testkit';
import { afterAll, afterEach, expect, test } from 'vitest';
import * as plugin from './backend.js';
import { artifactsOf, experimentWith } from './experiment.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'llem-sglang-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const make = (settings: object = {}): Backend =>
  createInstance('backend', 'sglang', plugin, { cacheDir: join(folder, 'cache') }, settings);

const signal = new AbortController().signal;

let running: SimulatedEngine | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

/** Started with the command of the backend, but for the program. */
async function served(backend: Backend) {
  const target = { host: '127.0.0.1', port: 0 };
  const { command, env } = backend.service(experimentWith(), artifactsOf(), target, null);
  running = await startSimulatedServer('sglang', command.slice(1), {}, env);
  return { baseUrl: running.baseUrl };
}

test('computes on GPUs, tells its metrics, and can empty its cache', () => {
  const backend = make();
  expect(backend.computesOn).toBe('gpu');
  expect(backend.serverMetrics?.path).toBe('/metrics');
  expect('resetCache' in backend).toBe(true);
});

test('is installed where its program can be run, and a container is made from its own image unless another is named', async () => {
  expect(await make({ executable: SIMULATED_SGLANG }).isInstalled?.()).toBe(true);
  expect(await make({ executable: '/nowhere/sglang' }).isInstalled?.()).toBe(false);
  const backend = make();
  const imageOf = (image: string | null) => {
    const target = { host: '0.0.0.0', port: 8000, container: { image } };
    return backend.service(experimentWith(), artifactsOf(), target, null).container?.image;
  };
  expect([imageOf(null), imageOf('mine:1')]).toEqual([backend.image?.(experimentWith()), 'mine:1']);
});

test('options stay the same when parsed again, and a misspelt one is told with the known ones', () => {
  const once = plugin.options.parse({ tp_size: 2, extra: { 'grammar-backend': 'none' } });
  expect(once.ok && plugin.options.parse(once.value)).toEqual(once);
  const typo = plugin.options.parse({ mem_fraction: 0.8 });
  expect(typo.ok ? [] : typo.issues).toMatchObject([{ kind: 'unknown-key', path: ['mem_fraction'] }]);
  expect(typo.ok ? [] : typo.issues[0]?.knownKeys).toContain('mem_fraction_static');
});

test('a server that was started by its command is described as it was asked for', async () => {
  const backend = make({
    max_total_tokens: 4096,
    page_size: 16,
    kv_cache_dtype: 'fp8_e4m3',
    chunked_prefill_size: -1,
    cuda_graph_bs_decode: [1, 2, 4],
    disable_overlap_schedule: true,
    lora_paths: { sql: 'org/sql' },
  });
  const facts = await backend.describe(await served(backend), signal);
  expect(facts.version).toMatch(/^0\.5\.\d+$/);
  expect(facts.kvCacheTokens).toBe(4096);
  expect(facts.details).toMatchObject({ kv_cache_dtype: 'fp8_e4m3', chunked_prefill_size: -1 });
  expect(facts.differences).toEqual([]);
});

test('its cache is emptied, and its health, metrics and model are where they are looked for', async () => {
  const backend = make();
  const endpoint = await served(backend);
  expect(await backend.resetCache?.(endpoint, signal)).toBe(true);
  const get = async (path: string) => (await fetch(`${endpoint.baseUrl}${path}`)).text();
  const metrics = await get(backend.serverMetrics?.path ?? '');
  for (const name of ['running', 'waiting', 'kvUse'] as const) {
    expect(metrics).toContain(backend.serverMetrics?.names[name]);
  }
  expect(await get('/v1/models')).toContain('meta-llama/Llama-3.1-8B');
});

test('the program of this machine is found, with every flag that is used and without those that it lacks', async () => {
  const found = async (settings: object) => {
    const checks = make({ executable: SIMULATED_SGLANG, ...settings }).checks('process');
    return Promise.all(checks.map(async (check) => ({ id: check.id, ...(await runCheck(check, 20_000)) })));
  };
  const all = await found({
    tp_size: 2,
    attn_dp_size: 2,
    lora_paths: { a: 'org/a' },
    disable_cuda_graph: true,
  });
  expect(all.map(({ id, status }) => [id, status])).toEqual([
    ['sglang.executable', 'ok'],
    ['sglang.flags', 'ok'],
  ]);
  const [, flags] = await found({ torchao_config: 'int8wo', extra: { 'no-such-flag': 1 } });
  expect(flags?.status).toBe('failed');
  expect(flags?.message).toContain('--torchao-config (sglang.torchao_config, releases <0.5.18)');
  expect(flags?.message).toContain('--no-such-flag (sglang.extra.no-such-flag)');
});

test('a model of this machine is known when a study is planned, and needs no network', async () => {
  const path = join(folder, 'model');
  mkdirSync(path);
  const config = { num_attention_heads: 6, max_position_embeddings: 4096, vocab_size: 1000 };
  writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  const backend = make({ tp_size: 4, load_format: 'dummy' });
  expect(backend.localModel?.(path)).toEqual(config);
  const facts = { platform: 'linux', arch: 'x64', logicalCpus: 2, memoryBytes: 8e9, model: config };
  expect(backend.constraints(experimentWith({ model: path }), facts).map(({ path: at }) => at)).toEqual([
    'sglang.tp_size',
  ]);
  const artifacts = await backend.prepare(experimentWith({ model: path }), signal);
  expect(artifacts).toMatchObject({ modelRef: path, model: { randomWeights: true, contextLength: 4096 } });
});
