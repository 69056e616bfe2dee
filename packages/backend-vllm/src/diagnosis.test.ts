/** Causes of ends, in logs as vLLM writes them: much that is harmless before, the cause, and what follows from it. */
import { expect, test } from 'vitest';
import { diagnoseExit } from './diagnosis.js';

const before = [
  "(APIServer pid=7) INFO 11-26 21:12:03 [api_utils.py:286] non-default args: {'model_tag': 'a/b', 'host': '127.0.0.1'}",
  '(APIServer pid=7) INFO 11-26 21:12:28 [model.py:733] Resolved architecture: LlamaForCausalLM',
  '(EngineCore pid=9) WARNING 11-26 21:12:30 [parallel.py:655] Address already in use. Retrying with a new port.',
  "(EngineCore pid=9) INFO 11-26 21:12:49 [core.py:133] Initializing a V1 LLM engine (v0.27.1) with config: model='bigscience/bloom', dtype=torch.float16",
  '(Worker pid=11) WARNING 11-26 21:12:50 [utils.py:218] BloomForCausalLM has no vLLM implementation, falling back to Transformers implementation.',
].join('\n');

/** The end of the log where the engine's own process failed while it started. */
const after = [
  '(EngineCore pid=9) ERROR 11-26 21:13:02 [core.py:1133] EngineCore failed to start.',
  'Traceback (most recent call last):',
  'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
].join('\n');

const engine = (line: string) => `(EngineCore pid=9) ERROR 11-26 21:13:01 [core.py:1133] ${line}`;

