/** Why an SGLang server ended, from its whole log: phrases of its releases 0.5.10 to 0.5.23, the most telling first. */
import type { ServiceExit } from '@llem/core';
import { diagnoseLog, SHARED_PHRASES, type Diagnosis, type Phrase } from '@llem/serving';

const PHRASES: readonly Phrase[] = [
  // At the start the cache gets what the share leaves beside the weights: more of it is the cure. Later it is less.
  {
    pattern: /Not enough memory[.;,:]? *Please try to increase --mem-fraction-static/i,
    class: 'kv-cache-memory',
    remedy:
      'Raise sglang.mem_fraction_static, which has to hold weights and cache, or use sglang.quantization, sglang.kv_cache_dtype: fp8_e4m3 or a larger sglang.tp_size.',
  },
  {
    pattern: /leaves no room for the full\s+KV pool|or increase --mem-fraction-static/,
    class: 'kv-cache-memory',
    remedy: 'Raise sglang.mem_fraction_static, lower sglang.max_running_requests, or raise sglang.tp_size.',
  },
  {
    pattern: /Prefill out of memory\. Try to lower your batch size/,
    class: 'kv-cache-memory',
    remedy:
      'Lower sglang.max_running_requests or sglang.chunked_prefill_size, or raise sglang.schedule_conservativeness.',
  },
  {
    pattern: /Decode out of memory\. Try to lower your batch size/,
    class: 'kv-cache-memory',
    remedy: 'Lower sglang.max_running_requests, or raise sglang.schedule_conservativeness.',
  },
  {
    pattern: /alloc_req_slots runs out of memory/,
    class: 'kv-cache-memory',
    remedy: 'Lower sglang.max_running_requests.',
  },
  {
    pattern: /(?:Capture cuda graph failed|set --cuda-graph-max-bs(?:-decode)? to a smaller value)/i,
    class: 'cuda-graph',
    remedy:
      'Lower sglang.mem_fraction_static, which leaves room for graphs, or sglang.cuda_graph_max_bs_decode (cuda_graph_max_bs before 0.5.14); sglang.disable_cuda_graph: true does without them.',
  },
  {
    pattern: /Fail when using backend: \S+ for prefill runner/,
    class: 'cuda-graph',
    remedy:
      'Set sglang.disable_prefill_cuda_graph: true, or lower sglang.cuda_graph_max_bs_prefill or sglang.mem_fraction_static.',
  },
  {
    pattern: /The memory capacity is unbalanced/,
    class: 'gpu-busy',
    remedy: 'End what else uses these GPUs (nvidia-smi tells), or name others in `devices:`.',
  },
  {
    pattern: /is greater than the derived context_length/,
    class: 'context-too-long',
    remedy:
      'Lower sglang.context_length and the lengths of the workload, or use a model with a longer context.',
  },
  {
    pattern: /chunked_prefill_size must be divisible by page_size/,
    class: 'bad-arguments',
    remedy:
      'Make sglang.chunked_prefill_size a multiple of sglang.page_size, which kernels of attention may change.',
  },
  {
    pattern: /enable_mixed_chunk is (?:required for|not supported with)/,
    class: 'bad-arguments',
    remedy: 'Leave sglang.enable_mixed_chunk or sglang.speculative_algorithm out.',
  },
  {
    pattern: /served_model_name cannot contain a colon/,
    class: 'bad-arguments',
    remedy: 'Give the model under a path or name without a colon.',
  },
  {
    pattern: /Pipeline parallelism (?:is not compatible|currently only supports)|PP \+ speculative decoding/,
    class: 'unsupported',
    remedy:
      'Leave sglang.speculative_algorithm out with sglang.pp_size above 1, and set sglang.disable_overlap_schedule: true.',
  },
  {
    pattern: /Currently LoRA is only compatible with NGRAM/,
    class: 'unsupported',
    remedy: 'Use sglang.speculative_algorithm: NGRAM with adapters, or leave sglang.lora_paths out.',
  },
  {
    pattern:
      /is not divisible by|must be divisible by (?:tp_size|tp size|tensor parallel|attn_|ep_size|dp_size)|must be divisible by tensor parallel size/,
    class: 'unsupported',
    remedy:
      'Choose a sglang.tp_size (or dp_size, ep_size) that divides the heads and the blocks of quantised weights of the model.',
  },
  {
    pattern: /is not supported for the current GPU\.\s*Minimum capability/,
    class: 'unsupported',
    remedy: 'Choose another sglang.quantization, or a newer GPU.',
  },
  {
    pattern:
      /Unknown quantization method|does not match the quantization\s+method specified|is not supported for quantization\s+method/,
    class: 'unsupported',
    remedy:
      'Leave sglang.quantization out where the checkpoint is quantised, and check sglang.dtype and the release.',
  },
  {
    pattern:
      /is only supported on (?:Blackwell|Hopper)|requires an? SM\d+|FlashAttention v3 Backend requires|requires compute capability/i,
    class: 'unsupported',
    remedy:
      'This GPU lacks it: leave sglang.attention_backend, sglang.kv_cache_dtype or sglang.moe_runner_backend out, or choose another.',
  },
  {
    pattern: /Model architectures \[|is not supported by SGLang|has no SGLang implementation/,
    class: 'unsupported-model',
    remedy: 'Use a newer release of SGLang, or sglang.model_impl: transformers.',
  },
  {
    pattern: /does not recognize this architecture|but Transformers does not/,
    class: 'unsupported-model',
    remedy: 'Use a release of SGLang with a newer transformers.',
  },
  {
    pattern: /contains custom code which must be executed/,
    class: 'remote-code',
    remedy: 'Set sglang.trust_remote_code: true if you trust the code of this model.',
  },
  {
    pattern:
      /Can not initialize the cache|lora.*(?:rank|adapter).*(?:exceeds|incompatible)|LoRA.*not compatible/i,
    class: 'unsupported',
    remedy:
      'Check sglang.max_lora_rank, sglang.lora_target_modules and sglang.max_loras_per_batch against the adapters.',
  },
  {
    pattern: /invalid device ordinal|but only \d+ GPUs? (?:is|are) available/,
    class: 'too-few-gpus',
    remedy: 'Name more `devices:`, or lower sglang.tp_size, sglang.pp_size or sglang.dp_size.',
  },
  {
    pattern: /NCCL error|ncclSystemError|ncclUnhandledCudaError|ncclInternalError/,
    class: 'communication',
    remedy:
      'Give the container more shared memory (shm_gib of its runner) or that of the host (ipc: host), and try sglang.disable_custom_all_reduce: true; the lines above it tell more with NCCL_DEBUG=INFO.',
  },
  {
    pattern:
      /CUDA out of memory|torch\.OutOfMemoryError|CUDA error: out of memory|cudaMalloc failed: out of memory/,
    class: 'out-of-memory',
    remedy:
      'Lower sglang.mem_fraction_static, which leaves more for activations, or sglang.chunked_prefill_size and sglang.cuda_graph_max_bs_decode; where the weights alone do not fit, raise sglang.tp_size or use sglang.quantization.',
  },
  {
    pattern: /watchdog timeout \((?!.*soft=True)/i,
    class: 'hang',
    remedy:
      'Run it again; if it comes back, leave out the newest kernels that are asked for and report it to SGLang.',
  },
  {
    pattern: /exit code: -9\b|exitcode:? -9\b/,
    class: 'killed',
    remedy:
      'Check the memory of this machine and the limits of the container: the system kills what takes too much.',
  },
  {
    pattern: /exit code: -11\b|exitcode:? -11\b|Fatal Python error: Segmentation fault/,
    class: 'crashed',
    remedy: 'Run it again; if it comes back, report it to SGLang with the log.',
  },
  ...SHARED_PHRASES,
  {
    pattern: /^(?:ValueError|AssertionError|TypeError|NotImplementedError): .+$/m,
    class: 'engine-error',
    remedy:
      'Read what SGLang says of its arguments, and change the options of the section sglang that it names.',
  },
  {
    pattern: /^(?:RuntimeError|ModuleNotFoundError|ImportError|OSError|KeyError|AttributeError): .+$/m,
    class: 'engine-error',
    remedy: 'Look for the first error in engine.log; the installation may not fit the GPU or its driver.',
  },
  {
    pattern: /scheduler died during initialization/,
    class: 'engine-error',
    remedy: 'Look for the first error in engine.log.',
  },
  {
    pattern: /Received sigquit from a child process/,
    class: 'engine-error',
    remedy: 'Look for the first error in engine.log.',
  },
];

/** As the first process of a container it ends with 0 even when its workers have failed. */
const ENDED: Diagnosis = {
  class: 'engine-error',
  message: 'The server ended by itself, with exit code 0 and no error in its log.',
  remedy:
    'Look at the end of engine.log. If somebody stopped it, run it again; else start it by hand with the command of the record.',
};

/** Pure; never throws. Null when it recognises nothing. */
export function diagnoseExit(exit: ServiceExit, log: string): Diagnosis | null {
  return diagnoseLog(PHRASES, exit, log) ?? (exit.code === 0 ? ENDED : null);
}
