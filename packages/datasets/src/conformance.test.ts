import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDataset } from '@llem/testkit/conformance';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, vi } from 'vitest';
import { z } from 'zod';

// Before the tests are registered: their paths are options.
const folder = mkdtempSync(join(tmpdir(), 'llem-datasets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function linesFile(name: string, line: (index: number) => unknown): string {
  const path = join(folder, name);
  writeFileSync(path, Array.from({ length: 30 }, (_, index) => JSON.stringify(line(index))).join('\n'));
  return path;
}

const jsonl = linesFile('prompts.jsonl', (index) => ({ prompt: [index, 2, 3], output_tokens: 4 }));
const trace = linesFile('trace.jsonl', (index) => ({
  timestamp: index * 100,
  input_length: 20 + index,
  output_length: 4,
  hash_ids: [index],
}));
const sharegpt = join(folder, 'sharegpt.json');
writeFileSync(
  sharegpt,
  JSON.stringify(
    Array.from({ length: 30 }, (_, index) => ({
      id: String(index),
      conversations: [
        { from: 'human', value: `What is ${index}?` },
        { from: 'gpt', value: 'A number.' },
      ],
    })),
  ),
);

describeDataset(import.meta.url, { id: 'synthetic' });
describeDataset(import.meta.url, { id: 'jsonl', options: { path: jsonl } });
describeDataset(import.meta.url, { id: 'trace', options: { path: trace } });
describeDataset(import.meta.url, {
  id: 'sharegpt',
  options: { path: sharegpt },
  workload: { api: 'chat' },
});

// Stands for the Hub: whatever is asked of it, it answers with the one file.
const texts = Array.from({ length: 30 }, (_, index) => `What is ${index}?`);
const file = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data: texts, type: 'STRING' }] }));
const hub = createServer((_, response) => response.end(file));
beforeAll(async () => {
  await once(hub.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.number() }).parse(hub.address());
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${port}`);
  vi.stubEnv('HF_TOKEN', '');
});
afterAll(() => {
  vi.unstubAllEnvs();
  hub.closeAllConnections();
  hub.close();
});

describeDataset(import.meta.url, { id: 'aienergyscore' });
