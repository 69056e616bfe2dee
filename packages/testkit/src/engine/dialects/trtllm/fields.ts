/** Fields of requests that TensorRT-LLM's server knows; it refuses all others. */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const SHARED = `
model frequency_penalty logit_bias logprobs n presence_penalty response_format seed stop stream stream_options
temperature top_p user lora_request prompt_ignore_length best_of use_beam_search top_k top_p_min min_p
repetition_penalty length_penalty early_stopping stop_token_ids include_stop_str_in_output ignore_eos min_tokens
skip_special_tokens spaces_between_special_tokens truncate_prompt_tokens thinking_token_budget echo add_special_tokens
disaggregated_params conversation_params priority max_tokens`;

export const COMPLETION_FIELDS = words(`${SHARED} prompt suffix return_context_logits detokenize`);

export const CHAT_FIELDS = words(`${SHARED}
messages prompt_token_ids prompt_token_ids_b64 top_logprobs max_completion_tokens tools tool_choice
parallel_tool_calls reasoning_effort thinking add_generation_prompt documents chat_template chat_template_kwargs
injected_chat_template_kwargs media_io_kwargs cache_salt agent_hierarchy mm_processor_kwargs`);

export const STREAM_FIELDS = words('include_usage continuous_usage_stats');
