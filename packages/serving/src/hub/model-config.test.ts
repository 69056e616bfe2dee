import { expect, it } from 'vitest';
import { modelConfig } from './model-config.js';

it('reads a dense model', () => {
  expect(
    modelConfig({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      torch_dtype: 'bfloat16',
      hidden_size: 4096,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      num_hidden_layers: 32,
      max_position_embeddings: 131_072,
      rope_scaling: { rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192 },
      vocab_size: 128_256,
    }),
  ).toEqual({
    architectures: ['LlamaForCausalLM'],
    modelType: 'llama',
    dtype: 'bfloat16',
    attentionHeads: 32,
    kvHeads: 8,
    hiddenSize: 4096,
    layers: 32,
    contextLength: 131_072,
    scaledContext: false,
    vocabularySize: 128_256,
    experts: null,
    latentAttention: false,
    quantization: null,
  });
});

it('reads the language model inside of a multimodal one', () => {
  const found = modelConfig({
    architectures: ['Gemma3ForConditionalGeneration'],
    model_type: 'gemma3',
    hidden_size: 1,
    text_config: {
      model_type: 'gemma3_text',
      num_attention_heads: 16,
      num_key_value_heads: 8,
      hidden_size: 3840,
    },
    vision_config: { num_attention_heads: 12 },
    dtype: 'bfloat16',
  });
  expect(found).toMatchObject({ attentionHeads: 16, kvHeads: 8, hiddenSize: 3840, dtype: 'bfloat16' });
});

it.each([
  [
    { n_head: 12, n_embd: 768, n_positions: 1024 },
    { attentionHeads: 12, kvHeads: 12, hiddenSize: 768, contextLength: 1024 },
  ],
  [{ num_attention_heads: 71, multi_query: true }, { kvHeads: 1 }],
  [
    { n_routed_experts: 256, kv_lora_rank: 512 },
    { experts: 256, latentAttention: true },
  ],
  [{ rope_scaling: { type: 'linear', factor: 4 } }, { scaledContext: true }],
  [{ rope_parameters: { rope_type: 'default', rope_theta: 10_000 } }, { scaledContext: false }],
  [
    { text_config: { rope_parameters: { full_attention: { rope_type: 'yarn', factor: 4 } } } },
    { scaledContext: true },
  ],
  [{ moe_num_experts: [64, 48] }, { experts: 64 }],
  [{ quantization_config: { quant_method: 'fp8' } }, { quantization: 'fp8' }],
])('knows what other families call it: %j', (config, expected) => {
  expect(modelConfig(config)).toMatchObject(expected);
});

it('takes what is not as expected for not said', () => {
  const found = modelConfig({
    num_attention_heads: '32',
    hidden_size: -1,
    architectures: 'x',
    vocab_size: 1.5,
    text_config: [],
  });
  expect(found).toMatchObject({
    attentionHeads: null,
    hiddenSize: null,
    architectures: [],
    vocabularySize: null,
  });
});
