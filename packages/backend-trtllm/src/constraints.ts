/** What cannot work, known before anything starts. */
import { longestRequest, type Experiment, type PlanFacts, type Violation } from '@llem/core';
import { extraViolations } from '@llem/serving';
import { fileKeyViolations, OWN_FLAGS } from './decided.js';
import { modelViolations } from './model-constraints.js';
import type { TrtllmOptions } from './options.js';
import { speculationViolations } from './speculation-constraints.js';

/** LlmArgs.max_num_tokens where nothing is set, as of 1.0 to 1.4. */
const DEFAULT_MAX_NUM_TOKENS = 8192;

type Add = (option: string, message: string) => void;

/** GPUs that the engine computes on. */
const ranksOf = ({ tp_size: tp = 1, pp_size: pp = 1, cp_size: cp = 1 }: TrtllmOptions): number =>
  tp * pp * cp;

/** Total and pure. */
export function findViolations(
  options: TrtllmOptions,
  experiment: Experiment,
  facts: PlanFacts,
): readonly Violation[] {
  const found: Violation[] = [];
  const add: Add = (option, message) => found.push({ path: `trtllm.${option}`, message });
  roomViolations(options, experiment, add);
  parallelViolations(options, add);
  backendViolations(options, add);
  mappingViolations(options, add);
  speculationViolations(options, add);
  return [
    ...deviceViolations(options, experiment),
    ...found,
    ...modelViolations(options, experiment, facts.model),
    ...fileKeyViolations(options.extra_llm_api_options),
    ...extraViolations('trtllm', options.extra, OWN_FLAGS),
  ];
}

function deviceViolations(options: TrtllmOptions, { devices }: Experiment): Violation[] {
  const ranks = ranksOf(options);
  const refuse = (message: string) => [{ path: 'devices', message }];
  if (devices === 'none') return refuse('TensorRT-LLM computes on GPUs alone: name some, or use all');
  if (!Array.isArray(devices) || devices.length >= ranks) return [];
  return refuse(
    `${devices.length} named, and trtllm.tp_size x pp_size x cp_size is ${ranks}: name ${ranks} GPUs, or lower one of these`,
  );
}

function roomViolations(options: TrtllmOptions, { workload }: Experiment, add: Add): void {
  const { inputTokens: input, outputTokens: output } = longestRequest(workload);
  const { max_seq_len: longest, max_num_tokens: step = DEFAULT_MAX_NUM_TOKENS } = options;
  if (longest !== undefined && longest < input + output) {
    add(
      'max_seq_len',
      `a request may have ${longest} tokens and this workload asks for up to ${input + output} (input_tokens, output_tokens, turns): raise it, leave it out, or ask for less`,
    );
  }
  if (input > step && options.enable_chunked_prefill !== true && options.backend !== '_autodeploy') {
    add(
      'max_num_tokens',
      `prompts of ${input} tokens do not fit into a step of ${step}: raise it, set trtllm.enable_chunked_prefill, or lower workload.input_tokens`,
    );
  }
  const cached = options.kv_cache_config?.max_tokens;
  if (cached !== undefined && cached < input + output) {
    add(
      'kv_cache_config.max_tokens',
      `the cache holds ${cached} tokens and one request needs up to ${input + output}: raise it or leave it out`,
    );
  }
}

