/** Tokens as text. */
import { expect, test } from 'vitest';
import { textDecoder } from './text.js';

const bytes = [...Buffer.from('né€😀!', 'utf8')];
const tokenBytes = (token: number) => Uint8Array.of(bytes[token] ?? 0);

test('a character split over tokens comes out with its last one', () => {
  const decoder = textDecoder(tokenBytes);
  const pieces = bytes.map((_, i) => decoder.next(i, i === bytes.length - 1));
  expect(pieces).toEqual(['n', '', 'é', '', '', '€', '', '', '', '😀', '!']);
});

test('an unfinished character at the end is shown as broken, not lost', () => {
  const decoder = textDecoder(tokenBytes);
  expect(decoder.next(1, true)).toBe('\ufffd');
});

test('bytes that are no text do not hold up what follows', () => {
  const decoder = textDecoder((token) => Uint8Array.of(token));
  expect([0x80, 0xff, 0x41].map((token) => decoder.next(token, false))).toEqual(['\ufffd', '\ufffd', 'A']);
});
