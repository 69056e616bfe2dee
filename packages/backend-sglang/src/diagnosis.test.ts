/** Causes of ends, in logs as SGLang writes them: much that is harmless before, the cause, and what follows from it. */
import { expect, test } from 'vitest';
import { diagnoseExit } from './diagnosis.js';

const before = [
  '/opt/lib/python3.12/site-packages/sglang/srt/layers/quantization/awq.py:53: UserWarning: Only CUDA, HIP and XPU support AWQ currently.',
  "[2026-11-26 21:24:44] server_args={'model_path': 'bigscience/bloom', 'mem_fraction_static': 0.85, 'disable_cuda_graph': False, 'watchdog_timeout': 300}",
  '[2026-11-26 21:24:45] Using default HuggingFace chat template with detected content format: string',
  '[2026-11-26 21:26:42] Ignore import error when loading sglang.srt.models.mamba: cannot import name x',
  '[2026-11-26 21:26:50 TP0] Load weight begin. avail mem=78.32 GB',
  '[2026-11-26 21:26:51 TP0] Disable prefill CUDA graph because of its configuration (e.g. via --cuda-graph-backend-prefill=disabled).',
].join('\n');

/** What every failure of a scheduler ends with. */
const after = [
  '[2026-11-26 21:27:07] Received sigquit from a child process. It usually means the child failed.',
  '[2026-11-26 21:27:07] kill_process_tree called: parent_pid=7, include_parent=True, pid=7',
].join('\n');

const scheduler = (error: string) =>
  `[2026-11-26 21:27:06 TP0] Scheduler hit an exception: Traceback (most recent call last):\n  File "/opt/sglang/srt/managers/scheduler.py", line 4012, in run_scheduler_process\n    scheduler = Scheduler(server_args)\n${error}\n`;
const main = (error: string) =>
  `Traceback (most recent call last):\n  File "/opt/bin/sglang", line 8, in <module>\n${error}`;

