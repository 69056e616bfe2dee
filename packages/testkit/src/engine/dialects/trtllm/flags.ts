/** The options of `trtllm-serve serve`, read from TensorRT-LLM's main branch of autumn 2026. How they are written: `readFlags`. */
export const TRTLLM_FLAGS = `
tokenizer=TEXT custom_tokenizer=TEXT host=TEXT port=INTEGER backend=[pytorch|tensorrt|_autodeploy]
custom_module_dirs=PATH log_level=[internal_error|error|warning|info|verbose|debug|trace] max_beam_width=INTEGER
max_batch_size=INTEGER max_num_tokens=INTEGER max_seq_len=INTEGER tensor_parallel_size|--tp_size=INTEGER
pipeline_parallel_size|--pp_size=INTEGER context_parallel_size|--cp_size=INTEGER
moe_expert_parallel_size|--ep_size=INTEGER moe_cluster_parallel_size|--cluster_size=INTEGER gpus_per_node=INTEGER
free_gpu_memory_fraction|--kv_cache_free_gpu_memory_fraction=FLOAT kv_cache_dtype=[auto|fp8|nvfp4]
num_postprocess_workers=INTEGER trust_remote_code hf_revision|--revision=TEXT
config|--extra_llm_api_options=TEXT reasoning_parser=TEXT tool_parser=TEXT metadata_server_config_file=TEXT
server_role=TEXT fail_fast_on_attention_window_too_large otlp_traces_endpoint=TEXT disagg_cluster_uri=TEXT
enable_chunked_prefill enable_attention_dp media_io_kwargs=TEXT video_pruning_rate=FLOAT chat_template=TEXT grpc
served_model_name=TEXT extra_visual_gen_options=TEXT
`;
