/** The generated models: the llama architecture with random weights, for tests, demonstrations and machines offline. */
import { fillRandomWords } from './random.js';
import { ggufFile, type MetadataValue, type Tensor } from './gguf-writer.js';
import { makeVocabulary } from './vocabulary.js';

/** Size of a generated model. */
interface Shape {
  readonly layers: number;
  readonly width: number;
  /** Width of the feed-forward network. */
  readonly inner: number;
  readonly heads: number;
  /** Heads that keep keys and values; fewer make the cache small, so that more sequences share a step well. */
  readonly kvHeads: number;
  /** SHA-256 of the file, by which a cached one is recognised. A change of the generator changes all of them. */
  readonly sha256: string;
}

/** Wide and shallow: few and large multiplications are what profits from batching, as in a large model. */
export const TINY_MODELS = {
  'llem/tiny-1m': {
    layers: 4,
    width: 128,
    inner: 384,
    heads: 4,
    kvHeads: 2,
    sha256: '81230129c81a5474d316abb734b70df1767839d8b80548cbd0b40368b0dd8554',
  },
  'llem/tiny-15m': {
    layers: 4,
    width: 512,
    inner: 1792,
    heads: 8,
    kvHeads: 2,
    sha256: '180c408f321c1567741619675a6d566ee3383ead75a5dcae08a17dd15e65f7f0',
  },
  'llem/tiny-40m': {
    layers: 3,
    width: 1024,
    inner: 3328,
    heads: 16,
    kvHeads: 2,
    sha256: '3128ff42c4b68745af338e9fa05e8a3ae6af2972e6b8eb7badb4d173a34cffeb',
  },
  'llem/tiny-100m': {
    layers: 5,
    width: 1280,
    inner: 4096,
    heads: 20,
    kvHeads: 4,
    sha256: '392bba252744ee2ed2cb4e36ed352b9b1d87f01a86f7b67ab5803588ea94666f',
  },
} as const satisfies Record<string, Shape>;

export type TinyModelName = keyof typeof TINY_MODELS;

export const isTinyModel = (name: string): name is TinyModelName => Object.hasOwn(TINY_MODELS, name);

export const VOCABULARY_SIZE = 1024;
const CONTEXT_LENGTH = 131_072;

/** Part of a file's name in the cache; raised when the generator changes what it writes. */
export const GENERATOR_VERSION = 1;

/** Elements of a Q8_0 block, which share one 16-bit scale in front of them. */
const BLOCK = 32;
const BLOCK_BYTES = 2 + BLOCK;

/** Bits of the 16-bit float nearest to a positive normal number below 2: exact integers, no platform's rounding. */
function halfBits(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  const fraction = Math.round((value / 2 ** exponent - 1) * 1024);
  return (((exponent + 15) << 10) + fraction) & 0xffff;
}

/** A matrix of random Q8_0 blocks, scaled so that its product with a normalised vector is again of order 1. */
function randomMatrix(name: string, inputs: number, outputs: number, seed: number): Tensor {
  const bytes = (inputs / BLOCK) * outputs * BLOCK_BYTES;
  const words = new Uint32Array(Math.ceil(bytes / 4));
  fillRandomWords(words, seed);
  // Each byte becomes a 7-bit two's complement number, -64..63, whose standard deviation is about 37.
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    words[i] = (word & 0x7f7f7f7f) | ((word & 0x40404040) << 1);
  }
  const data = new Uint8Array(words.buffer, 0, bytes);
  const scale = halfBits(1 / (37 * Math.sqrt(inputs)));
  for (let at = 0; at < bytes; at += BLOCK_BYTES) {
    data[at] = scale & 0xff;
    data[at + 1] = scale >> 8;
  }
  return { name, shape: [inputs, outputs], type: 'q8_0', data };
}

function ones(name: string, length: number): Tensor {
  const data = Buffer.alloc(4 * length);
  for (let i = 0; i < length; i++) data.writeFloatLE(1, 4 * i);
  return { name, shape: [length], type: 'f32', data };
}

function tensorsOf(shape: Shape): Tensor[] {
  let seed = 0;
  const matrix = (name: string, inputs: number, outputs: number) =>
    randomMatrix(name, inputs, outputs, ++seed);
  const kvWidth = (shape.width / shape.heads) * shape.kvHeads;
  const tensors = [
    matrix('token_embd.weight', shape.width, VOCABULARY_SIZE),
    ones('output_norm.weight', shape.width),
    matrix('output.weight', shape.width, VOCABULARY_SIZE),
  ];
  for (let layer = 0; layer < shape.layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    tensors.push(
      ones(name('attn_norm'), shape.width),
      matrix(name('attn_q'), shape.width, shape.width),
      matrix(name('attn_k'), shape.width, kvWidth),
      matrix(name('attn_v'), shape.width, kvWidth),
      matrix(name('attn_output'), shape.width, shape.width),
      ones(name('ffn_norm'), shape.width),
      matrix(name('ffn_gate'), shape.width, shape.inner),
      matrix(name('ffn_up'), shape.width, shape.inner),
      matrix(name('ffn_down'), shape.inner, shape.width),
    );
  }
  return tensors;
}

/** The bytes of a generated model, in pieces. The same bytes on every machine and at every time. */
export function tinyModelFile(name: TinyModelName): Uint8Array[] {
  const shape: Shape = TINY_MODELS[name];
  const vocabulary = makeVocabulary(VOCABULARY_SIZE);
  const uint = (value: number): MetadataValue => ({ type: 'uint32', value });
  const string = (value: string): MetadataValue => ({ type: 'string', value });
  return ggufFile(
    [
      ['general.architecture', string('llama')],
      ['general.name', string(`${name} (random weights)`)],
      ['general.alignment', uint(32)],
      ['general.file_type', uint(7)], // mostly Q8_0
      ['general.quantization_version', uint(2)],
      ['llama.block_count', uint(shape.layers)],
      ['llama.context_length', uint(CONTEXT_LENGTH)],
      ['llama.embedding_length', uint(shape.width)],
      ['llama.feed_forward_length', uint(shape.inner)],
      ['llama.attention.head_count', uint(shape.heads)],
      ['llama.attention.head_count_kv', uint(shape.kvHeads)],
      ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: 1e-5 }],
      ['llama.rope.dimension_count', uint(shape.width / shape.heads)],
      ['llama.vocab_size', uint(VOCABULARY_SIZE)],
      ['tokenizer.ggml.model', string('gpt2')],
      ['tokenizer.ggml.pre', string('gpt-2')],
      ['tokenizer.ggml.tokens', { type: 'strings', value: vocabulary.tokens }],
      ['tokenizer.ggml.token_type', { type: 'int32s', value: vocabulary.types }],
      ['tokenizer.ggml.merges', { type: 'strings', value: vocabulary.merges }],
      ['tokenizer.ggml.bos_token_id', uint(vocabulary.endOfText)],
      ['tokenizer.ggml.eos_token_id', uint(vocabulary.endOfText)],
      ['tokenizer.ggml.eot_token_id', uint(vocabulary.endOfTurn)],
      ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
      ['tokenizer.chat_template', string(vocabulary.chatTemplate)],
    ],
    tensorsOf(shape),
  );
}
