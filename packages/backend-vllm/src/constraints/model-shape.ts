/** What constraints need of a model, from its config.json. */
import type { JsonObject } from '@llem/core';
import { z } from 'zod';

export interface ModelShape {
  /** Null where the configuration does not say. */
  readonly attentionHeads: number | null;
  readonly kvHeads: number | null;
  readonly layers: number | null;
  /** Longest context in tokens; null also where it is scaled in a way that only the engine knows. */
  readonly contextLength: number | null;
  /** 0 for a dense model. */
  readonly experts: number;
  /** True for latent attention, whose cache has no heads. */
  readonly latentAttention: boolean;
  /** How its weights are quantised, as its configuration calls it. */
  readonly quantization: string | null;
}

const size = z.int().positive().nullish().catch(null);
const rope = z.object({ rope_type: z.string().nullish(), type: z.string().nullish() });
const configSchema = z.object({
  model_type: z.string().nullish().catch(null),
  num_attention_heads: size,
  num_key_value_heads: size,
  num_hidden_layers: size,
  max_position_embeddings: size,
  num_experts: size,
  moe_num_experts: size,
  n_routed_experts: size,
  num_local_experts: size,
  kv_lora_rank: size,
  rope_scaling: rope.nullish().catch(null),
  rope_parameters: rope.nullish().catch(null),
  quantization_config: z.object({ quant_method: z.string() }).nullish().catch(null),
});

/** Types of RoPE that leave the context as the configuration has it (vllm/config/model.py, `_get_and_verify_max_len`). */
const UNSCALED = ['default', 'su', 'longrope', 'llama3'];

/** Of a model of several parts that of the text. Total: what makes no sense is unknown. */
export function modelShape(config: JsonObject | null): ModelShape | null {
  if (config === null) return null;
  const outer = configSchema.safeParse(config);
  const inner = configSchema.safeParse(config['text_config'] ?? config);
  if (!outer.success || !inner.success) return null;
  const text = inner.data;
  const { rope_type: ropeType, type } = text.rope_scaling ?? text.rope_parameters ?? {};
  const scaled = !UNSCALED.includes(ropeType ?? type ?? 'default');
  return {
    attentionHeads: text.num_attention_heads ?? null,
    kvHeads: text.num_key_value_heads ?? text.num_attention_heads ?? null,
    layers: text.num_hidden_layers ?? null,
    contextLength: scaled ? null : (text.max_position_embeddings ?? null),
    experts: text.num_experts ?? text.moe_num_experts ?? text.n_routed_experts ?? text.num_local_experts ?? 0,
    latentAttention: (text.kv_lora_rank ?? null) !== null,
    quantization: (outer.data.quantization_config ?? text.quantization_config)?.quant_method ?? null,
  };
}
