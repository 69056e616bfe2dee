/** What a model's `config.json` tells of it, whatever its family calls it. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';

/** Null where the file does not say. */
export interface ModelConfig {
  readonly architectures: readonly string[];
  readonly modelType: string | null;
  /** Type of the weights as stored, such as `bfloat16`. */
  readonly dtype: string | null;
  readonly attentionHeads: number | null;
  /** As many as attention heads where the file names none. */
  readonly kvHeads: number | null;
  readonly hiddenSize: number | null;
  readonly layers: number | null;
  /** Longest context in tokens, before any scaling that an engine applies on its own. */
  readonly contextLength: number | null;
  /** True where positions are scaled: engines, and their releases, differ in the context that they take it to have. */
  readonly scaledContext: boolean;
  /** Rows of the embedding, which may be more than the tokenizer's tokens. */
  readonly vocabularySize: number | null;
  /** Experts that a router chooses from; null for a dense model. */
  readonly experts: number | null;
  /** True where keys and values are kept compressed (multi-head latent attention). */
  readonly latentAttention: boolean;
  /** `quant_method` of a checkpoint that was quantised beforehand, such as `fp8` or `awq`. */
  readonly quantization: string | null;
}

/** Parts of multimodal models that hold what is true of their language model. */
const TEXT_PARTS = ['text_config', 'llm_config', 'language_config', 'thinker_config'];

/** Names of the same thing in the families of models; the first that is there counts. */
const NAMES = {
  attentionHeads: ['num_attention_heads', 'n_head', 'num_heads', 'n_heads'],
  kvHeads: ['num_key_value_heads', 'num_kv_heads', 'n_head_kv', 'multi_query_group_num'],
  hiddenSize: ['hidden_size', 'n_embd', 'd_model', 'dim'],
  layers: ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers'],
  contextLength: [
    'max_position_embeddings',
    'n_positions',
    'max_seq_len',
    'seq_length',
    'max_sequence_length',
    'model_max_length',
    'n_ctx',
  ],
  vocabularySize: ['vocab_size', 'padded_vocab_size', 'n_vocab'],
  experts: ['num_experts', 'num_local_experts', 'n_routed_experts', 'moe_num_experts'],
} as const;

/** Total and pure: what is not as expected counts as not said. */
export function modelConfig(config: JsonObject): ModelConfig {
  const parts = [...textParts(config), config];
  const value = (name: string): JsonValue | undefined =>
    parts.map((part) => part[name]).find((found) => found !== undefined && found !== null);
  const text = (name: string): string | null => {
    const found = value(name);
    return typeof found === 'string' && found !== '' ? found : null;
  };
  const count = (quantity: keyof typeof NAMES): number | null =>
    NAMES[quantity].map(value).map(largest).find(isCount) ?? null;
  const attentionHeads = count('attentionHeads');
  const quantization = value('quantization_config');
  const method = isJsonObject(quantization) ? quantization['quant_method'] : undefined;
  const architectures = config['architectures'];
  return {
    architectures: Array.isArray(architectures)
      ? architectures.filter((name) => typeof name === 'string')
      : [],
    modelType: text('model_type'),
    dtype: text('dtype') ?? text('torch_dtype'),
    attentionHeads,
    kvHeads: count('kvHeads') ?? (value('multi_query') === true ? 1 : attentionHeads),
    hiddenSize: count('hiddenSize'),
    layers: count('layers'),
    contextLength: count('contextLength'),
    scaledContext: [value('rope_scaling'), value('rope_parameters')].some(isScaled),
    vocabularySize: count('vocabularySize'),
    experts: count('experts'),
    latentAttention: isCount(value('kv_lora_rank')),
    quantization: typeof method === 'string' ? method : null,
  };
}

/** Kinds of RoPE that leave the context as the configuration has it, in every engine. */
const UNSCALED: readonly unknown[] = ['default', 'su', 'longrope', 'llama3', 'mrope'];

/** Of one kind, or of one for each kind of layers. */
function isScaled(rope: JsonValue | undefined): boolean {
  if (!isJsonObject(rope)) return false;
  const kind = rope['rope_type'] ?? rope['type'];
  if (kind !== undefined && kind !== null) return !UNSCALED.includes(kind);
  return rope['factor'] !== undefined || Object.values(rope).some(isScaled);
}

/** A part may hold one itself. */
function textParts(config: JsonObject): JsonObject[] {
  const part = TEXT_PARTS.map((name) => config[name]).find(isJsonObject);
  return part === undefined ? [] : [...textParts(part), part];
}

/** Models with experts of several kinds, as for text and images, have a number for each. */
const largest = (value: JsonValue | undefined): JsonValue | undefined =>
  Array.isArray(value) && value.length > 0 && value.every(isCount) ? Math.max(...value) : value;

const isCount = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0;
