/**
 * When the token-bearing chunks of one answer came and how many tokens each bears, in four bytes a chunk: an hour of a busy
 * server is hundreds of millions of them. Exact to the nanosecond.
 */

/** An entry of this much does not end a gap: the next entry goes on with it. 4.3 s: few gaps take more than one entry. */
const WHOLE_ENTRY_NS = 2 ** 32 - 1;
const FIRST_ENTRIES = 64;

export interface Chunks {
  readonly count: number;
  /** Arrivals of the first and the last chunk, ns since the load's origin; null where there is none. */
  readonly firstNs: number | null;
  readonly lastNs: number | null;
  /** From each chunk to the next, ns; to be read with `forEachGap`, since a long gap takes several entries. */
  readonly gaps: Uint32Array<ArrayBuffer>;
  /** Tokens of each chunk; one number where all bear as many, which may be a fraction. */
  readonly tokens: number | Uint32Array<ArrayBuffer>;
}

/** Calls with the time from each chunk to the next, ns. */
export function forEachGap({ gaps }: Chunks, visit: (gapNs: number) => void): void {
  let begunNs = 0;
  for (const entry of gaps) {
    if (entry === WHOLE_ENTRY_NS) {
      begunNs += WHOLE_ENTRY_NS;
    } else {
      visit(begunNs + entry);
      begunNs = 0;
    }
  }
}

/** Calls with the arrival of each chunk, ns since the load's origin, and its tokens. */
export function forEachChunk(chunks: Chunks, visit: (atNs: number, tokens: number) => void): void {
  const { firstNs, tokens } = chunks;
  if (firstNs === null) return;
  let atNs = firstNs;
  let index = 0;
  const tokensNow = () => (typeof tokens === 'number' ? tokens : (tokens[index] ?? 0));
  visit(atNs, tokensNow());
  forEachGap(chunks, (gapNs) => {
    atNs += gapNs;
    index += 1;
    visit(atNs, tokensNow());
  });
}

/** Arrival of every chunk, ns since the load's origin. */
export function arrivalsNs(chunks: Chunks): Float64Array<ArrayBuffer> {
  const arrivals = new Float64Array(chunks.count);
  let index = 0;
  forEachChunk(chunks, (atNs) => {
    arrivals[index] = atNs;
    index += 1;
  });
  return arrivals;
}

/** Tokens of all chunks together. */
export function tokensOf({ count, tokens }: Chunks): number {
  return typeof tokens === 'number' ? count * tokens : tokens.reduce((sum, each) => sum + each, 0);
}

/** Tokens that arrived in (fromNs, toNs], ns since the load's origin. Chunk by chunk only where an edge lies among them. */
export function tokensBetween(chunks: Chunks, fromNs: number, toNs: number): number {
  const { firstNs, lastNs } = chunks;
  if (firstNs === null || lastNs === null || firstNs > toNs || lastNs <= fromNs) return 0;
  if (firstNs > fromNs && lastNs <= toNs) return tokensOf(chunks);
  let sum = 0;
  forEachChunk(chunks, (atNs, tokens) => {
    if (atNs > fromNs && atNs <= toNs) sum += tokens;
  });
  return sum;
}

/** Chunks of these arrivals, ns since the load's origin, ascending. */
export function packChunks(arrivals: Iterable<number>, tokens: Chunks['tokens'] = 1): Chunks {
  const packer = createChunkPacker();
  for (const atNs of arrivals) packer.add(atNs);
  return packer.chunks(tokens);
}

export interface ChunkPacker {
  readonly count: number;
  /** A chunk that came at this time, a whole number of ns; one before the last counts as come with the last. */
  add(atNs: number): void;
  /** What was added. Its gaps lie in the packer's own memory: nothing may be added after. */
  chunks(tokens: Chunks['tokens']): Chunks;
}

export function createChunkPacker(): ChunkPacker {
  let entries = new Uint32Array(FIRST_ENTRIES);
  let length = 0;
  let count = 0;
  let firstNs: number | null = null;
  let lastNs = 0;

  const push = (entry: number) => {
    if (length === entries.length) entries = grown(entries);
    entries[length] = entry;
    length += 1;
  };
  return {
    get count() {
      return count;
    },
    add(atNs) {
      count += 1;
      if (firstNs === null) {
        firstNs = atNs;
        lastNs = atNs;
        return;
      }
      let gapNs = Math.max(0, atNs - lastNs);
      lastNs += gapNs;
      for (; gapNs >= WHOLE_ENTRY_NS; gapNs -= WHOLE_ENTRY_NS) push(WHOLE_ENTRY_NS);
      push(gapNs);
    },
    chunks: (tokens) => ({
      count,
      firstNs,
      lastNs: firstNs === null ? null : lastNs,
      gaps: entries.subarray(0, length),
      tokens,
    }),
  };
}

/** The same with room for twice as many. */
export function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