test.each<[cause: string, remedy: string, log: string]>([
  [
    'kv-cache-memory',
    'Raise sglang.mem_fraction_static',
    scheduler(
      'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static. Current value: mem_fraction_static=0.5',
    ),
  ],
  [
    'kv-cache-memory',
    'Raise sglang.mem_fraction_static',
    scheduler(
      'RuntimeError: SWA pool cap (4096 tokens, 2.00 GiB) leaves no room for the full KV pool within the available 1.20 GiB. Reduce --max-running-requests, or increase --mem-fraction-static.',
    ),
  ],
  [
    'kv-cache-memory',
    'Lower sglang.max_running_requests',
    scheduler(
      'RuntimeError: Decode out of memory. Try to lower your batch size.\nTry to allocate 64 tokens.',
    ),
  ],
  [
    'kv-cache-memory',
    'sglang.chunked_prefill_size',
    scheduler(
      'RuntimeError: Prefill out of memory. Try to lower your batch size.\nTry to allocate 8192 tokens.',
    ),
  ],
  [
    'out-of-memory',
    'Lower sglang.mem_fraction_static',
    scheduler(
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 79.10 GiB',
    ),
  ],
  [
    'cuda-graph',
    'sglang.cuda_graph_max_bs_decode',
    scheduler(
      'Exception: Capture cuda graph failed: CUDA out of memory. Tried to allocate 2.00 GiB.\nPossible solutions:\n1. set --mem-fraction-static to a smaller value (e.g., 0.8 or 0.7)\n2. set --cuda-graph-max-bs-decode to a smaller value (e.g., 16)',
    ),
  ],
  [
    'cuda-graph',
    'sglang.disable_prefill_cuda_graph',
    scheduler(
      'RuntimeError: Fail when using backend: breakable for prefill runner.\nPossible suggestions:\n1. disable the prefill CUDA graph by --cuda-graph-backend-prefill=disabled',
    ),
  ],
  [
    'gpu-busy',
    'devices',
    scheduler('ValueError: The memory capacity is unbalanced. Some GPUs may be occupied by other processes.'),
  ],
  [
    'context-too-long',
    'sglang.context_length',
    main(
      'ValueError: Warning: User-specified context_length (262144) is greater than the derived context_length (131072). This may lead to incorrect model outputs or CUDA errors.',
    ),
  ],
  [
    'bad-arguments',
    'sglang.page_size',
    main('AssertionError: chunked_prefill_size must be divisible by page_size'),
  ],
  [
    'bad-arguments',
    'sglang.enable_mixed_chunk',
    main('AssertionError: enable_mixed_chunk is required for speculative decoding'),
  ],
  [
    'unsupported',
    'sglang.pp_size',
    main('AssertionError: Pipeline parallelism is not compatible with overlap schedule'),
  ],
  [
    'unsupported',
    'NGRAM',
    main('ValueError: Currently LoRA is only compatible with NGRAM speculative decoding.'),
  ],
  ['unsupported', 'sglang.tp_size', scheduler('AssertionError: 32 is not divisible by 3')],
  [
    'unsupported',
    'sglang.quantization',
    scheduler(
      'ValueError: The quantization method modelopt_fp4 is not supported for the current GPU. Minimum capability: 100. Current capability: 90.',
    ),
  ],
  [
    'unsupported',
    'sglang.quantization',
    main(
      'ValueError: Quantization method specified in the model config (awq) does not match the quantization method specified in the `quantization` argument (gptq).',
    ),
  ],
  [
    'unsupported',
    'sglang.dtype',
    scheduler(
      'ValueError: torch.float32 is not supported for quantization method fp8. Supported dtypes: [torch.bfloat16]',
    ),
  ],
  [
    'unsupported',
    'sglang.attention_backend',
    main(
      'ValueError: TRTLLM MHA backend for prefill is only supported on Blackwell GPUs (SM100). Please use a different prefill backend.',
    ),
  ],
  [
    'unsupported-model',
    'newer release',
    scheduler(
      "ValueError: Model architectures ['FutureForCausalLM'] are not supported for now. Supported architectures: dict_keys(['LlamaForCausalLM'])",
    ),
  ],
  [
    'remote-code',
    'sglang.trust_remote_code',
    main(
      'ValueError: The repository a/b contains custom code which must be executed to correctly load the model.',
    ),
  ],
  [
    'gated-model',
    'HF_TOKEN',
    main(
      'OSError: You are trying to access a gated repo.\nhuggingface_hub.errors.GatedRepoError: 401 Client Error.',
    ),
  ],
  [
    'missing-model',
    '`model:`',
    main(
      "OSError: a/b is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
    ),
  ],
  [
    'port-in-use',
    'another port',
    "[2026-11-26 21:27:06] ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8123): address already in use",
  ],
  ['disk-full', 'HF_HOME', scheduler('OSError: [Errno 28] No space left on device')],
  ['too-few-gpus', 'sglang.tp_size', scheduler('RuntimeError: CUDA error: invalid device ordinal')],
  [
    'communication',
    'ipc',
    scheduler(
      'torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:3690, unhandled system error',
    ),
  ],
  [
    'hang',
    'Run it again',
    '[2026-11-26 21:29:07 TP0] Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)',
  ],
  [
    'killed',
    'memory of this machine',
    'RuntimeError: Rank 0 scheduler died during initialization (exit code: -9). If exit code is -9 (SIGKILL), a common cause is the OS OOM killer.',
  ],
  ['crashed', 'report it', 'Fatal Python error: Segmentation fault'],
  [
    'bad-arguments',
    'extra',
    'usage: sglang serve [-h] --model-path MODEL_PATH\nsglang serve: error: unrecognized arguments: --speculative-magic 3',
  ],
  [
    'engine-error',
    'section sglang',
    main('ValueError: --retraction-policy priority requires --enable-priority-scheduling'),
  ],
  ['engine-error', 'installation', scheduler("ModuleNotFoundError: No module named 'vllm._custom_ops'")],
  ['engine-error', 'engine.log', ''],
])('%s: %s', (cause, remedy, log) => {
  const found = diagnoseExit({ code: 1, signal: null }, `${before}\n${log}\n${after}\n`);
  expect(found?.class).toBe(cause);
  expect(found?.remedy).toContain(remedy);
  expect(found?.message).not.toMatch(/^\[2026/);
});

test('a server of a container that ends with 0 has failed all the same', () => {
  expect(diagnoseExit({ code: 0, signal: null }, before)?.class).toBe('engine-error');
  expect(
    diagnoseExit({ code: 0, signal: null }, `${before}\nCUDA out of memory. Tried\n${after}`)?.class,
  ).toBe('out-of-memory');
});

test('the kill that a failed worker brings about is not taken for one from outside', () => {
  expect(diagnoseExit({ code: null, signal: 'SIGKILL' }, `${before}\n${after}`)?.class).toBe('engine-error');
  expect(diagnoseExit({ code: 137, signal: null }, before)?.class).toBe('killed');
});
