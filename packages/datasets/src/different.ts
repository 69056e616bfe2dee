/** Makes sure that no prompt comes twice, where there are so few of a length that chance would let it. */

/**
 * Bits from which on prompts differ without being remembered: of ten million drawn from 2^80, two are the same with a
 * probability below 1e-10 (birthday bound, n^2 / 2^81).
 */
const SURE_BITS = 80;

/**
 * Draws of one prompt before its length counts as used up, for each prompt that there is: the last one that is left is missed with a
 * probability of e^-40.
 */
const MOST_DRAWS = 40;

/** Gives a new one of a length with each call; null when there are no more. */
export type DrawDifferent<T> = (length: number) => T | null;

export interface Drawing<T> {
  /** One at random; null when none of the length can be made. */
  readonly draw: (length: number) => T | null;
  /** What tells it from the others of its length. */
  readonly key: (drawn: T) => string;
  /** Bits of choice in one of a length: at least, and at most. */
  readonly bits: (length: number) => { readonly least: number; readonly most: number };
}

export function drawDifferent<T>({ draw, key, bits }: Drawing<T>): DrawDifferent<T> {
  const seen = new Map<number, Set<string>>();
  return (length) => {
    const { least, most } = bits(length);
    if (least >= SURE_BITS) return draw(length);
    const before = seen.get(length) ?? new Set();
    seen.set(length, before);
    const all = 2 ** most;
    // Less by half, since the power of a logarithm is not exactly a whole number.
    if (before.size > all - 0.5) return null;
    for (let draws = 0; draws < MOST_DRAWS * all; draws += 1) {
      const drawn = draw(length);
      if (drawn === null) return null;
      const name = key(drawn);
      if (before.has(name)) continue;
      before.add(name);
      return drawn;
    }
    return null;
  };
}

/** Prompts counted before they count as not running out: more than any run sends. */
const MOST_COUNTED = 1_000_000;

/** How many prompts of drawn lengths there are until one length is used up; null when they do not run out. */
export function countDifferent(
  nextLength: () => number,
  shortest: number,
  bits: (length: number) => number,
): number | null {
  if (2 ** bits(shortest) > MOST_COUNTED) return null;
  const used = new Map<number, number>();
  for (let prompts = 0; prompts < MOST_COUNTED; prompts += 1) {
    const length = nextLength();
    const count = used.get(length) ?? 0;
    if (count > 2 ** bits(length) - 0.5) return prompts;
    used.set(length, count + 1);
  }
  return null;
}
