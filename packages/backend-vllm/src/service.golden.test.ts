/** The whole start of a server, for settings as studies have them: on this machine and in the official image. */
import type { Artifacts, ServiceTarget, VisibleGpus } from '@llem/core';
import { describe, expect, test } from 'vitest';
import { artifactsOf, experimentWith } from './experiment.fixture.js';
import { optionsSchema } from './options.js';
import { serviceSpec } from './service.js';

const folders = { hubHome: '/home/me/.cache/huggingface', cacheDir: '/home/me/.cache/llem' };
const local: ServiceTarget = { host: '127.0.0.1', port: 8123 };
const inImage: ServiceTarget = { host: '0.0.0.0', port: 8000, container: { image: null } };
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
    folders,
    experimentWith({ model }),
    artifactsOf(artifacts),
    target,
    gpus,
  );

/** What follows the model in every start of these tests. */
const ALWAYS =
  '--served-model-name meta-llama/Llama-3.1-8B --host HOST --port PORT --revision abc123 --tokenizer-revision abc123 --seed 0 --generation-config vllm --enable-prompt-tokens-details';

/** Settings, and the arguments that they add at the end, as a shell would quote none of them. */
const CASES: readonly (readonly [name: string, settings: object, added: readonly string[]])[] = [
  ['nothing set', {}, []],
  [
    'precision and context',
    { dtype: 'bfloat16', max_model_len: 4096 },
    ['--dtype', 'bfloat16', '--max-model-len', '4096'],
  ],
  ['the context that fits', { max_model_len: 'auto' }, ['--max-model-len', 'auto']],
  ['dummy weights', { load_format: 'dummy' }, ['--load-format', 'dummy']],
  [
    'quantised while loading',
    { quantization: 'fp8', kv_cache_dtype: 'fp8' },
    ['--quantization', 'fp8', '--kv-cache-dtype', 'fp8'],
  ],
  [
    'an AWQ checkpoint',
    { quantization: 'awq_marlin', dtype: 'half' },
    ['--dtype', 'half', '--quantization', 'awq_marlin'],
  ],
  ['bitsandbytes', { quantization: 'bitsandbytes' }, ['--quantization', 'bitsandbytes']],
  [
    'tensor and pipeline parallel',
    { tensor_parallel_size: 2, pipeline_parallel_size: 2, disable_custom_all_reduce: true },
    ['--tensor-parallel-size', '2', '--pipeline-parallel-size', '2', '--disable-custom-all-reduce'],
  ],
  [
    'data and expert parallel',
    {
      data_parallel_size: 8,
      enable_expert_parallel: true,
      all2all_backend: 'deepep_low_latency',
      enable_eplb: true,
      eplb_config: { num_redundant_experts: 32, window_size: 500 },
    },
    [
      '--data-parallel-size',
      '8',
      '--enable-expert-parallel',
      '--all2all-backend',
      'deepep_low_latency',
      '--enable-eplb',
      '--eplb-config',
      '{"window_size":500,"num_redundant_experts":32}',
    ],
  ],
  [
    'dual batch overlap',
    { enable_dbo: true, dbo_decode_token_threshold: 64, all2all_backend: 'deepep_low_latency' },
    ['--all2all-backend', 'deepep_low_latency', '--enable-dbo', '--dbo-decode-token-threshold', '64'],
  ],
  [
    'split contexts',
    { tensor_parallel_size: 8, decode_context_parallel_size: 4, cp_kv_cache_interleave_size: 16 },
    [
      '--tensor-parallel-size',
      '8',
      '--decode-context-parallel-size',
      '4',
      '--cp-kv-cache-interleave-size',
      '16',
    ],
  ],
  ['a share of the memory', { gpu_memory_utilization: 0.85 }, ['--gpu-memory-utilization', '0.85']],
  ['a cache of a size', { kv_cache_memory_bytes: 8_589_934_592 }, ['--kv-cache-memory-bytes', '8589934592']],
  [
    'blocks',
    { block_size: 32, num_gpu_blocks_override: 512, enable_prefix_caching: false },
    ['--no-enable-prefix-caching', '--block-size', '32', '--num-gpu-blocks-override', '512'],
  ],
  [
    'prefix caching',
    { enable_prefix_caching: true, prefix_caching_hash_algo: 'xxhash' },
    ['--enable-prefix-caching', '--prefix-caching-hash-algo', 'xxhash'],
  ],
  [
    'offloaded blocks',
    { kv_offloading_size: 16, kv_offloading_backend: 'native' },
    ['--kv-offloading-size', '16', '--kv-offloading-backend', 'native'],
  ],
  [
    'offloaded weights',
    { cpu_offload_gb: 4.5, cpu_offload_params: ['experts'] },
    ['--cpu-offload-gb', '4.5', '--cpu-offload-params', 'experts'],
  ],
  [
    'prefetched layers',
    { offload_backend: 'prefetch', offload_group_size: 8, offload_num_in_group: 2 },
    ['--offload-backend', 'prefetch', '--offload-group-size', '8', '--offload-num-in-group', '2'],
  ],
  [
    'batching',
    {
      max_num_seqs: 64,
      max_num_batched_tokens: 4096,
      enable_chunked_prefill: true,
      long_prefill_token_threshold: 1024,
    },
    [
      '--max-num-seqs',
      '64',
      '--max-num-batched-tokens',
      '4096',
      '--enable-chunked-prefill',
      '--long-prefill-token-threshold',
      '1024',
    ],
  ],
  [
    'scheduling',
    {
      scheduling_policy: 'fcfs',
      async_scheduling: false,
      performance_mode: 'throughput',
      stream_interval: 8,
      watermark: 0.01,
    },
    [
      '--scheduling-policy',
      'fcfs',
      '--no-async-scheduling',
      '--performance-mode',
      'throughput',
      '--stream-interval',
      '8',
      '--watermark',
      '0.01',
    ],
  ],
  ['eager', { enforce_eager: true }, ['--enforce-eager']],
  [
    'no eager',
    { enforce_eager: false, optimization_level: 1 },
    ['--optimization-level', '1', '--no-enforce-eager'],
  ],
  [
    'graphs',
    {
      compilation_config: {
        mode: 3,
        cudagraph_mode: 'FULL_DECODE_ONLY',
        pass_config: { fuse_norm_quant: true },
      },
    },
    [
      '--compilation-config',
      '{"mode":3,"cudagraph_mode":"FULL_DECODE_ONLY","pass_config":{"fuse_norm_quant":true}}',
    ],
  ],
  [
    'recorded sizes',
    { cudagraph_capture_sizes: [1, 2, 4, 8] },
    ['--cudagraph-capture-sizes', '1', '2', '4', '8'],
  ],
  [
    'attention',
    {
      attention_backend: 'FLASHINFER',
      attention_config: { use_trtllm_attention: false },
      disable_cascade_attn: false,
    },
    [
      '--attention-backend',
      'FLASHINFER',
      '--attention-config',
      '{"use_trtllm_attention":false}',
      '--no-disable-cascade-attn',
    ],
  ],
  [
    'kernels',
    { moe_backend: 'triton', linear_backend: 'marlin' },
    ['--moe-backend', 'triton', '--linear-backend', 'marlin'],
  ],
  [
    'drafts from the prompt',
    {
      speculative_config: {
        method: 'ngram',
        num_speculative_tokens: 4,
        prompt_lookup_max: 4,
        prompt_lookup_min: 2,
      },
    },
    [
      '--speculative-config',
      '{"method":"ngram","num_speculative_tokens":4,"prompt_lookup_max":4,"prompt_lookup_min":2}',
    ],
  ],
  [
    'EAGLE',
    {
      speculative_config: {
        method: 'eagle3',
        model: 'someone/eagle3',
        num_speculative_tokens: 3,
        draft_tensor_parallel_size: 1,
      },
    },
    [
      '--speculative-config',
      '{"method":"eagle3","model":"someone/eagle3","num_speculative_tokens":3,"draft_tensor_parallel_size":1}',
    ],
  ],
  [
    'adapters',
    {
      enable_lora: true,
      max_loras: 2,
      max_lora_rank: 32,
      lora_modules: { sql: '/adapters/sql', chat: 'someone/chat' },
    },
    [
      '--enable-lora',
      '--max-loras',
      '2',
      '--max-lora-rank',
      '32',
      '--lora-modules',
      'sql=/adapters/sql',
      'chat=someone/chat',
    ],
  ],
  [
    'text alone',
    { limit_mm_per_prompt: { image: 0 }, language_model_only: true, mm_processor_cache_gb: 0 },
    ['--limit-mm-per-prompt', '{"image":0}', '--language-model-only', '--mm-processor-cache-gb', '0'],
  ],
  [
    'quiet',
    { disable_log_stats: true, disable_uvicorn_access_log: true },
    ['--disable-log-stats', '--disable-uvicorn-access-log'],
  ],
  ['not quiet', { disable_log_stats: false }, []],
  [
    'the code of a model',
    { trust_remote_code: true, hf_overrides: { num_hidden_layers: 4 } },
    ['--trust-remote-code', '--hf-overrides', '{"num_hidden_layers":4}'],
  ],
  [
    'further flags',
    {
      extra: {
        'numa-bind-nodes': [0, 1],
        'enable-flash-late-interaction': true,
        'jit-monitor-verbose': false,
        offset: -1,
      },
    },
    ['--numa-bind-nodes', '0', '1', '--enable-flash-late-interaction', '--offset=-1'],
  ],
];

