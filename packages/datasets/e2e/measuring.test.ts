/** Large files, measured in threads of their own. What is tested is what was built, since a thread imports it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonl } from '../dist/index.js';
import { startTokenCounters } from '../dist/token-counters.js';
import { countTokens, loadTokenizer } from '../dist/tokenizer.js';
import { never, requestFor, take, unheard } from '../src/request.fixture.js';
import { WORDS, writeTokenizer } from '../src/tokenizer.fixture.js';

const folder = () => mkdtempSync(join(tmpdir(), 'llem-measuring-'));
const textOf = (words: number, from: number) =>
  Array.from({ length: words }, (_, index) => ` ${WORDS[(from + index * index) % WORDS.length] ?? ''}`).join(
    '',
  );

test('threads count as the tokenizer does, whichever of them is asked', async () => {
  const path = writeTokenizer({ beginning: true });
  const tokenizer = await loadTokenizer(path);
  const counters = startTokenCounters(path, 2);
  const batches = Array.from({ length: 20 }, (_, batch) =>
    Array.from({ length: batch % 4 }, (__, index) => ({
      text: textOf(1 + 7 * index, batch),
      special: index % 2 === 0,
    })),
  );
  const counts = await Promise.all(batches.map((texts) => counters.count(texts)));
  await counters.close();
  expect(counts).toEqual(batches.map((texts) => countTokens(tokenizer, texts)));
});

test('a thread that fails is an error, for what was asked and for what is asked afterwards', async () => {
  const counters = startTokenCounters(join(folder(), 'tokenizer.json'), 1);
  const asked = [{ text: 'a', special: false }];
  await expect(counters.count(asked)).rejects.toMatchObject({ code: 'LLEM_E_PREPARE' });
  await expect(counters.count(asked)).rejects.toMatchObject({ code: 'LLEM_E_PREPARE' });
  await counters.close();
});

test('a file of many texts keeps each with its own length', async () => {
  const words = Array.from({ length: 3_000 }, (_, index) => 300 + (index % 97));
  const path = join(folder(), 'prompts.jsonl');
  const lines = words.map((count, index) => JSON.stringify({ prompt: textOf(count, index) }));
  expect(lines.join('').length).toBeGreaterThan(5e6);
  writeFileSync(path, lines.join('\n'));
  const dataset = jsonl.create({ cacheDir: folder() }, { path });
  // One token a word, as this tokenizer has them.
  const request = requestFor({
    workload: { input_tokens: 390 },
    model: { tokenizerPath: writeTokenizer() },
  });
  const { records } = await dataset.prepare(request, never, unheard);
  const fitting = words.filter((count) => count <= 390).length;
  expect(records).toMatchObject({
    read: 3_000,
    used: fitting,
    leftOut: { 'prompt-too-long': 3_000 - fitting },
  });
  const prompts = await take(dataset.open(request));
  expect(prompts).toHaveLength(fitting);
  for (const { content, inputTokens } of prompts)
    expect(typeof content === 'string' && content.split(' ').length - 1).toBe(inputTokens);
});
