/** Where the bytes of one streamed answer leave: at once, or cut into pieces that each have a write and a turn of their own. */
import type { Chunking } from './chunking.js';
import type { Reply } from './http.js';
import { createRandom } from './random.js';

export interface Outlet {
  /**
   * `stamps` are called just before the write with which so many of the bytes will have left, in ascending order. False when
   * the socket takes no more for now.
   */
  write(bytes: Buffer, stamps: readonly Stamp[]): boolean;
  /** Calls back when all has been handed to the socket. */
  readonly finish: (act: () => void) => void;
  /** Drops what has not left. */
  readonly drop: () => void;
}

export interface Stamp {
  readonly atByte: number;
  readonly stamp: () => void;
}

/** Longest of the pieces of random length; short ones are as likely as long ones. */
const LONGEST_PIECE = 64;

export function createOutlet(reply: Reply, cut: Chunking['cut'], seed: number): Outlet {
  if (cut === null) {
    return {
      write(bytes, stamps) {
        for (const { stamp } of stamps) stamp();
        return reply.write(bytes);
      },
      finish: (act) => act(),
      drop: () => undefined,
    };
  }
  const random = createRandom(seed);
  const pieces: { readonly bytes: Buffer; readonly stamps: readonly Stamp[] }[] = [];
  let finished: (() => void) | null = null;
  let dropped = false;
  let busy = false;

  function next(): void {
    busy = false;
    if (dropped) return;
    const piece = pieces.shift();
    if (piece === undefined) return;
    for (const { stamp } of piece.stamps) stamp();
    reply.write(piece.bytes);
    if (pieces.length === 0) finished?.();
    else turn();
  }

  function turn(): void {
    if (busy) return;
    busy = true;
    setImmediate(next);
  }

  return {
    write(bytes, stamps) {
      for (let at = 0; at < bytes.length;) {
        const length = cut === 'random' ? 1 + Math.floor(random() * LONGEST_PIECE) : cut;
        const end = Math.min(bytes.length, at + length);
        const from = at;
        pieces.push({
          bytes: bytes.subarray(from, end),
          stamps: stamps.filter(({ atByte }) => atByte > from && atByte <= end),
        });
        at = end;
      }
      turn();
      return true;
    },
    finish(act) {
      finished = act;
      if (pieces.length === 0) act();
    },
    drop: () => {
      dropped = true;
    },
  };
}
