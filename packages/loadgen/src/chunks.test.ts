import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  arrivalsNs,
  forEachChunk,
  forEachGap,
  packChunks,
  tokensBetween,
  tokensOf,
  type Chunks,
} from './chunks.js';

const S = 1e9;
/** The longest gap that fits into one entry, and one more. */
const ENTRY_NS = 2 ** 32 - 1;

function gapsOf(chunks: Chunks): number[] {
  const gaps: number[] = [];
  forEachGap(chunks, (gapNs) => gaps.push(gapNs));
  return gaps;
}

it('gives back every arrival to the nanosecond', () => {
  const hours = 3_600 * S;
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.nat(100_000_000), fc.integer({ min: ENTRY_NS - 2, max: ENTRY_NS + 2 }), fc.nat(hours)),
        {
          maxLength: 300,
        },
      ),
      (steps) => {
        let atNs = 0;
        const arrivals = steps.map((step) => (atNs += step));
        const chunks = packChunks(arrivals);
        expect([...arrivalsNs(chunks)]).toEqual(arrivals);
        expect(gapsOf(chunks)).toEqual(steps.slice(1));
        expect([chunks.count, chunks.firstNs, chunks.lastNs]).toEqual([
          arrivals.length,
          arrivals[0] ?? null,
          arrivals.at(-1) ?? null,
        ]);
      },
    ),
    { seed: 1 },
  );
});

it('keeps four bytes a chunk, and for a long gap four more for each 4.3 s of it', () => {
  expect(packChunks(Array.from({ length: 1_001 }, (_, chunk) => chunk * 20e6)).gaps.byteLength).toBe(4_000);
  expect(packChunks([0, ENTRY_NS - 1]).gaps).toHaveLength(1);
  expect(packChunks([0, ENTRY_NS]).gaps).toEqual(Uint32Array.of(ENTRY_NS, 0));
  expect(packChunks([0, 600 * S]).gaps).toHaveLength(140);
});

it('is of nothing, or of one chunk at any time, without a gap', () => {
  expect(packChunks([])).toMatchObject({ count: 0, firstNs: null, lastNs: null });
  expect(arrivalsNs(packChunks([]))).toEqual(new Float64Array());
  expect(packChunks([2 ** 50])).toMatchObject({ count: 1, firstNs: 2 ** 50, lastNs: 2 ** 50 });
  expect(gapsOf(packChunks([2 ** 50]))).toEqual([]);
});

it('counts a chunk from before the last as come with the last', () => {
  expect([...arrivalsNs(packChunks([10, 5, 20]))]).toEqual([10, 10, 20]);
});

it.each([
  ['all of them', 9, 30, 14],
  ['none before, and none after', 30, 40, 0],
  ['none after, and none before', 0, 9, 0],
  ['the last edge in and the first out', 10, 20, 4],
  ['the last', 20, 99, 7],
  ['the first', 0, 10, 3],
])('counts the tokens of an interval: %s', (_, fromNs, toNs, expected) => {
  expect(tokensBetween(packChunks([10, 20, 30], Uint32Array.of(3, 4, 7)), fromNs, toNs)).toBe(expected);
  expect(tokensBetween(packChunks([]), fromNs, toNs)).toBe(0);
});

it('tells the tokens of each chunk beside its arrival, and of all together', () => {
  const seen: (readonly [number, number])[] = [];
  const each = packChunks([1, 2 + ENTRY_NS, 5 + ENTRY_NS], Uint32Array.of(2, 0, 7));
  forEachChunk(each, (atNs, tokens) => seen.push([atNs, tokens]));
  expect(seen).toEqual([
    [1, 2],
    [2 + ENTRY_NS, 0],
    [5 + ENTRY_NS, 7],
  ]);
  expect(tokensOf(each)).toBe(9);
  expect(tokensOf(packChunks([1, 2], 2.5))).toBe(5);
  expect(tokensOf(packChunks([]))).toBe(0);
});
