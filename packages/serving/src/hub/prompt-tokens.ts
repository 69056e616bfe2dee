/** Which ids a synthetic prompt may use: those of ordinary tokens, in one range. */
import { readFile } from 'node:fs/promises';
import type { ModelFacts } from '@llem/core';
import { z } from 'zod';

type IdRange = ModelFacts['promptTokenIds'];

const vocabularySchema = z.union([
  z.record(z.string(), z.int()),
  // Unigram: tokens with their scores; the id is the place.
  z.array(z.tuple([z.string()], z.unknown())),
]);
const tokenizerSchema = z.object({
  added_tokens: z.array(z.object({ id: z.int() })).default([]),
  model: z.object({ vocab: vocabularySchema }),
});

/** Control tokens, bytes and tokens kept for later, as SentencePiece and WordPiece write them: `<0x0A>`, `<unused7>`, `[PAD]`. */
const NOT_ORDINARY = /^(?:<.+>|\[.+\])$/;

/**
 * The longest range of ordinary tokens in a `tokenizer.json`. Null where the file cannot be read as one. `vocabularySize`, of the
 * model's embedding, cuts off ids that it has no row for.
 */
export async function ordinaryTokenIds(path: string, vocabularySize: number | null): Promise<IdRange> {
  try {
    const { added_tokens, model } = tokenizerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    const tokens: (readonly [string, number])[] = Array.isArray(model.vocab)
      ? model.vocab.map(([token], id) => [token, id] as const)
      : Object.entries(model.vocab);
    const ordinary = new Set(tokens.filter(([token]) => !NOT_ORDINARY.test(token)).map(([, id]) => id));
    for (const { id } of added_tokens) ordinary.delete(id);
    const end = Math.max(-1, ...tokens.map(([, id]) => id)) + 1;
    return longestRun(Math.min(end, vocabularySize ?? end), (id) => ordinary.has(id));
  } catch {
    return null;
  }
}

/**
 * A range inside a vocabulary of which nothing but the size is known. Tokenizers have their special tokens at the beginning (BERT the
 * first 1000, Gemma and SentencePiece fewer than 300) or at the end (Llama 3 the last 256 of 128256, Qwen 2.5 and Gemma 3 less than
 * 3 %), so that neither end is used. Null where too little is left.
 */
export function innerTokenIds(vocabularySize: number | null): IdRange {
  const first = 1_000;
  const last = Math.floor((vocabularySize ?? 0) * 0.9) - 1;
  return last >= 2 * first ? { first, last } : null;
}

/** The longest run of ids from `from` up to `end`, exclusive, that all are ordinary; of equal ones the first. */
export function longestRun(end: number, isOrdinary: (id: number) => boolean, from = 0): IdRange {
  let best: IdRange = null;
  let first = from;
  for (let id = from; id <= end; id++) {
    if (id < end && isOrdinary(id)) continue;
    if (id > first && (!best || id - 1 - first > best.last - best.first)) best = { first, last: id - 1 };
    first = id + 1;
  }
  return best;
}
