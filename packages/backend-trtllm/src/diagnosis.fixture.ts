/** The ends of logs in the formats of trtllm-serve, written for the tests. */

const stamp = '[11/26/2026-12:00:00] [TRT-LLM]';

const worker = (error: string): string => `[TensorRT-LLM] TensorRT LLM version: 1.3.0rc24
${stamp} [I] Starting LLM
${stamp} [I] Using LLM with PyTorch backend
${stamp} [RANK 0] [I] Prefetching 14.96GB checkpoint files.
${stamp} [RANK 0] [E] Failed to initialize executor on rank 0: ${error}
Traceback (most recent call last):
  File "/usr/local/lib/python3.12/dist-packages/tensorrt_llm/executor/worker.py", line 300, in worker_main
    worker: GenerationExecutorWorker = worker_cls(
${error}
Traceback (most recent call last):
  File "/usr/local/bin/trtllm-serve", line 8, in <module>
    sys.exit(main())
  File "/usr/local/lib/python3.12/dist-packages/tensorrt_llm/executor/proxy.py", line 332, in _start_executor_workers
    raise RuntimeError(
RuntimeError: Executor worker returned error
`;

const memory = (component: string): string =>
  worker(`Executor creation failed due to insufficient GPU memory.

The following component could not be created: ${component}
Total GPU memory (GiB): 79.10
Free GPU memory before component creation attempt (GiB): 3.50

Previously created components and free GPU memory before/after creation (GiB):
Model: 78.60 / 3.50

Please refer to the TensorRT LLM documentation for information on how to control the memory usage through TensorRT LLM configuration options.
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 4.00 GiB.`);

const usage = (error: string): string => `Usage: trtllm-serve serve [OPTIONS] MODEL
Try 'trtllm-serve serve --help' for help.

Error: ${error}
`;

const main = (error: string): string => `[TensorRT-LLM] TensorRT LLM version: 1.3.0rc24
Traceback (most recent call last):
  File "/usr/local/bin/trtllm-serve", line 8, in <module>
    sys.exit(main())
             ^^^^^^
${error}
`;

export const LOGS = { worker, memory, usage, main };
