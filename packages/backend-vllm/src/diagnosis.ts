/** Why a vLLM server ended, from its whole log: phrases of its releases 0.11 to 0.32, the most telling first. */
import type { ServiceExit } from '@llem/core';
import { diagnoseLog, SHARED_PHRASES, type Diagnosis, type Phrase } from '@llem/serving';

const PHRASES: readonly Phrase[] = [
  {
    pattern: /Free memory on device .*is less than desired GPU memory utilization/,
    class: 'gpu-busy',
    remedy:
      'End what else uses this GPU (nvidia-smi tells), or lower vllm.gpu_memory_utilization to what is free.',
  },
  {
    pattern: /Failed to load model - not enough GPU memory/,
    class: 'out-of-memory',
    remedy:
      'Raise vllm.tensor_parallel_size, set vllm.quantization, or leave weights in the memory of the host with vllm.cpu_offload_gb.',
  },
  {
    pattern: /To serve at least one request with the model's max seq len|Cannot auto-fit max_model_len/,
    class: 'kv-cache-memory',
    remedy:
      'Lower vllm.max_model_len to what the workload needs, raise vllm.gpu_memory_utilization, or use vllm.kv_cache_dtype: fp8.',
  },
  {
    pattern: /No available memory for the cache blocks/,
    class: 'kv-cache-memory',
    remedy:
      'Raise vllm.gpu_memory_utilization, lower vllm.max_num_batched_tokens or vllm.max_num_seqs, or raise vllm.tensor_parallel_size.',
  },
  {
    pattern: /CUDA out of memory occurred when warming up/,
    class: 'out-of-memory',
    remedy: 'Lower vllm.max_num_seqs or vllm.gpu_memory_utilization: the start itself needs room as well.',
  },
  {
    pattern: /is greater than the derived max_model_len/,
    class: 'context-too-long',
    remedy: 'Lower vllm.max_model_len and the lengths of the workload, or use a model with a longer context.',
  },
  {
    pattern: /is smaller than max_model_len \(/,
    class: 'bad-arguments',
    remedy:
      'Raise vllm.max_num_batched_tokens, lower vllm.max_model_len, or set vllm.enable_chunked_prefill: true.',
  },
  {
    pattern: /must be greater than or equal to max_num_seqs|Consider increasing max_num_batched_tokens/,
    class: 'bad-arguments',
    remedy: 'Raise vllm.max_num_batched_tokens or lower vllm.max_num_seqs.',
  },
  {
    pattern: /must be divisible by tensor parallel size|is not divisible by (?:tp_size|tensor parallel)/,
    class: 'unsupported',
    remedy: 'Choose a vllm.tensor_parallel_size that divides the attention heads of the model.',
  },
  {
    pattern: /is larger than the number of available GPUs|Ray does not allocate any GPUs/,
    class: 'too-few-gpus',
    remedy:
      'Name more `devices:`, or lower vllm.tensor_parallel_size, vllm.pipeline_parallel_size or vllm.data_parallel_size.',
  },
  {
    pattern: /is not supported for the current GPU\. Minimum capability/,
    class: 'unsupported',
    remedy: 'Choose another vllm.quantization, or a newer GPU.',
  },
  {
    pattern: /Bfloat16 is only supported on GPUs/,
    class: 'unsupported',
    remedy: 'Set vllm.dtype: half.',
  },
  {
    pattern:
      /Unknown quantization method|Cannot find the config file for|does not match the quantization method specified|is not supported for quantization method|quantization method .* is deprecated and will be removed/,
    class: 'unsupported',
    remedy:
      'Leave vllm.quantization out where the checkpoint is quantised, and check vllm.dtype and the release.',
  },
  {
    pattern: /Selected backend .* is not valid for this configuration|No valid attention backend found/,
    class: 'unsupported',
    remedy:
      'Leave vllm.attention_backend out, or change what its reason names: vllm.kv_cache_dtype, vllm.block_size, vllm.dtype.',
  },
  {
    pattern: /does not support (?:float16|LoRA)/,
    class: 'unsupported',
    remedy: 'Change vllm.dtype, or leave vllm.enable_lora out for this model.',
  },
  {
    pattern: /LoRA rank \d+ is greater than max_lora_rank/,
    class: 'bad-arguments',
    remedy: 'Raise vllm.max_lora_rank to the rank of the adapter.',
  },
  {
    pattern:
      /Model architectures \[.*\] (?:are not supported for now|failed to be inspected)|Model architecture \S+ (?:was supported in vLLM until|is not supported in-tree)|does not recognize this architecture/,
    class: 'unsupported-model',
    remedy: 'Use a release of vLLM that knows this model, or vllm.model_impl: transformers.',
  },
  {
    pattern: /Pipeline parallelism is not supported for this model/,
    class: 'unsupported',
    remedy: 'Leave vllm.pipeline_parallel_size out and use vllm.tensor_parallel_size.',
  },
  {
    pattern: /[Aa]sync scheduling is (?:only supported|not compatible)|does not support async scheduling/,
    class: 'unsupported',
    remedy: 'Leave vllm.async_scheduling out: vLLM turns it off where it cannot be.',
  },
  {
    pattern:
      /num_speculative_tokens.*(?:was not provided|must be (?:provided|divisible))|Unsupported speculative method/,
    class: 'bad-arguments',
    remedy: 'Check vllm.speculative_config: method, model and num_speculative_tokens belong together.',
  },
  {
    pattern: /Cannot find any model weights with/,
    class: 'missing-model',
    remedy:
      'Check that the model has weights that vllm.load_format can read, or that the download is complete.',
  },
  {
    pattern: /Invalid repository ID or local directory specified|Can't load the configuration of/,
    class: 'missing-model',
    remedy: 'Check the name or the path in `model:`; it must hold a config.json.',
  },
  {
    pattern: /Timed out waiting for engine core processes to start/,
    class: 'start-timeout',
    remedy:
      'Look for what it waits for in the log: a download, a compilation, or GPUs that cannot reach each other.',
  },
  {
    pattern: /spawn \S+ ENOENT|spawn \S+ EACCES|vllm: (?:command )?not found/,
    class: 'missing-executable',
    remedy: 'Install vLLM (pip install vllm), or name its program or virtual environment in vllm.executable.',
  },
  ...SHARED_PHRASES,
  {
    pattern: /validation errors? for \w*(?:Config|Args)\b/,
    class: 'bad-arguments',
    remedy: 'Correct the option that the lines after it name; the release may lack it.',
  },
  // What follows from something else, which then stands above it in the log, unrecognised.
  {
    pattern: /NCCL error|ncclSystemError|ncclUnhandledCudaError|unhandled cuda error/,
    class: 'communication',
    remedy:
      'GPUs cannot exchange: check shared memory, `devices:` and the topology, or try vllm.disable_custom_all_reduce: true.',
  },
  {
    pattern:
      /Engine core initialization failed|WorkerProc initialization failed|Worker failed with error|EngineCore encountered a fatal error|EngineDeadError|died unexpectedly/,
    class: 'engine-error',
    remedy: 'Read the lines above it in the log for the cause; run it again, and report it if it comes back.',
  },
];

/** Pure; never throws. Null when nothing is recognised. */
export function diagnoseExit(exit: ServiceExit, log: string): Diagnosis | null {
  return diagnoseLog(PHRASES, exit, log);
}
