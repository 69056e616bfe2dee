import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followLog, keepPart, logSize, readLog, tailOf } from './log.js';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-log-'));
  path = join(folder, 'engine.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('tells whole lines as they appear, one that comes in pieces once', async () => {
  const lines: string[] = [];
  const follower = followLog(path, (line) => lines.push(line));
  await writeFile(path, 'one\ntw');
  await vi.waitFor(() => expect(lines).toEqual(['one']), { timeout: 10_000 });
  await appendFile(path, 'o\n\nthree\n');
  await vi.waitFor(() => expect(lines).toEqual(['one', 'two', 'three']), { timeout: 10_000 });
  await follower.stop();
});

it('thins a flood out instead of reading all of it', async () => {
  const lines: string[] = [];
  await writeFile(path, `${'x'.repeat(99)}\n`.repeat(100_000));
  const follower = followLog(path, (line) => lines.push(line));
  await appendFile(path, 'the end\n');
  await vi.waitFor(() => expect(lines.at(-1)).toBe('the end'), { timeout: 10_000 });
  await follower.stop();
  expect(lines.length).toBeLessThan(1_000);
});

it('reads a missing log as empty', async () => {
  expect(await readLog(path)).toBe('');
});

it('keeps of a log two ends: while it grows beyond 128 MiB, and in the end beyond 16 MiB', async () => {
  const block = `${'x'.repeat(1_023)}\n`.repeat(1_024);
  const flood = async (mebibytes: number, word: string) => {
    for (let left = mebibytes; left > 0; left -= 1) await appendFile(path, block);
    await appendFile(path, `${word}\n`);
  };
  const sizeMiB = async () => (await stat(path)).size / 2 ** 20;
  await writeFile(path, 'begin\n');
  const lines: string[] = [];
  const follower = followLog(path, (line) => lines.push(line));
  await flood(100, 'one');
  await vi.waitFor(() => expect(lines.at(-1)).toBe('one'), { timeout: 10_000 });
  expect(await sizeMiB()).toBeGreaterThan(100);
  await flood(50, 'two');
  await vi.waitFor(() => expect(lines.at(-1)).toBe('two'), { timeout: 10_000 });
  // Cut once, somewhere beyond 128 MiB: 4 MiB and what has come since, at most 22.
  expect(await sizeMiB()).toBeLessThan(27);
  await flood(20, 'three');
  await vi.waitFor(() => expect(lines.at(-1)).toBe('three'), { timeout: 10_000 });
  await follower.stop();

  const log = await readLog(path);
  expect(log.endsWith('x\nthree\n')).toBe(true);
  expect(log.length).toBeLessThan(9 * 2 ** 20);
  const words = log.split('\n').filter((line) => line !== '' && line.length !== 1_023);
  // 170 MiB, of which a little less than 4 MiB stay at either end.
  expect(words).toEqual(['begin', 'llem: 169.9 MB of this log were left out here.', 'three']);
});

it('leaves a log of 16 MiB whole', async () => {
  const whole = 'x'.repeat(16 * 2 ** 20);
  await writeFile(path, whole);
  await followLog(path, () => undefined).stop();
  expect((await readLog(path)) === whole).toBe(true);
});

it('keeps the last lines, cut to a length that can be read', () => {
  const tail = tailOf(
    `${Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n')}\n${'y'.repeat(5_000)}\n\n`,
  );
  expect(tail).toHaveLength(20);
  expect(tail[0]).toBe('line 31');
  expect(tail.at(-1)).toHaveLength(500);
});

it('looks a last time when it is stopped, so that the last words are told', async () => {
  const lines: string[] = [];
  await writeFile(path, 'first\n');
  const follower = followLog(path, (line) => lines.push(line));
  await appendFile(path, 'last words: é€😀\n');
  await follower.stop();
  expect(lines).toEqual(['first', 'last words: é€😀']);
});

it('gives a later run what its engine wrote while it had it, and says where the rest is', async () => {
  await writeFile(path, 'of the first run\n');
  const from = await logSize(path);
  await appendFile(path, 'of this run\n');
  const own = join(folder, 'run-2.log');
  await keepPart({ path, from }, own);
  expect(await readLog(own)).toBe(
    'llem: an earlier run started this engine; its whole log is engine.log. In this run:\nof this run\n',
  );
});

it('gives a later run all of a log that was cut while it had the engine', async () => {
  await writeFile(path, 'both ends\n');
  const own = join(folder, 'run-2.log');
  await keepPart({ path, from: 1_000 }, own);
  expect(await readLog(own)).toMatch(/In this run:\nboth ends\n$/);
});

it('tells the lines of a later run to that run', async () => {
  const [first, second]: [string[], string[]] = [[], []];
  const follower = followLog(path, (line) => first.push(line));
  await writeFile(path, 'one\n');
  await vi.waitFor(() => expect(first).toEqual(['one']), { timeout: 10_000 });
  follower.tellTo((line) => second.push(line));
  await appendFile(path, 'two\n');
  await follower.stop();
  expect([first, second]).toEqual([['one'], ['two']]);
});
