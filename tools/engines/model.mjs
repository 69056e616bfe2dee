// A small model for real engines: the llama architecture with random weights, in the files that the Hugging Face libraries read.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillRandomWords } from '../../packages/backend-llamacpp/dist/model/random.js';
import { tinyTokenizer } from '../../packages/backend-llamacpp/dist/model/tiny-tokenizer.js';
import { makeVocabulary } from '../../packages/backend-llamacpp/dist/model/vocabulary.js';

const VOCABULARY_SIZE = 1024;
const LAYERS = 2;
const WIDTH = 256;
const INNER = 512;
/** Of 64 elements each: a size that the attention kernels of every engine know. */
const HEADS = 4;
const KV_HEADS = 2;
export const MAX_POSITIONS = 2048;

/** Part of the folder's name; raised when what is written changes. */
const GENERATOR_VERSION = 1;

/** The folder of the model below `parent`, made if it is not there; the same bytes on every machine. */
export async function makeModel(parent) {
  const folder = join(parent, `tiny-llama-v${GENERATOR_VERSION}`);
  // Written aside and renamed: a run that was stopped leaves no half of a model behind.
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await Promise.all(
    Object.entries(modelFiles()).map(([name, content]) => writeFile(join(draft, name), content)),
  );
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  return folder;
}

function modelFiles() {
  const { endOfText, tokens, chatTemplate } = makeVocabulary(VOCABULARY_SIZE);
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  const ends = { bos_token_id: endOfText, eos_token_id: endOfText };
  return {
    'config.json': json({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      ...ends,
      hidden_size: WIDTH,
      intermediate_size: INNER,
      num_hidden_layers: LAYERS,
      num_attention_heads: HEADS,
      num_key_value_heads: KV_HEADS,
      head_dim: WIDTH / HEADS,
      hidden_act: 'silu',
      max_position_embeddings: MAX_POSITIONS,
      rms_norm_eps: 1e-5,
      rope_theta: 10_000,
      attention_bias: false,
      mlp_bias: false,
      tie_word_embeddings: false,
      vocab_size: VOCABULARY_SIZE,
      torch_dtype: 'bfloat16',
    }),
    'generation_config.json': json(ends),
    'tokenizer.json': tinyTokenizer(VOCABULARY_SIZE),
    'tokenizer_config.json': json({
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: tokens[endOfText],
      eos_token: tokens[endOfText],
      chat_template: chatTemplate,
      model_max_length: MAX_POSITIONS,
      clean_up_tokenization_spaces: false,
    }),
    'model.safetensors': safetensors(tensors()),
  };
}

function tensors() {
  let seed = 0;
  const matrix = (name, outputs, inputs) => ({
    name: `${name}.weight`,
    shape: [outputs, inputs],
    data: randomMatrix(outputs * inputs, inputs, ++seed),
  });
  const norm = (name) => ({ name: `${name}.weight`, shape: [WIDTH], data: new Uint16Array(WIDTH).fill(ONE) });
  const kvWidth = (WIDTH / HEADS) * KV_HEADS;
  const layers = Array.from({ length: LAYERS }, (_, layer) => `model.layers.${layer}`);
  return [
    matrix('model.embed_tokens', VOCABULARY_SIZE, WIDTH),
    norm('model.norm'),
    matrix('lm_head', VOCABULARY_SIZE, WIDTH),
    ...layers.flatMap((layer) => [
      norm(`${layer}.input_layernorm`),
      matrix(`${layer}.self_attn.q_proj`, WIDTH, WIDTH),
      matrix(`${layer}.self_attn.k_proj`, kvWidth, WIDTH),
      matrix(`${layer}.self_attn.v_proj`, kvWidth, WIDTH),
      matrix(`${layer}.self_attn.o_proj`, WIDTH, WIDTH),
      norm(`${layer}.post_attention_layernorm`),
      matrix(`${layer}.mlp.gate_proj`, INNER, WIDTH),
      matrix(`${layer}.mlp.up_proj`, INNER, WIDTH),
      matrix(`${layer}.mlp.down_proj`, WIDTH, INNER),
    ]),
  ];
}

/** 1 as bfloat16, which is the upper half of a 32-bit float. */
const ONE = 0x3f80;

/** Uniform numbers as bfloat16, scaled so that the product with a normalised vector is again of order 1. */
function randomMatrix(count, inputs, seed) {
  const words = new Uint32Array(count);
  fillRandomWords(words, seed);
  const limit = Math.sqrt(3 / inputs);
  const floats = Float32Array.from(words, (word) => (word / 2 ** 31 - 1) * limit);
  return Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16);
}

/** The file format of the safetensors library: the length of a JSON header in 8 bytes, the header, the numbers. */
function safetensors(list) {
  let at = 0;
  const entries = list.map(({ name, shape, data }) => {
    const start = at;
    at += data.byteLength;
    return [name, { dtype: 'BF16', shape, data_offsets: [start, at] }];
  });
  const text = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  // Padded with spaces to a multiple of eight, so that the numbers are aligned.
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bytes = list.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, header, ...bytes]);
}
