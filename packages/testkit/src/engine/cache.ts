/** A cache of prompt prefixes in blocks, as serving engines have it: a block hits when all before it did. */
import type { EngineOptions } from './options.js';

export interface PrefixCache {
  /**
   * How many tokens of a prompt are there already; from now on its whole blocks are. The last token of a prompt is always
   * computed, so that a prompt that is there whole misses at least one block.
   */
  take(prompt: readonly number[]): number;
  readonly blocks: () => number;
  clear(): void;
}

/** Blocks of prompts only: what was generated is not kept. */
export function createPrefixCache({ cache }: Pick<EngineOptions, 'cache'>): PrefixCache | null {
  if (cache === null) return null;
  const { blockTokens, capacityBlocks } = cache;
  // In the order of their last use.
  const known = new Set<string>();
  return {
    blocks: () => known.size,
    clear: () => known.clear(),
    take(prompt) {
      const whole = Math.floor((prompt.length - 1) / blockTokens);
      let [low, high] = [0x811c9dc5, 0x9e3779b9];
      let hits = 0;
      for (let block = 0; block * blockTokens + blockTokens <= prompt.length; block += 1) {
        for (let at = block * blockTokens; at < (block + 1) * blockTokens; at += 1) {
          const token = (prompt[at] ?? 0) + 1;
          low = Math.imul(low ^ token, 0x01000193) >>> 0;
          high = (Math.imul(high, 0x85ebca6b) + Math.imul(token, 0xc2b2ae35)) >>> 0;
          high = (high ^ (high >>> 15)) >>> 0;
        }
        const key = `${low}:${high}`;
        if (known.delete(key) && hits === block && block < whole) hits += 1;
        known.add(key);
      }
      for (const oldest of known) {
        if (known.size <= (capacityBlocks ?? Infinity)) break;
        known.delete(oldest);
      }
      return hits * blockTokens;
    },
  };
}
