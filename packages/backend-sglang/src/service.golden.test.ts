/** The whole start of a server, for settings as studies have them: on this machine and in the official image. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifacts, ServiceTarget, VisibleGpus } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { artifactsOf, experimentWith } from './experiment.fixture.js';
import { optionsSchema } from './options.js';
import { serviceSpec } from './service.js';

const HUB = '/home/me/.cache/huggingface';
const local: ServiceTarget = { host: '127.0.0.1', port: 8123 };
const inImage: ServiceTarget = { host: '0.0.0.0', port: 30_000, container: { image: null } };
const GPU = 'GPU-11111111-2222-3333-4444-555555555555';
const OTHER = 'GPU-66666666-7777-8888-9999-000000000000';

interface Case {
  readonly settings?: object;
  readonly model?: string;
  readonly artifacts?: Partial<Artifacts>;
  readonly gpus?: VisibleGpus;
}

const specOf = (target: ServiceTarget, { settings = {}, model, artifacts, gpus = [GPU] }: Case) =>
  serviceSpec(
    optionsSchema.parse(settings),
    { hubHome: HUB },
    experimentWith({ model }),
    artifactsOf(artifacts),
    target,
    gpus,
  );

/** What begins every start of these tests. */
const ALWAYS =
  '--model-path meta-llama/Llama-3.1-8B --served-model-name meta-llama/Llama-3.1-8B --host HOST --port PORT --revision abc123 --random-seed 0 --sampling-defaults openai --enable-metrics --enable-cache-report --decode-log-interval 8';