describe.each(CASES)('%s', (_, settings, added) => {
  test('on this machine', () => {
    const { command, env, container } = specOf(local, { settings });
    expect(command).toEqual([
      'vllm',
      'serve',
      'meta-llama/Llama-3.1-8B',
      ...ALWAYS.replace('HOST', '127.0.0.1').replace('PORT', '8123').split(' '),
      ...added,
    ]);
    expect(env).toEqual({
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: GPU,
      ROCR_VISIBLE_DEVICES: '-1',
      VLLM_SERVER_DEV_MODE: '1',
      VLLM_ENGINE_READY_TIMEOUT_S: '86400',
      VLLM_NO_USAGE_STATS: '1',
      DO_NOT_TRACK: '1',
    });
    expect(container).toBeUndefined();
  });

  test('in the image', () => {
    const { command, env, container } = specOf(inImage, { settings });
    expect(command).toEqual([
      'meta-llama/Llama-3.1-8B',
      ...ALWAYS.replace('HOST', '0.0.0.0').replace('PORT', '8000').split(' '),
      ...added,
    ]);
    expect(env).toEqual({
      VLLM_SERVER_DEV_MODE: '1',
      VLLM_ENGINE_READY_TIMEOUT_S: '86400',
      VLLM_NO_USAGE_STATS: '1',
      DO_NOT_TRACK: '1',
      HF_HOME: '/llem/huggingface',
      HF_HUB_CACHE: '/llem/huggingface/hub',
      VLLM_CACHE_ROOT: '/llem/vllm',
    });
    expect(container).toMatchObject({
      image: 'vllm/vllm-openai:v0.27.1',
      entrypoint: ['vllm', 'serve'],
      gpus: [GPU],
    });
  });
});

