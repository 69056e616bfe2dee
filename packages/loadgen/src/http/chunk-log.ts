/** When the chunks of one answer came and how many tokens each bears. */

const FIRST_CHUNKS = 64;
/** More empty texts than this before the first token are no tokens. */
const MAX_LEADING = 64;

export interface ChunkLog {
  readonly length: number;
  /** `told`: output tokens so far, as this chunk tells; -1 when it does not. */
  add(atNs: number, told: number): void;
  /** Notes an empty text before all others: an announcement, or a token whose text is not whole yet. */
  addLeading(atNs: number): void;
  /**
   * Decides, once the answer has ended, whether the empty texts before all others were tokens: only where every token has an
   * event of its own, and the server's count, if it told one, agrees. To be called once, before what follows.
   */
  close(output: number | null, eventPerToken: boolean): void;
  times(): Float64Array<ArrayBuffer>;
  /**
   * Tokens of each chunk: by continuous usage where every chunk had it, else the final count spread evenly, `output`
   * being null when the server told none. Null when each bears one.
   */
  tokens(output: number | null): Float64Array<ArrayBuffer> | null;
}

export function createChunkLog(): ChunkLog {
  let times = new Float64Array(FIRST_CHUNKS);
  /** Null from the first chunk on that tells no count. */
  let totals: Float64Array<ArrayBuffer> | null = new Float64Array(0);
  let length = 0;
  const leading: number[] = [];

  return {
    get length() {
      return length;
    },
    add(atNs, told) {
      if (length === times.length) times = grown(times, length * 2);
      times[length] = atNs;
      if (told < 0) {
        totals = null;
      } else if (totals) {
        if (totals.length < times.length) totals = grown(totals, times.length);
        totals[length] = told;
      }
      length += 1;
    },
    addLeading(atNs) {
      if (leading.length < MAX_LEADING) leading.push(atNs);
    },
    close(output, eventPerToken) {
      const areTokens = eventPerToken && (output === null || output === length + leading.length);
      if (leading.length === 0 || !areTokens) return;
      times = Float64Array.from([...leading, ...times.subarray(0, length)]);
      length += leading.length;
      totals = null;
    },
    times: () => times.slice(0, length),
    tokens(output) {
      if (length === 0) return null;
      if (totals) {
        const tokens = differences(totals, length);
        // Tokens without a chunk of their own, at the end: they came with the last one.
        const untold = output === null ? 0 : output - (totals[length - 1] ?? 0);
        if (tokens && untold > 0) tokens[length - 1] = (tokens[length - 1] ?? 0) + untold;
        if (tokens) return tokens.every((count) => count === 1) ? null : tokens;
      }
      return output === null || output === length ? null : new Float64Array(length).fill(output / length);
    },
  };
}

/** Null when the count went down. */
function differences(totals: Float64Array, length: number): Float64Array<ArrayBuffer> | null {
  const result = new Float64Array(length);
  let before = 0;
  for (let index = 0; index < length; index += 1) {
    const total = totals[index] ?? 0;
    if (total < before) return null;
    result[index] = total - before;
    before = total;
  }
  return result;
}

function grown(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