/** Settings, and the arguments that they add at the end. */
const CASES: readonly (readonly [name: string, settings: object, added: readonly string[]])[] = [
  ['nothing set', {}, []],
  [
    'precision and context',
    { dtype: 'bfloat16', context_length: 4096 },
    ['--context-length', '4096', '--dtype', 'bfloat16'],
  ],
  ['dummy weights', { load_format: 'dummy' }, ['--load-format', 'dummy']],
  [
    'fewer layers',
    { json_model_override_args: { num_hidden_layers: 2 } },
    ['--json-model-override-args', '{"num_hidden_layers":2}'],
  ],
  [
    'quantised while loading',
    { quantization: 'fp8', kv_cache_dtype: 'fp8_e4m3', fp8_gemm_backend: 'deep_gemm' },
    ['--quantization', 'fp8', '--fp8-gemm-backend', 'deep_gemm', '--kv-cache-dtype', 'fp8_e4m3'],
  ],
  [
    'an AWQ checkpoint',
    { quantization: 'awq_marlin', dtype: 'half' },
    ['--dtype', 'half', '--quantization', 'awq_marlin'],
  ],
  ['torchao', { torchao_config: 'int4wo-128' }, ['--torchao-config', 'int4wo-128']],
  [
    'memory',
    { mem_fraction_static: 0.85, max_total_tokens: 65_536 },
    ['--mem-fraction-static', '0.85', '--max-total-tokens', '65536'],
  ],
  [
    'batches and prompts in pieces',
    {
      max_running_requests: 64,
      max_prefill_tokens: 8192,
      chunked_prefill_size: 4096,
      enable_mixed_chunk: true,
    },
    [
      ...['--max-running-requests', '64', '--max-prefill-tokens', '8192', '--chunked-prefill-size', '4096'],
      '--enable-mixed-chunk',
    ],
  ],
  ['prompts whole', { chunked_prefill_size: -1 }, ['--chunked-prefill-size=-1']],
  ['switches that are off', { enable_mixed_chunk: false, disable_radix_cache: false }, []],
  [
    'the queue',
    { schedule_policy: 'lpm', schedule_conservativeness: 0.3, prefill_max_requests: 4 },
    ['--prefill-max-requests', '4', '--schedule-policy', 'lpm', '--schedule-conservativeness', '0.3'],
  ],
  [
    'work of the processor',
    {
      disable_overlap_schedule: true,
      num_continuous_decode_steps: 4,
      stream_interval: 8,
      sleep_on_idle: true,
    },
    [
      ...['--disable-overlap-schedule', '--num-continuous-decode-steps', '4'],
      ...['--stream-interval', '8', '--sleep-on-idle'],
    ],
  ],
  ['no prefix cache', { disable_radix_cache: true }, ['--disable-radix-cache']],
  ['pages', { page_size: 64, attention_backend: 'fa3' }, ['--page-size', '64', '--attention-backend', 'fa3']],
  [
    'a cache in the memory of the host',
    { enable_hierarchical_cache: true, hicache_size: 64, hicache_write_policy: 'write_back' },
    ['--enable-hierarchical-cache', '--hicache-size', '64', '--hicache-write-policy', 'write_back'],
  ],
  [
    'layers with states',
    { mamba_ssm_dtype: 'bfloat16', max_mamba_cache_size: 128, linear_attn_backend: 'cutedsl' },
    [
      ...['--max-mamba-cache-size', '128', '--mamba-ssm-dtype', 'bfloat16'],
      ...['--linear-attn-backend', 'cutedsl'],
    ],
  ],
  [
    'tensor and pipeline parallel',
    { tp_size: 2, pp_size: 2, disable_custom_all_reduce: true },
    ['--tp-size', '2', '--pp-size', '2', '--disable-custom-all-reduce'],
  ],
  [
    'copies',
    { dp_size: 2, load_balance_method: 'total_tokens' },
    ['--dp-size', '2', '--load-balance-method', 'total_tokens'],
  ],
  [
    'attention shared out by requests',
    { tp_size: 8, dp_size: 8, enable_dp_attention: true, enable_dp_lm_head: true },
    ['--tp-size', '8', '--dp-size', '8', '--enable-dp-attention', '--enable-dp-lm-head'],
  ],
  ['the same of newer releases', { tp_size: 8, attn_dp_size: 8 }, ['--tp-size', '8', '--attn-dp-size', '8']],
  [
    'experts',
    { tp_size: 8, ep_size: 8, moe_a2a_backend: 'deepep', moe_runner_backend: 'deep_gemm', enable_eplb: true },
    [
      ...['--tp-size', '8', '--ep-size', '8', '--moe-a2a-backend', 'deepep'],
      ...['--moe-runner-backend', 'deep_gemm', '--enable-eplb'],
    ],
  ],
  [
    'other kernels for prompts and for decoding',
    { prefill_attention_backend: 'fa3', decode_attention_backend: 'flashinfer', sampling_backend: 'pytorch' },
    [
      ...['--prefill-attention-backend', 'fa3', '--decode-attention-backend', 'flashinfer'],
      ...['--sampling-backend', 'pytorch'],
    ],
  ],
  ['no graphs', { disable_cuda_graph: true }, ['--disable-cuda-graph']],
  [
    'graphs of older releases',
    { cuda_graph_max_bs: 32, disable_cuda_graph_padding: true },
    ['--cuda-graph-max-bs', '32', '--disable-cuda-graph-padding'],
  ],
  [
    'sizes of graphs',
    { cuda_graph_bs_decode: [1, 8, 64], cuda_graph_max_bs_prefill: 2048 },
    ['--cuda-graph-bs-decode', '1', '8', '64', '--cuda-graph-max-bs-prefill', '2048'],
  ],
  [
    'graphs as one mapping',
    { cuda_graph_config: { prefill: { backend: 'disabled' } } },
    ['--cuda-graph-config', '{"prefill":{"backend":"disabled"}}'],
  ],
  [
    'compiled',
    { enable_torch_compile: true, torch_compile_max_bs: 8 },
    ['--enable-torch-compile', '--torch-compile-max-bs', '8'],
  ],
  [
    'drafts of a head',
    {
      speculative_algorithm: 'EAGLE3',
      speculative_draft_model_path: 'lmsys/sglang-EAGLE3-LLaMA3.1-Instruct-8B',
      speculative_num_steps: 3,
      speculative_eagle_topk: 1,
      speculative_num_draft_tokens: 4,
    },
    [
      ...['--speculative-algorithm', 'EAGLE3'],
      ...['--speculative-draft-model-path', 'lmsys/sglang-EAGLE3-LLaMA3.1-Instruct-8B'],
      ...['--speculative-num-steps', '3', '--speculative-eagle-topk', '1'],
      ...['--speculative-num-draft-tokens', '4'],
    ],
  ],
  [
    'drafts from what was there before',
    { speculative_algorithm: 'NGRAM', speculative_num_draft_tokens: 8, speculative_ngram_max_bfs_breadth: 4 },
    [
      ...['--speculative-algorithm', 'NGRAM', '--speculative-num-draft-tokens', '8'],
      ...['--speculative-ngram-max-bfs-breadth', '4'],
    ],
  ],
  [
    'adapters of the Hub',
    { lora_paths: { sql: 'org/sql', chat: 'org/chat' }, max_loras_per_batch: 2, lora_backend: 'triton' },
    [
      ...['--max-loras-per-batch', '2', '--lora-backend', 'triton'],
      ...['--lora-paths', 'sql=org/sql', 'chat=org/chat'],
    ],
  ],
  [
    'room for adapters',
    { enable_lora: true, max_lora_rank: 64, lora_target_modules: ['q_proj', 'v_proj'] },
    ['--enable-lora', '--max-lora-rank', '64', '--lora-target-modules', 'q_proj', 'v_proj'],
  ],
  [
    'weights in the memory of the host',
    { offload_group_size: 4, offload_num_in_group: 1 },
    ['--offload-group-size', '4', '--offload-num-in-group', '1'],
  ],
  [
    'further flags',
    { numa_node: [0, 1], extra: { 'enable-two-way': true, off: false, 'some-list': [1, 2], 'a-b': -1 } },
    ['--numa-node', '0', '1', '--enable-two-way', '--some-list', '1', '2', '--a-b=-1'],
  ],
];

const begin = (host: string, port: number) =>
  ALWAYS.split(' ').map((word) => (word === 'HOST' ? host : word === 'PORT' ? String(port) : word));

