/** A model of the Hugging Face kind as a folder of this machine: what of it is read before an engine loads it, and no weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VOCABULARY = 1_000;

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 64,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  num_hidden_layers: 2,
  max_position_embeddings: 4_096,
  vocab_size: VOCABULARY,
  torch_dtype: 'bfloat16',
};

export interface ModelFolder {
  /** Absolute. */
  readonly path: string;
  remove(): void;
}

/** Makes a small Llama's folder, which a backend can prepare without a network: `describeBackend(import.meta.url, { model: path })`. */
export function createModelFolder(): ModelFolder {
  const path = mkdtempSync(join(tmpdir(), 'llem-model-'));
  writeFileSync(join(path, 'config.json'), JSON.stringify(CONFIG));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
