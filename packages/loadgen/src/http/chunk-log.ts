/** When the chunks of one answer came and how many tokens each bears, written down while they come. */
import { arrivalsNs, createChunkPacker, grown, packChunks, type Chunks } from '../chunks.js';

const FIRST_COUNTS = 64;
/** More empty texts than this before the first token are no tokens. */
const MAX_LEADING = 64;
/** No answer has as many tokens: a server that tells more is not believed. */
const MOST_TOKENS = 2 ** 32 - 1;

export interface ChunkLog {
  readonly length: number;
  /** `atNs`: whole nanoseconds. `told`: output tokens so far, as this chunk tells; -1 when it does not. */
  add(atNs: number, told: number): void;
  /** Notes an empty text before all others: an announcement, or a token whose text is not whole yet. */
  addLeading(atNs: number): void;
  /**
   * The chunks, once the answer has ended; to be called once. `output` is the server's count, null when it told none.
   * The empty texts before all others were tokens only where every token has an event of its own, and that count, if there
   * is one, agrees. A chunk has as many tokens as continuous usage told where every chunk had it, else its even share of
   * the server's count.
   */
  close(output: number | null, eventPerToken: boolean): Chunks;
}

export function createChunkLog(): ChunkLog {
  const packer = createChunkPacker();
  /** What each chunk's count grew by; null from the first chunk on that tells none, or less than the one before. */
  let counts: Uint32Array<ArrayBuffer> | null = new Uint32Array(0);
  let total = 0;
  const leading: number[] = [];

  const count = (told: number, index: number) => {
    if (counts === null) return;
    if (told < total || told > MOST_TOKENS) {
      counts = null;
      return;
    }
    if (index === counts.length) counts = index === 0 ? new Uint32Array(FIRST_COUNTS) : grown(counts);
    counts[index] = told - total;
    total = told;
  };

  return {
    get length() {
      return packer.count;
    },
    add(atNs, told) {
      count(told, packer.count);
      packer.add(atNs);
    },
    addLeading(atNs) {
      if (leading.length < MAX_LEADING) leading.push(atNs);
    },
    close(output, eventPerToken) {
      const { count: length } = packer;
      const all = length + leading.length;
      if (leading.length > 0 && eventPerToken && (output === null || output === all)) {
        return packChunks([...leading, ...arrivalsNs(packer.chunks(1))]);
      }
      if (length === 0) return packer.chunks(1);
      if (counts && (output ?? 0) <= MOST_TOKENS) {
        const each = counts.subarray(0, length);
        // Tokens without a chunk of their own, at the end: they came with the last one.
        each[length - 1] = (each[length - 1] ?? 0) + Math.max(0, (output ?? total) - total);
        return packer.chunks(each.every((tokens) => tokens === 1) ? 1 : each);
      }
      return packer.chunks(output === null ? 1 : output / length);
    },
  };
}