test('covers many configurations', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(25);
  expect(new Set(CASES.map(([, , added]) => added.join(' '))).size).toBeGreaterThanOrEqual(CASES.length - 1);
});

describe.each(CASES)('%s', (_, settings, added) => {
  test('on this machine', () => {
    expect(specOf(local, { settings })).toEqual({
      command: ['sglang', 'serve', ...begin('127.0.0.1', 8123), ...added],
      env: {
        CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
        CUDA_VISIBLE_DEVICES: GPU,
        ROCR_VISIBLE_DEVICES: '-1',
        SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION: '0',
      },
      target: local,
      readiness: { path: '/health', intervalMs: 200 },
      stopGraceS: 30,
    });
  });

  test('in the official image', () => {
    expect(specOf(inImage, { settings })).toEqual({
      command: ['sglang', 'serve', ...begin('0.0.0.0', 30_000), ...added],
      env: {
        SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION: '0',
        HF_HOME: '/llem/huggingface',
        HF_HUB_CACHE: '/llem/huggingface/hub',
      },
      target: inImage,
      readiness: { path: '/health', intervalMs: 200 },
      stopGraceS: 30,
      container: {
        image: 'lmsysorg/sglang:v0.5.17-cu130',
        entrypoint: null,
        gpus: [GPU],
        shmBytes: 34_359_738_368,
        ipc: 'private',
        ulimits: {},
        mounts: [{ source: HUB, target: '/llem/huggingface', readOnly: false, create: true }],
        passEnv: [
          'HF_TOKEN',
          'HUGGING_FACE_HUB_TOKEN',
          'HF_ENDPOINT',
          'HF_HUB_OFFLINE',
          'HTTPS_PROXY',
          'HTTP_PROXY',
          'NO_PROXY',
          'https_proxy',
          'http_proxy',
          'no_proxy',
        ],
      },
    });
  });
});

test('what is told more seldom because a study asks for it', () => {
  const { command } = specOf(local, { settings: { decode_log_interval: 40 } });
  expect(command.filter((word) => word === '--decode-log-interval')).toHaveLength(1);
  expect(command.slice(-2)).toEqual(['--decode-log-interval', '40']);
});

test('a Python that has SGLang is given the module', () => {
  const { command } = specOf(local, { settings: { executable: '/opt/sglang/bin/python3.12' } });
  expect(command.slice(0, 5)).toEqual([
    ...['/opt/sglang/bin/python3.12', '-m', 'sglang.launch_server'],
    ...['--model-path', 'meta-llama/Llama-3.1-8B'],
  ]);
});

test('a virtual environment is given as such, and its tools are found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llem-venv-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'pyvenv.cfg'), '');
  const { command, env } = specOf(local, { settings: { executable: folder } });
  expect(command.slice(0, 2)).toEqual([join(folder, 'bin', 'sglang'), 'serve']);
  expect(env['VIRTUAL_ENV']).toBe(folder);
  expect(env['PATH']?.startsWith(`${join(folder, 'bin')}:`)).toBe(true);
});

test('a model of this machine has no revision, and is mounted where it is', () => {
  // Of a folder in a cache of the Hub the commit is known, and its path says which.
  const spec = specOf(inImage, { model: '/models/8b', artifacts: { modelRef: '/models/8b' } });
  expect(spec.command.slice(2, 6)).toEqual([
    '--model-path',
    '/models/8b',
    '--served-model-name',
    '/models/8b',
  ]);
  expect(spec.command).not.toContain('--revision');
  expect(spec.container?.mounts[1]).toEqual({
    source: '/models/8b',
    target: '/models/8b',
    readOnly: true,
    create: false,
  });
});

test('files that options name are mounted, each once', () => {
  const { container } = specOf(inImage, {
    settings: {
      tokenizer_path: '/models/tokenizer',
      chat_template: '/models/tokenizer',
      speculative_algorithm: 'STANDALONE',
      speculative_draft_model_path: '/models/small',
      lora_paths: { a: '/adapters/a', b: 'org/b' },
    },
  });
  expect(container?.mounts.slice(1).map(({ target }) => target)).toEqual([
    '/models/tokenizer',
    '/models/small',
    '/adapters/a',
  ]);
});

test('a colon is not served, since it would begin the name of an adapter', () => {
  const { command } = specOf(local, { model: 'D:/models/8b' });
  expect(command[command.indexOf('--served-model-name') + 1]).toBe('D-/models/8b');
});

test('an image that was chosen, GPUs by UUID, and all of them', () => {
  const chosen = { ...inImage, container: { image: 'lmsysorg/sglang:v0.5.23-cu130' } };
  const spec = specOf(chosen, { settings: { tp_size: 2 }, gpus: [GPU, OTHER] });
  expect(spec.container?.image).toBe('lmsysorg/sglang:v0.5.23-cu130');
  expect(spec.container?.gpus).toEqual([GPU, OTHER]);
  expect(specOf(local, { gpus: [GPU, OTHER] }).env['CUDA_VISIBLE_DEVICES']).toBe(`${GPU},${OTHER}`);
  expect(specOf(local, { gpus: null }).env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
});
