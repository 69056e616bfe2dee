/** The tokenizer of the generated models as a `tokenizer.json`, so that texts of exact length can be made for them. */
import { makeVocabulary } from './vocabulary.js';

/** The same bytes on every machine. It encodes as llama.cpp does with the vocabulary of a GGUF file of so many tokens. */
export function tinyTokenizer(vocabularySize: number): string {
  const { tokens, merges, endOfText, endOfTurn } = makeVocabulary(vocabularySize);
  const specials = tokens.slice(endOfText, endOfTurn + 1);
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, index) => ({
      id: endOfText + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    // Nothing is put before a text, as `tokenizer.ggml.add_bos_token` says too.
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  });
}
