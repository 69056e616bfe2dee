/** Tokenizers for tests, built by hand: byte-level BPE whose merges make whole words with the space before them. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const FOLDER = mkdtempSync(join(tmpdir(), 'llem-tokenizers-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** Printable ASCII as GPT-2 writes bytes; the space becomes U+0120, the line end U+010A. */
const SYMBOLS = [
  ...Array.from({ length: 94 }, (_, index) => String.fromCodePoint(0x21 + index)),
  '\u0120',
  '\u010a',
];

export const WORDS =
  'the of and to in energy power model token engine batch cache joule watt second result'.split(' ');

export interface TokenizerShape {
  readonly words?: readonly string[];
  readonly symbols?: readonly string[];
  /** Puts a beginning before every text, as the tokenizers of Llama 3 do. */
  readonly beginning?: boolean;
}

/** Writes a tokenizer that is there for the tests of this file; gives its path. */
export function writeTokenizer({
  words = WORDS,
  symbols = SYMBOLS,
  beginning = false,
}: TokenizerShape = {}): string {
  const tokens = [...symbols];
  const merges: [string, string][] = [];
  for (const word of words) {
    let left = '\u0120';
    for (const symbol of word) {
      if (!tokens.includes(left + symbol)) {
        tokens.push(left + symbol);
        merges.push([left, symbol]);
      }
      left += symbol;
    }
  }
  const bos = { id: tokens.length, content: '<s>', special: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ ...bos, ...flags }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: beginning
      ? {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
          pair: [],
          special_tokens: { '<s>': { id: '<s>', ids: [bos.id], tokens: ['<s>'] } },
        }
      : null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  const path = join(FOLDER, `tokenizer-${randomUUID()}.json`);
  writeFileSync(path, JSON.stringify(json));
  return path;
}
