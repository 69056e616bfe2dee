/** How many tokens fit into the KV cache of a simulated engine: a GPU and a model that are always the same. */

const GIB = 1024 ** 3;
/** Room that the weights leave, all of which is used at a fraction of 1. */
const ROOM_BYTES = 16 * GIB;
/** Of an 8B model with grouped queries, in 16 bits: 2 x 32 layers x 8 heads x 128 x 2 bytes. */
const TOKEN_BYTES = 131_072;

export interface KvCache {
  /** Share of the room, 0 to 1. */
  readonly fraction: number;
  /** In place of the share. */
  readonly bytes?: number | undefined;
  /** Of its values; `fp8` and such take half, `fp4` a quarter of what 16 bits take. */
  readonly dtype: string;
  readonly blockTokens: number;
}

/** A whole number of blocks. */
export function kvBlocks({ fraction, bytes, dtype, blockTokens }: KvCache): number {
  const bits = /fp4|int4/.test(dtype) ? 4 : /fp8|int8/.test(dtype) ? 8 : 16;
  const blockBytes = (TOKEN_BYTES * blockTokens * bits) / 16;
  return Math.floor((bytes ?? ROOM_BYTES * fraction) / blockBytes);
}
