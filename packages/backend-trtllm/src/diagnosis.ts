/** Why trtllm-serve ended, from its exit and its log. */
import type { FailureCause, ServiceExit } from '@llem/core';
import { diagnoseLog, SHARED_PHRASES, type Phrase } from '@llem/serving';

/** Whole phrases of its logs, the most telling first; those of every engine come after them. */
const PHRASES: readonly Phrase[] = [
  {
    class: 'bad-arguments',
    pattern:
      /Error: (?:No such option|Invalid value for|Missing argument|Got unexpected extra argument|Option ').*/,
    remedy:
      'Compare trtllm.extra and the other options with `trtllm-serve serve --help` of this release: it may lack a flag, or a value of it.',
  },
  {
    class: 'bad-arguments',
    pattern: /\d+ validation errors? for \w+|invalid kwargs|got an unexpected keyword argument/,
    remedy:
      'Correct the key of the options file that it names, or leave out what this release does not know (trtllm.extra_llm_api_options too).',
  },
  {
    class: 'unsupported-model',
    pattern: /Unknown architecture for AutoModelForCausalLM: \S+|Unsupported architecture: \S+/,
    remedy:
      'Use a model that this release of TensorRT-LLM knows, or a later release (another image, or trtllm.executable).',
  },
  {
    class: 'unsupported',
    pattern:
      /must be divisible by (?:tp_size|tensor parallel(?:ism)?)|(?:num_heads|num_attention_heads) % \w*tp_size/,
    remedy: 'Use a trtllm.tp_size that divides the heads of the model, or enable_attention_dp.',
  },
  {
    class: 'unsupported',
    pattern:
      /not supported (?:on|for|with) (?:the current GPU|this GPU|SM ?\d+|compute capability)|no kernel image is available for execution|only supported on (?:Hopper|Blackwell|SM ?\d+)/i,
    remedy:
      'This GPU cannot compute that: use another trtllm.attn_backend, moe_config.backend, kv_cache_config.dtype or a checkpoint with another quantization.',
  },
  {
    class: 'kv-cache-memory',
    pattern: /The following component could not be created: (?:Initial )?KV cache.*/i,
    remedy:
      'Lower trtllm.kv_cache_config.free_gpu_memory_fraction (0.9), max_num_tokens or max_seq_len; for a smaller cache set kv_cache_config.max_tokens or its dtype.',
  },
  {
    class: 'kv-cache-memory',
    pattern:
      /(?:attention window|sequence) .{0,80}(?:does not|cannot|can not|too large to) fit .{0,60}KV ?cache|max_seq_len.{0,80}larger than .{0,40}KV cache capacity/i,
    remedy:
      'Raise trtllm.kv_cache_config.free_gpu_memory_fraction or max_tokens, lower trtllm.max_seq_len, use another kv_cache_config.dtype, or more GPUs (trtllm.tp_size).',
  },
  {
    class: 'out-of-memory',
    pattern: /The following component could not be created: (?:Draft|Speculative decoding resources).*/,
    remedy:
      'Lower trtllm.speculative_config.max_draft_len, max_batch_size or max_num_tokens, or use a smaller speculative_model.',
  },
  {
    class: 'out-of-memory',
    pattern: /The following component could not be created: Model\b.*/,
    remedy:
      'Use more GPUs (trtllm.tp_size, pp_size), a smaller or quantized model, or a lower trtllm.max_num_tokens.',
  },
  {
    class: 'out-of-memory',
    pattern:
      /Executor creation failed due to insufficient GPU memory|CUDA out of memory|torch\.OutOfMemoryError|CUDA error: out of memory/,
    remedy:
      'Lower trtllm.max_num_tokens, max_batch_size or max_seq_len, fewer or smaller cuda_graph_config.batch_sizes, or use more GPUs (trtllm.tp_size).',
  },
  {
    class: 'no-gpu',
    pattern: /No GPU devices found on the node/,
    remedy:
      'Check `llem doctor` and `devices`: trtllm-serve sees the GPUs that the study names and no others.',
  },
  {
    class: 'too-few-gpus',
    pattern: /Only \d+ GPUs? (?:is|are) available, but \d+ (?:is|are) required|invalid device ordinal/,
    remedy: 'Name as many `devices` as trtllm.tp_size x pp_size x cp_size, or lower these.',
  },
  {
    class: 'communication',
    pattern:
      /There are not enough slots available in the system.*|All nodes which are allocated for this job are already filled/,
    remedy:
      'MPI starts one worker for each GPU and finds no room: run as root in the official container, or set OMPI_MCA_rmaps_base_oversubscribe=1 where llem is started.',
  },
  {
    class: 'communication',
    pattern: /(?:Executor creation failed with |Failed, )NCCL error.*/,
    remedy:
      'The GPUs cannot reach each other: check peer access and shared memory, or set trtllm.allreduce_strategy to NCCL.',
  },
  {
    class: 'missing-executable',
    pattern:
      /No module named 'tensorrt_llm|error while loading shared libraries: lib(?:nvinfer|mpi|cuda|cublas|nccl)\S*/,
    remedy:
      'This installation of TensorRT-LLM is not whole: install it again as its documentation says, or use the official container.',
  },
  {
    class: 'driver-mismatch',
    pattern:
      /CUDA driver version is insufficient for CUDA runtime version|The NVIDIA driver on your system is too old/,
    remedy:
      'Update the NVIDIA driver, or use an earlier release of TensorRT-LLM (another image, or trtllm.executable).',
  },
];

/** What is left when nothing more telling was found. */
const GENERIC: readonly Phrase[] = [
  {
    class: 'engine-error',
    pattern:
      /Executor worker (?:returned error|died during initialization)|Failed to initialize executor on rank \d+: .+/,
    remedy: 'Read engine.log from the first line with [E] on: the cause stands there.',
  },
];

/** What pydantic says of a key of the options file, over three lines. */
const REFUSED_KEY = /validation errors? for \w+\n(\S+)\n {2}(.+?)(?: \[type=|$)/m;

/** Pure; never throws. Null when nothing is recognised. */
export function diagnoseExit(exit: ServiceExit, log: string): FailureCause | null {
  const [, key, reason] = REFUSED_KEY.exec(log) ?? [];
  if (key !== undefined && reason !== undefined) {
    return {
      class: 'bad-arguments',
      message: `The options file is refused: ${key}: ${reason}.`,
      remedy:
        'Correct trtllm.' +
        key +
        ', or leave it out where this release does not know it; it may stand in trtllm.extra_llm_api_options.',
    };
  }
  return diagnoseLog([...PHRASES, ...SHARED_PHRASES, ...GENERIC], exit, log);
}
