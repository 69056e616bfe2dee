/** Random text of an exact number of tokens, found by trying: a text is taken when it encodes to the length asked for. */
import { fastIntegers } from './random.js';
import type { TextTokenizer } from './tokenizer.js';

/** Texts tried for one length before it counts as out of reach. */
const MOST_TRIES = 200;

export interface TextMaker {
  /**
   * A text that follows `before` and makes the whole `tokens` long, counted with the tokens that the tokenizer adds where
   * `special`. The tokens of `before` stay as they are. Null when no such text was found.
   */
  make(tokens: number, special: boolean, before?: string): string | null;
  /** Bits of choice in a text of so many tokens: at least, and at most. */
  bits(tokens: number): { readonly least: number; readonly most: number };
}

export function textMaker(tokenizer: TextTokenizer, seed: number): TextMaker {
  const pieces = tokenizer.pieces();
  // The first piece stands without its space, since templates of chats trim what they are given: it may be more tokens then.
  const leads = pieces.map((piece) => tokenizer.encode(piece.trimStart(), false).length);
  const [shortestLead, longestLead] = [Math.min(...leads), Math.max(...leads)];
  const added =
    tokenizer.encode(pieces[0] ?? '', true).length - tokenizer.encode(pieces[0] ?? '', false).length;
  const draw = fastIntegers(seed, pieces.length);
  const append = (to: number[], count: number) => {
    for (let appended = 0; appended < count; appended += 1) to.push(draw());
  };
  /** Pieces that are likely to be right at once. */
  const firstDraw = (tokens: number): number[] => {
    const lead = draw();
    const parts = [lead];
    append(parts, tokens - (leads[lead] ?? 1));
    return parts;
  };
  const bitsOf = (count: number) => Math.max(0, count) * Math.log2(Math.max(1, pieces.length));
  return {
    bits: (tokens) => ({
      least: bitsOf(tokens - added - longestLead),
      most: bitsOf(tokens - shortestLead + 1),
    }),
    make(tokens, special, before = '') {
      if (pieces.length === 0) return null;
      const kept = before === '' ? [] : tokenizer.encode(before, special);
      const parts: number[] = before === '' ? firstDraw(tokens - (special ? added : 0)) : [];
      if (before !== '') append(parts, tokens - kept.length);
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const drawn = parts.map((index) => pieces[index] ?? '').join('');
        const text = before === '' ? drawn.trimStart() : before + drawn;
        const ids = tokenizer.encode(text, special);
        const over = ids.length - tokens;
        if (over === 0 && kept.every((id, index) => ids[index] === id)) return text;
        // What is too long is cut; else the last piece is drawn anew, with what is missing.
        parts.length = Math.max(0, parts.length - Math.max(over, 1));
        append(parts, Math.max(over > 0 ? 0 : 1 - over, parts.length === 0 ? 1 : 0));
      }
      return null;
    },
  };
}
