/** The nearest known word to a mistyped one. */
import { distance } from 'fastest-levenshtein';

/** Most edits at which a word is still taken for another: a quarter to a third of its letters. */
function mostEdits(length: number): number {
  if (length <= 2) return 0;
  if (length <= 4) return 1;
  return length <= 8 ? 2 : 3;
}

/** The known word that was probably meant; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > 200) return null;
  const plain = normalise(word);
  let best: { readonly word: string; readonly edits: number } | null = null;
  for (const candidate of known) {
    const edits = distance(plain, normalise(candidate));
    if (edits <= mostEdits(Math.min(plain.length, candidate.length)) && edits < (best?.edits ?? Infinity)) {
      best = { word: candidate, edits };
    }
  }
  return best?.word ?? null;
}

/** Spelling that people mix up does not count as a difference. */
function normalise(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

/** Most known words that a message lists when none is near. */
const MOST_LISTED = 16;

/** The end of a message about an unknown word: the nearest known one, or all when they are few. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `; did you mean "${near}"?`;
  if (known.length === 0 || known.length > MOST_LISTED) return '';
  return `; known here: ${known.join(', ')}`;
}
