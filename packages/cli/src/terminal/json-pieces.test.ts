import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonPieces } from './json-pieces.js';

it('is what JSON.stringify makes of it, whatever the value', () => {
  const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.array(fc.jsonValue()));
  fc.assert(
    fc.property(value, (any) => {
      expect([...jsonPieces(any)].join('')).toBe(JSON.stringify(any, null, 2));
    }),
    { numRuns: 300, seed: 20_260_121 },
  );
  expect([...jsonPieces({ a: undefined, b: { c: undefined } })].join('')).toBe('{\n  "b": {}\n}');
});

it('comes in pieces that are short beside the whole', () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => ({ index, text: 'x'.repeat(20) }));
  const pieces = [...jsonPieces({ rows })];
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
  expect(JSON.parse(pieces.join(''))).toEqual({ rows });
});
