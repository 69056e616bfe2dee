/** The study that the README begins with, through the real command and a real engine; one of its cycles, which is enough to look at. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { recordSchema } from '@llem/core';
import { readRequests } from '@llem/results';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BIN } from './llem.js';

const run = promisify(execFile);
const STUDY = fileURLToPath(new URL('../../../examples/quickstart.yaml', import.meta.url));
const RUNS = 2;
const OUTPUT_TOKENS = 64;

let folder = '';
let table = '';
let dir = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-quickstart-'));
  const { stdout } = await run(process.execPath, [BIN, 'run', STUDY, '--cycles', '1', '--output', folder], {
    cwd: folder,
  });
  table = stdout;
  const [study = ''] = await readdir(folder);
  dir = join(folder, study);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('leaves a completed record of each of two configurations in each cycle', async () => {
  const runs = await readdir(join(dir, 'runs'));
  expect(runs).toHaveLength(RUNS);
  const records = await Promise.all(
    runs.map(async (name) =>
      recordSchema.parse(JSON.parse(await readFile(join(dir, 'runs', name, 'record.json'), 'utf8'))),
    ),
  );
  expect(records.map((record) => record.status)).toEqual(Array(RUNS).fill('completed'));
  expect(new Set(records.map((record) => record.experimentId)).size).toBe(2);
  expect(records.map((record) => record.cycle).sort()).toEqual([1, 1]);
});

it('has every completed request exactly as long as it was asked for, and all but first ones at full length', async () => {
  for (const name of await readdir(join(dir, 'runs'))) {
    const completed = (await readRequests(join(dir, 'runs', name))).filter(
      (row) => row['status'] === 'completed',
    );
    expect(completed.length).toBeGreaterThanOrEqual(30);
    for (const row of completed) expect(row['output_tokens']).toBe(row['output_tokens_asked']);
    for (const row of completed.filter((one) => one['sent_in_window']))
      expect(row['output_tokens_asked']).toBe(OUTPUT_TOKENS);
  }
});

it('prints a table of at most 100 columns that calls itself a demonstration, its energy and its weights what they are', () => {
  const lines = table.split('\n').filter((line) => !line.startsWith('Results:'));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(table).toMatch(/^Verdict: demonstration$/m);
  expect(table).toMatch(/random weights/);
});
