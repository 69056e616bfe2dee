/** The options file of TensorRT-LLM: which keys it may have, and what is written of one that it may not. */
import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import { parse } from 'yaml';
import { z } from 'zod';

/** Keys of the top; what is known of those of a mapping stands in `NESTED`. */
const TOP = `
allreduce_strategy attention_dp_config attn_backend backend batch_wait_max_tokens_ratio batch_wait_timeout_iters
batch_wait_timeout_ms batching_type build_config cache_transceiver_config checkpoint_format checkpoint_io_policy
checkpoint_loader context_parallel_size cp_config cuda_graph_config custom_tokenizer decoding_config disable_mm_encoder
disable_overlap_scheduler disagg_cluster dtype dwdp_config enable_attention_dp enable_autotuner enable_chunked_prefill
enable_early_first_token_response enable_encoder_decoder_mixed_cuda_graph enable_energy_metrics
enable_in_graph_sampling enable_iter_perf_stats enable_iter_req_stats enable_layerwise_nvtx_marker
enable_lm_head_tp_in_adp enable_lora enable_low_latency_host_dispatch enable_min_latency enable_mla_skip_correction
enable_resource_governor enable_speculative_beam_history_d2h encode_only encoder_cuda_graph_config
encoder_max_batch_size encoder_max_num_tokens env_overrides fail_fast_on_attention_window_too_large
force_dynamic_quantization garbage_collection_gen0_threshold gather_generation_logits generation_config gms_config
gpus_per_node guided_decoding_backend iter_stats_max_iterations kv_cache_compression_config kv_cache_config
kv_connector_config layer_wise_benchmarks_config load_format lora_config max_batch_size max_beam_width max_input_len
max_num_tokens max_seq_len max_stats_len mla_skip_correction_threshold mm_encoder_only model model_kwargs
moe_cluster_parallel_size moe_config moe_expert_parallel_size moe_tensor_parallel_size mpi_session multimodal_config
mx_config normalize_log_probs num_postprocess_workers num_serve_frontends nvfp4_gemm_config orchestrator_type
otlp_traces_endpoint peft_cache_config perf_metrics_max_requests pipeline_parallel_size postprocess_tokenizer_dir
pp_partition prefill_capture_num_tokens prefill_cuda_graph_backend print_iter_log prometheus_metrics_config
quant_config ray_placement_config ray_worker_extension_cls reasoning_parser reorder_policy_config
request_stats_max_iterations return_perf_metrics revision sampler_force_async_worker sampler_type scheduler_config
skip_tokenizer_init sparse_attention_config speculative_config stream_interval telemetry_config tensor_parallel_size
tokenizer tokenizer_mode tokenizer_revision torch_compile_config trust_remote_code use_cute_dsl_bf16_bmm
use_cute_dsl_bf16_gemm use_cute_dsl_blockscaling_bmm use_cute_dsl_blockscaling_mm use_fine_grained_sync
video_pruning_rate
`;

const NESTED: Readonly<Record<string, string>> = {
  kv_cache_config: `
attention_dp_events_gather_period_ms avg_seq_len block_reuse_config copy_on_partial_reuse cross_kv_cache_fraction
disk_cache_path disk_cache_size disk_prefetch_num_reqs dtype enable_block_reuse enable_kv_pool_rebalance enable_partial_reuse
enable_swa_scratch_reuse event_buffer_max_size fp8_context_mla_kv_len_cap free_gpu_memory_fraction host_cache_size
iteration_stats_interval kv_cache_event_hash_algo mamba_ssm_cache_dtype mamba_ssm_philox_rounds
mamba_ssm_stochastic_rounding mamba_state_config max_attention_window max_gpu_total_bytes max_tokens
max_util_for_resume pool_ratio secondary_offload_min_priority sink_token_length tokens_per_block
use_kv_cache_manager_v2 use_uvm`,
  cuda_graph_config: `
batch_sizes enable_padding max_batch_size max_num_token max_seq_len mode num_tokens seq_lens`,
  scheduler_config: `
capacity_scheduler_policy context_chunking_policy dynamic_batch_config enable_prefix_aware_scheduling
use_python_scheduler waiting_queue_policy`,
  moe_config: `
backend disable_finalize_fusion load_balancer max_num_tokens use_low_precision_moe_combine`,
  torch_compile_config: `
capture_num_tokens enable_fullgraph enable_inductor enable_piecewise_cuda_graph enable_userbuffers max_num_streams`,
  lora_config: `
cuda_graph_specialize_lora lora_ckpt_source lora_dir lora_target_modules max_cpu_loras max_lora_rank max_loras
overlap_lora_and_base swap_gate_up_proj_lora_b_weight trtllm_modules_to_hf_modules`,
  attention_dp_config: `
batching_wait_iters enable_balance enable_kv_cache_aware_routing kv_cache_routing_account_for_in_transfer
kv_cache_routing_cold_start_warmup kv_cache_routing_conversation_affinity kv_cache_routing_fair_share_multiplier
kv_cache_routing_load_balance_weight kv_cache_routing_match_rate_threshold kv_cache_routing_max_sessions
kv_cache_routing_new_conv_placement timeout_iters`,
};

const keysOf = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));
const TOP_KEYS = keysOf(TOP);
const NESTED_KEYS = new Map(Object.entries(NESTED).map(([key, words]) => [key, keysOf(words)]));

/** The settings of the file, or the last lines of what the program writes when it cannot have them. */
export function readOptionsFile(
  path: string,
): { readonly settings: JsonObject } | { readonly refusal: string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { refusal: `FileNotFoundError: [Errno 2] No such file or directory: '${path}'` };
  }
  const read = z.record(z.string(), z.json()).nullable().safeParse(parse(text));
  if (!read.success) return { refusal: `ValueError: ${path} holds no mapping` };
  const settings: JsonObject = read.data ?? {};
  const unknown = unknownKeys(settings);
  if (unknown.length === 0) return { settings };
  const lines = unknown.flatMap(([key, value]) => [
    key,
    `  Extra inputs are not permitted [type=extra_forbidden, input_value=${JSON.stringify(value)}]`,
  ]);
  const errors = `${unknown.length} validation error${unknown.length === 1 ? '' : 's'} for TorchLlmArgs`;
  return { refusal: ['pydantic_core._pydantic_core.ValidationError: ' + errors, ...lines].join('\n') };
}

function unknownKeys(settings: JsonObject): [string, JsonValue][] {
  return Object.entries(settings).flatMap(([key, value]): [string, JsonValue][] => {
    if (!TOP_KEYS.has(key)) return [[key, value]];
    const known = NESTED_KEYS.get(key);
    if (known === undefined || !isJsonObject(value)) return [];
    return Object.entries(value)
      .filter(([inner]) => !known.has(inner))
      .map(([inner, each]) => [`${key}.${inner}`, each]);
  });
}