function parallelViolations(options: TrtllmOptions, add: Add): void {
  const { tp_size: tp = 1, pp_size: pp = 1, ep_size: ep, moe_tensor_parallel_size: moeTp } = options;
  if (ep !== undefined && tp % ep !== 0) {
    add(
      'ep_size',
      `${ep} does not divide trtllm.tp_size (${tp}): experts are spread over a part of these GPUs`,
    );
  } else if (moeTp !== undefined && moeTp * (ep ?? 1) !== tp) {
    add(
      'moe_tensor_parallel_size',
      `times trtllm.ep_size (${ep ?? 1}) it has to be trtllm.tp_size (${tp}): use ${tp / (ep ?? 1)}, or leave it out`,
    );
  }
  if (options.pp_partition && options.pp_partition.length !== pp) {
    add(
      'pp_partition',
      `${options.pp_partition.length} groups of layers for trtllm.pp_size ${pp}: name one for each`,
    );
  }
  const helix = options.cp_config?.tokens_per_block;
  const block = options.kv_cache_config?.tokens_per_block;
  if (
    options.cp_config?.cp_type === 'HELIX' &&
    helix !== undefined &&
    block !== undefined &&
    helix !== block
  ) {
    add(
      'cp_config.tokens_per_block',
      `${helix}, and trtllm.kv_cache_config.tokens_per_block is ${block}: HELIX needs both the same`,
    );
  }
}

/** Keys that only the PyTorch backend knows; the other one refuses them when it starts. */
const OF_PYTORCH = [
  'cuda_graph_config',
  'torch_compile_config',
  'attn_backend',
  'moe_config',
  'disable_overlap_scheduler',
  'stream_interval',
  'attention_dp_config',
  'enable_autotuner',
  'allreduce_strategy',
  'batch_wait_timeout_ms',
  'batch_wait_timeout_iters',
  'batch_wait_max_tokens_ratio',
  'print_iter_log',
  'sampler_type',
  'force_dynamic_quantization',
] as const satisfies readonly (keyof TrtllmOptions)[];

function backendViolations(options: TrtllmOptions, add: Add): void {
  if (options.backend !== 'tensorrt') return;
  const dtype = options.kv_cache_config?.dtype;
  if (dtype !== undefined && dtype !== 'auto') {
    add(
      'kv_cache_config.dtype',
      `${dtype} is not for trtllm.backend tensorrt, whose engine was built with a type: use auto, or the backend pytorch`,
    );
  }
  for (const key of OF_PYTORCH) {
    if (options[key] !== undefined)
      add(key, 'trtllm.backend tensorrt does not know it: leave it out, or use the backend pytorch');
  }
}

function mappingViolations(options: TrtllmOptions, add: Add): void {
  const { cuda_graph_config: graphs, kv_cache_config: cache, torch_compile_config: compile } = options;
  if (graphs?.batch_sizes && graphs.max_batch_size !== undefined) {
    const largest = Math.max(...graphs.batch_sizes);
    if (largest !== graphs.max_batch_size) {
      add(
        'cuda_graph_config.max_batch_size',
        `${graphs.max_batch_size}, and the largest of batch_sizes is ${largest}: the engine wants them equal; leave one of them out`,
      );
    }
  }
  if ((cache?.disk_cache_size ?? 0) > 0 && cache?.disk_cache_path === undefined) {
    add('kv_cache_config.disk_cache_size', 'needs kv_cache_config.disk_cache_path, a folder that is there');
  }
  const attention = options.attn_backend ?? 'TRTLLM';
  if (attention.startsWith('FLASHINFER') && cache?.enable_block_reuse === true) {
    add(
      'kv_cache_config.enable_block_reuse',
      `the engine turns it off with trtllm.attn_backend ${attention}: set it to false, or use another attention`,
    );
  }
  if (attention === 'FLASHINFER_STAR_ATTENTION' && options.enable_chunked_prefill === true) {
    add(
      'enable_chunked_prefill',
      `the engine turns it off with trtllm.attn_backend ${attention}: leave it out`,
    );
  }
  if (options.prefill_cuda_graph_backend === 'breakable') {
    if (compile)
      add('torch_compile_config', 'does not go with prefill_cuda_graph_backend breakable: leave one out');
    if (options.lora_config ?? options.enable_lora)
      add('prefill_cuda_graph_backend', 'breakable does not go with LoRA: use piecewise or disabled');
  }
  if (options.lora_request && !options.lora_config && options.enable_lora !== true)
    add(
      'lora_request',
      'needs trtllm.lora_config (or enable_lora): without it the engine has no room for adapters',
    );
}
