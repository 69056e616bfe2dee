/** What is drawn by chance, from a seed: the same seed gives the same anywhere. */
import type { Workload } from '@llem/core';

/** Numbers from 0 to below 1 (mulberry32, T. Ettinger, public domain). `stream` keeps draws for different things apart. */
function uniform(seed: number, stream: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers from 0 to count - 1, shuffled (Fisher and Yates), in another order in every pass. */
export function seededOrder(count: number, seed: number, pass: number): number[] {
  const draw = uniform(seed, pass + 1);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(draw() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** Lengths of answers in tokens, one a call, as the workload asks for them. Others than these two are refused by `refusals.ts`. */
export function outputLengths(length: Workload['output_tokens'], seed: number): () => number {
  if (typeof length === 'number') return () => length;
  const draw = uniform(seed, 0);
  return () => length.min + Math.floor(draw() * (length.max - length.min + 1));
}