test('the whole start in the image', () => {
  expect(specOf(inImage, { gpus: [GPU, OTHER], settings: { tensor_parallel_size: 2 } })).toEqual({
    command: [
      'meta-llama/Llama-3.1-8B',
      '--served-model-name',
      'meta-llama/Llama-3.1-8B',
      '--host',
      '0.0.0.0',
      '--port',
      '8000',
      '--revision',
      'abc123',
      '--tokenizer-revision',
      'abc123',
      '--seed',
      '0',
      '--generation-config',
      'vllm',
      '--enable-prompt-tokens-details',
      '--tensor-parallel-size',
      '2',
    ],
    env: {
      VLLM_SERVER_DEV_MODE: '1',
      VLLM_ENGINE_READY_TIMEOUT_S: '86400',
      VLLM_NO_USAGE_STATS: '1',
      DO_NOT_TRACK: '1',
      HF_HOME: '/llem/huggingface',
      HF_HUB_CACHE: '/llem/huggingface/hub',
      VLLM_CACHE_ROOT: '/llem/vllm',
    },
    target: inImage,
    readiness: { path: '/health', intervalMs: 200 },
    stopGraceS: 30,
    container: {
      image: 'vllm/vllm-openai:v0.27.1',
      entrypoint: ['vllm', 'serve'],
      gpus: [GPU, OTHER],
      shmBytes: 34_359_738_368,
      ipc: 'private',
      ulimits: {},
      mounts: [
        {
          source: '/home/me/.cache/huggingface',
          target: '/llem/huggingface',
          readOnly: false,
          create: true,
        },
        { source: '/home/me/.cache/llem/vllm', target: '/llem/vllm', readOnly: false, create: true },
      ],
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

test('an image that was chosen is taken whatever its release is', () => {
  const target = { ...inImage, container: { image: 'vllm/vllm-openai:v0.11.0' } };
  expect(specOf(target, {}).container).toMatchObject({
    image: 'vllm/vllm-openai:v0.11.0',
    entrypoint: ['vllm', 'serve'],
  });
});

test('a model in a folder has no revision, and its folder and those of adapters are in the container', () => {
  const spec = specOf(inImage, {
    model: '/models/mine',
    artifacts: { modelRef: '/models/mine' },
    settings: {
      enable_lora: true,
      lora_modules: { a: '/adapters/a', b: 'someone/b' },
      chat_template: '/templates/x.jinja',
    },
  });
  expect(spec.command.slice(0, 9)).toEqual([
    '/models/mine',
    '--served-model-name',
    '/models/mine',
    '--host',
    '0.0.0.0',
    '--port',
    '8000',
    '--seed',
    '0',
  ]);
  const readOnly = (path: string) => ({ source: path, target: path, readOnly: true, create: false });
  expect(spec.container?.mounts.filter((mount) => mount.readOnly)).toEqual(
    ['/models/mine', '/templates/x.jinja', '/adapters/a'].map(readOnly),
  );
});

test('another tokenizer is pinned to its own commit, unless the study names one', () => {
  const artifacts = artifactsOf();
  const other = { model: { ...artifacts.model, tokenizerRevision: 'def456' } };
  const flags = (settings: object) => specOf(local, { settings, artifacts: other }).command.join(' ');
  expect(flags({ tokenizer: 'someone/other' })).toContain('--revision abc123 --tokenizer-revision def456 ');
  expect(flags({ tokenizer: '/tokenizers/mine' })).not.toContain('--tokenizer-revision');
  expect(flags({ tokenizer_revision: 'v1' })).toContain('--tokenizer-revision v1');
  expect(flags({ tokenizer_revision: 'v1' })).not.toContain('def456');
});

test('a server that other machines reach is not in development mode', () => {
  expect(specOf({ host: '0.0.0.0', port: 1 }, {}).env).not.toHaveProperty('VLLM_SERVER_DEV_MODE');
});

test('no GPU is seen where none is billed, and all where it is not decided', () => {
  expect(specOf(local, { gpus: [] }).env['CUDA_VISIBLE_DEVICES']).toBe('-1');
  expect(specOf(local, { gpus: null }).env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
});
