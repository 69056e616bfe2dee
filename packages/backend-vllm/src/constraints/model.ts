/** The model as constraints know it. */
import type { JsonObject } from '@llem/core';
import { modelConfig, type ModelConfig } from '@llem/serving';
import { z } from 'zod';

const ropeSchema = z.object({ rope_type: z.string().nullish(), type: z.string().nullish() });
const scalingSchema = z.object({
  rope_scaling: ropeSchema.nullish().catch(null),
  rope_parameters: ropeSchema.nullish().catch(null),
});

/** Types of RoPE that leave the context as the configuration has it (vllm/config/model.py, `_get_and_verify_max_len`). */
const UNSCALED = ['default', 'su', 'longrope', 'llama3'];

/** Its context is null where vLLM scales it. Total. */
export function knownModel(config: JsonObject): ModelConfig {
  const model = modelConfig(config);
  const text = scalingSchema.safeParse(config['text_config'] ?? config);
  const { rope_type: ropeType, type } = text.data?.rope_scaling ?? text.data?.rope_parameters ?? {};
  return UNSCALED.includes(ropeType ?? type ?? 'default') ? model : { ...model, contextLength: null };
}
