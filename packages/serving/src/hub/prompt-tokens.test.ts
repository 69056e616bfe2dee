import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { innerTokenIds, longestRun, ordinaryTokenIds } from './prompt-tokens.js';

const folder = mkdtempSync(join(tmpdir(), 'llem-tokens-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const ids = (tokenizer: unknown, vocabularySize: number | null) => {
  const path = join(folder, 'tokenizer.json');
  writeFileSync(path, JSON.stringify(tokenizer));
  return ordinaryTokenIds(path, vocabularySize);
};

it('takes the longest range without added tokens, bytes, control tokens and those kept for later', async () => {
  const vocab = { '<pad>': 0, '[unused1]': 1, '<0x00>': 2, a: 3, b: 4, c: 5, '[MASK]': 6, d: 7, '<': 8 };
  expect(await ids({ model: { vocab } }, null)).toEqual({ first: 3, last: 5 });
  expect(await ids({ added_tokens: [{ id: 4 }], model: { vocab } }, null)).toEqual({ first: 7, last: 8 });
});

it('reads a vocabulary with scores, and keeps to the rows of the embedding', async () => {
  const vocab = [
    ['<unk>', 0],
    ['a', -1],
    ['b', -2],
    ['c', -3],
  ];
  expect(await ids({ model: { type: 'Unigram', vocab } }, null)).toEqual({ first: 1, last: 3 });
  expect(await ids({ model: { type: 'Unigram', vocab } }, 3)).toEqual({ first: 1, last: 2 });
});

it('knows nothing of a file that is no tokenizer', async () => {
  expect(await ids({ model: 1 }, 10)).toBeNull();
  expect(await ordinaryTokenIds(join(folder, 'nothing'), 10)).toBeNull();
});

it('keeps away from both ends where only the size is known', () => {
  expect(innerTokenIds(128_256)).toEqual({ first: 1_000, last: 115_429 });
  expect(innerTokenIds(2_000)).toBeNull();
  expect(innerTokenIds(null)).toBeNull();
});

it('finds no run where there is none', () => {
  expect(longestRun(4, () => false)).toBeNull();
  expect(longestRun(4, (id) => id !== 1)).toEqual({ first: 2, last: 3 });
  expect(longestRun(4, () => true, 2)).toEqual({ first: 2, last: 3 });
});
