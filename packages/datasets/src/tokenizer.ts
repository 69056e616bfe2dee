/** A model's own tokenizer, from its `tokenizer.json`. The library behind it is imported on first use, and here alone. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isJsonObject, type JsonObject, type ModelFacts } from '@llem/core';
import { z } from 'zod';
import { reasonOf, refusal } from './refusals.js';

export interface TextTokenizer {
  /** Ids of a text; with the tokens that the tokenizer adds by itself, such as a beginning, where `special`. */
  encode(text: string, special: boolean): number[];
  /** Pieces of text that make random text when put together: each is one token nearly everywhere. In a fixed order. */
  pieces(): readonly string[];
}

/** A text to be measured; with the tokens that the tokenizer adds by itself where `special`. */
export interface MeasuredText {
  readonly text: string;
  readonly special: boolean;
}

/** Tokens of each. */
export const countTokens = (tokenizer: TextTokenizer, texts: readonly MeasuredText[]): number[] =>
  texts.map(({ text, special }) => tokenizer.encode(text, special).length);

/** What is used of the library, whose own types a strict module resolution does not find. */
interface LibraryTokenizer {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  get_vocab(withAdded: boolean): ReadonlyMap<string, number>;
}
const librarySchema = z.object({
  Tokenizer: z.custom<new (source: JsonObject, settings: JsonObject) => LibraryTokenizer>(
    (value) => typeof value === 'function',
  ),
});

/** Most pieces of text that prompts are made of: enough for prompts to differ, few enough to be checked at the start. */
const MOST_PIECES = 2_048;

/** A word with the space before it, as byte-level BPE and SentencePiece write it. */
const SPACED_WORD = /^[\u0120\u2581]([A-Za-z]{2,12})$/;

/** Where a model's tokenizer is: as an option says, else beside the model; null where there is none. */
export const tokenizerFile = (option: string | null, model: ModelFacts): string | null =>
  option === null ? model.tokenizerPath : resolve(option);

/** Throws LLEM_E_PREPARE. */
export async function loadTokenizer(path: string): Promise<TextTokenizer> {
  const source = await readObject(path);
  // Beside it models keep a few settings more; not all have the file.
  const settings = await readObject(join(dirname(path), 'tokenizer_config.json')).catch(() => ({}));
  const { Tokenizer } = librarySchema.parse(await import('@huggingface/tokenizers'));
  try {
    const tokenizer = new Tokenizer(source, settings);
    const encode = (text: string, special: boolean) =>
      tokenizer.encode(text, { add_special_tokens: special }).ids;
    encode('one two', true);
    return {
      encode,
      pieces: () => piecesOf([...tokenizer.get_vocab(false).keys()], (text) => encode(text, false).length),
    };
  } catch (error) {
    throw refusal(
      `The tokenizer ${path} cannot be used: ${reasonOf(error)}.`,
      'Download the tokenizer.json of this model again, or name another one in the option `tokenizer`.',
      error,
    );
  }
}

async function readObject(path: string): Promise<JsonObject> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw refusal(
      `The tokenizer ${path} cannot be read: ${reasonOf(error)}.`,
      'Put the tokenizer.json of the model there, or name another one in the option `tokenizer`.',
      error,
    );
  }
  throw refusal(`${path} is no tokenizer.json.`, 'Name the tokenizer.json of the model.');
}

function piecesOf(vocabulary: readonly string[], count: (text: string) => number): readonly string[] {
  const words = vocabulary.flatMap((token) => {
    const word = SPACED_WORD.exec(token)?.[1];
    return word === undefined ? [] : [` ${word}`];
  });
  const anchor = words[0] ?? '';
  const anchorTokens = count(anchor);
  const spaced = sample(words).filter((word) => count(anchor + word) === anchorTokens + 1);
  if (spaced.length > 1) return spaced;
  // No words with spaces: a vocabulary of characters or of syllables.
  const plain = vocabulary.filter((token) => /^[\p{L}\p{N}]+$/u.test(token));
  return sample(plain).filter((token) => count(token) === 1);
}

/** Evenly from a list, so that no part of a vocabulary is left out. */
function sample(list: readonly string[]): readonly string[] {
  if (list.length <= MOST_PIECES) return list;
  const step = list.length / MOST_PIECES;
  return Array.from({ length: MOST_PIECES }, (_, index) => list[Math.floor(index * step)] ?? '');
}
