/** The plugin as a whole: its section, its requests, its checks and the model that it is given. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance, type Backend } from '@llem/core';
import { SIMULATED_VLLM } from '@llem/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as plugin from './backend.js';
import { artifactsOf, experimentWith } from './experiment.fixture.js';
import { OPTION_TABLE } from './options.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-vllm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const make = (settings: object = {}): Backend =>
  createInstance('backend', 'vllm', plugin, { cacheDir: join(folder, 'cache') }, settings);

const dataset = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};

describe('options', () => {
  const described = z.looseObject({ description: z.string().min(10) });

  test('are many, each with what it does and the default of a release', () => {
    expect(Object.keys(OPTION_TABLE).length).toBeGreaterThan(90);
    const withoutDefault = Object.entries(OPTION_TABLE).filter(
      ([, { about }]) =>
        !about.includes('Default: ') && !/of which one is enough|How enable_eplb|in detail/.test(about),
    );
    expect(withoutDefault.map(([name]) => name)).toEqual([]);
  });

  test('are described to the last key of a mapping', () => {
    const properties = z.record(z.string(), described);
    const schema = z.looseObject({ properties }).parse(plugin.options.jsonSchema);
    for (const name of ['compilation_config', 'speculative_config', 'attention_config', 'eplb_config']) {
      z.looseObject({ properties }).parse(schema.properties[name]);
    }
  });

  test('stay the same when parsed again, and hold nothing that was not set', () => {
    const once = plugin.options.parse({ max_num_seqs: 8, extra: { 'numa-bind-nodes': [0] } });
    expect(once.ok && plugin.options.parse(once.value)).toEqual(once);
    expect(once.ok && once.value).toEqual({
      executable: 'vllm',
      max_num_seqs: 8,
      extra: { 'numa-bind-nodes': [0] },
    });
  });

  test.each([
    { max_num_seq: 8 },
    { max_num_seqs: '8' },
    { gpu_memory_utilization: 1.2 },
    { kv_cache_dtype: 'fp9' },
    { compilation_config: { cudagraph_mod: 'FULL' } },
    { lora_modules: { 'a b': '/x' } },
    { extra: { '--x': true } },
  ])('refuse %j', (wrong) => {
    expect(plugin.options.parse(wrong).ok).toBe(false);
  });
});

describe('requests', () => {
  const dialect = (settings: object, workload: object = {}) =>
    make(settings).dialect(experimentWith({ workload }), artifactsOf(), dataset);

  test('complete prompts to an exact length, and tell their usage with every event', () => {
    expect(dialect({})).toMatchObject({
      path: '/v1/completions',
      body: {
        model: 'meta-llama/Llama-3.1-8B',
        prompt: '{prompt}',
        max_tokens: '{output_tokens}',
        ignore_eos: true,
        stream: true,
        stream_options: { include_usage: true, continuous_usage_stats: true },
      },
      stream: { eventPerToken: false },
    });
  });

  test('are chats where the study asks, and let the model end where it may', () => {
    const { path, body } = dialect({}, { api: 'chat', ignore_eos: false });
    expect(path).toBe('/v1/chat/completions');
    expect(body).toMatchObject({ messages: '{messages}', ignore_eos: false });
  });

  test.each([
    [{ a: '/a' }, undefined, 'a'],
    [{ a: '/a', b: '/b' }, undefined, 'meta-llama/Llama-3.1-8B'],
    [{ a: '/a', b: '/b' }, 'b', 'b'],
  ])('of adapters %j with %s asked for use %s', (lora_modules, lora_request, expected) => {
    const settings = { enable_lora: true, lora_modules, ...(lora_request && { lora_request }) };
    expect(dialect(settings).body['model']).toBe(expected);
  });
});

test('is installed where its program can be run, and a container is made from its own image unless another is named', async () => {
  expect(await make({ executable: SIMULATED_VLLM }).isInstalled?.()).toBe(true);
  expect(await make({ executable: '/nowhere/vllm' }).isInstalled?.()).toBe(false);
  const backend = make();
  const imageOf = (image: string | null) => {
    const target = { host: '0.0.0.0', port: 8000, container: { image } };
    return backend.service(experimentWith(), artifactsOf(), target, null).container?.image;
  };
  expect([imageOf(null), imageOf('mine:1')]).toEqual([backend.image?.(experimentWith()), 'mine:1']);
});

test('the machine is looked at where the server runs on it, and nowhere else', () => {
  const backend = make({ max_num_seqs: 8 });
  expect(backend.checks('process').map(({ id }) => id)).toEqual(['vllm.executable', 'vllm.flags']);
  expect(backend.checks('container')).toEqual([]);
  expect(backend.checks('elsewhere')).toEqual([]);
});

test('a model of this machine is known when a study is planned, and needs no network', async () => {
  const path = join(folder, 'model');
  await mkdir(path);
  const config = { num_attention_heads: 6, max_position_embeddings: 4096, vocab_size: 1000 };
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  const backend = make({ tensor_parallel_size: 4, load_format: 'dummy' });
  expect(backend.localModel?.(path)).toEqual(config);
  const facts = { platform: 'linux', arch: 'x64', logicalCpus: 2, memoryBytes: 8e9, model: config };
  expect(backend.constraints(experimentWith({ model: path }), facts)).toEqual([
    {
      path: 'vllm.tensor_parallel_size',
      message: 'the 6 attention heads of the model do not divide by 4: use one of 1, 2, 3, 6',
    },
  ]);
  const artifacts = await backend.prepare(experimentWith({ model: path }), new AbortController().signal);
  expect(artifacts).toMatchObject({ modelRef: path, model: { randomWeights: true, contextLength: 4096 } });
});