test.each<[string, string, string]>([
  [
    'gpu-busy',
    'vllm.gpu_memory_utilization',
    engine(
      'ValueError: Free memory on device cuda:0 (20.11/79.1 GiB) on startup is less than desired GPU memory utilization (0.92, 72.77 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.',
    ),
  ],
  [
    'out-of-memory',
    'vllm.tensor_parallel_size',
    `${engine('Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization to free memory for weights, increasing --tensor-parallel-size, or using --quantization. (original error: CUDA out of memory.)')}\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB.`,
  ],
  [
    'kv-cache-memory',
    'vllm.max_model_len',
    engine(
      "ValueError: To serve at least one request with the model's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (3.25 GiB). Based on the available memory, the estimated maximum model length is 26608.",
    ),
  ],
  [
    'kv-cache-memory',
    'vllm.gpu_memory_utilization',
    engine(
      'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.',
    ),
  ],
  [
    'out-of-memory',
    'vllm.max_num_seqs',
    engine(
      'RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try lowering `max_num_seqs` or `gpu_memory_utilization` when initializing the engine.',
    ),
  ],
  [
    'out-of-memory',
    'KV cache',
    engine(
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB',
    ),
  ],
  [
    'context-too-long',
    'vllm.max_model_len',
    "  Value error, User-specified max_model_len (65536) is greater than the derived max_model_len (max_position_embeddings=8192 or model_max_length=None in model's config.json). [type=value_error]",
  ],
  [
    'bad-arguments',
    'vllm.max_num_batched_tokens',
    '  Value error, max_num_batched_tokens (512) is smaller than max_model_len (8192). This effectively limits the maximum sequence length',
  ],
  [
    'bad-arguments',
    'vllm.max_num_seqs',
    '  Value error, max_num_batched_tokens (64) must be greater than or equal to max_num_seqs (256).',
  ],
  [
    'unsupported',
    'vllm.tensor_parallel_size',
    '  Value error, Total number of attention heads (14) must be divisible by tensor parallel size (4).',
  ],
  [
    'too-few-gpus',
    'vllm.tensor_parallel_size',
    '  Value error, World size (4) is larger than the number of available GPUs (2) in this node. If this is intentional and you are using:',
  ],
  [
    'unsupported',
    'vllm.quantization',
    '  Value error, The quantization method fp8 is not supported for the current GPU. Minimum capability: 75. Current capability: 70. [type=value_error]',
  ],
  [
    'unsupported',
    'vllm.dtype: half',
    '  Value error, Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 GPU has compute capability 7.5.',
  ],
  [
    'unsupported',
    'vllm.quantization',
    "  Value error, Unknown quantization method: awqq. Must be one of ['awq', 'fp8'].",
  ],
  [
    'unsupported',
    'vllm.quantization',
    '  Value error, Cannot find the config file for awq [type=value_error, input_type=ArgsKwargs]',
  ],
  [
    'unsupported',
    'vllm.quantization',
    '  Value error, Quantization method specified in the model config (gptq) does not match the quantization method specified in the `quantization` argument (awq).',
  ],
  [
    'unsupported',
    'vllm.attention_backend',
    engine(
      "ValueError: Selected backend AttentionBackendEnum.FLASHINFER is not valid for this configuration. Reason: ['kv_cache_dtype not supported']",
    ),
  ],
  [
    'unsupported',
    'vllm.dtype',
    "  Value error, The model type 'gemma3' does not support float16. Reason: Numerical instability. Please use bfloat16 or float32 instead.",
  ],
  [
    'bad-arguments',
    'vllm.max_lora_rank',
    engine('ValueError: LoRA rank 64 is greater than max_lora_rank 16.'),
  ],
  [
    'unsupported-model',
    'release of vLLM',
    "  Value error, Model architectures ['FooForCausalLM'] are not supported for now. Supported architectures: dict_keys(['LlamaForCausalLM'])",
  ],
  [
    'unsupported',
    'vllm.async_scheduling',
    '  Value error, Currently, async scheduling is only supported with EAGLE/MTP/Draft Model/NGram GPU/DSpark kind of speculative decoding',
  ],
  [
    'bad-arguments',
    'vllm.speculative_config',
    '  Value error, num_speculative_tokens must be provided with speculative model unless the draft model config contains an n_predict parameter.',
  ],
  [
    'remote-code',
    'trust_remote_code',
    'ValueError: The repository a/b contains custom code which must be executed to correctly load the model.',
  ],
  [
    'gated-model',
    'HF_TOKEN',
    'huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: Root=1)\nCannot access gated repo for url https://huggingface.co/a/b/resolve/main/config.json.',
  ],
  [
    'missing-model',
    'model:',
    'huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. (Request ID: Root=1)\nRepository Not Found for url: https://huggingface.co/api/models/a/c.',
  ],
  [
    'missing-model',
    'vllm.load_format',
    engine('RuntimeError: Cannot find any model weights with `/models/empty`'),
  ],
  [
    'missing-model',
    '`model:`',
    "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/models/none'.",
  ],
  ['port-in-use', 'another port', "OSError: [Errno 98] Address already in use: ('127.0.0.1', 8000)"],
  ['disk-full', 'HF_HOME', 'OSError: [Errno 28] No space left on device'],
  [
    'bad-arguments',
    'may lack',
    '  Input should be a valid number\n1 validation error for CompilationConfig\nfoo\n  Unexpected keyword argument [type=unexpected_keyword_argument]',
  ],
  [
    'communication',
    'vllm.disable_custom_all_reduce',
    engine(
      'torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:94, unhandled system error',
    ),
  ],
])('%s: %s', (failureClass, inRemedy, cause) => {
  const found = diagnoseExit({ code: 1, signal: null }, [before, cause, after].join('\n'));
  expect(found?.class).toBe(failureClass);
  expect(found?.remedy).toContain(inRemedy);
  expect(found?.message).not.toMatch(/initialization failed|Retrying/);
});

test('flags that a release does not know', () => {
  const log = 'usage: vllm [-h] [-v] {chat,serve} ...\nvllm: error: unrecognized arguments: --no-such-flag';
  expect(diagnoseExit({ code: 2, signal: null }, log)).toMatchObject({
    class: 'bad-arguments',
    message: 'vllm: error: unrecognized arguments: --no-such-flag',
  });
});

test('a general end says so, and points to the lines above it', () => {
  const found = diagnoseExit({ code: 1, signal: null }, `${before}\n${engine('KeyError: x')}\n${after}`);
  expect(found?.class).toBe('engine-error');
  expect(found?.remedy).toContain('above');
});

test('a kill and a crash, and nothing where there is nothing to tell', () => {
  expect(diagnoseExit({ code: null, signal: 'SIGKILL' }, before)?.class).toBe('killed');
  expect(diagnoseExit({ code: 139, signal: null }, before)?.class).toBe('crashed');
  expect(diagnoseExit({ code: 0, signal: null }, before)).toBeNull();
});
