/** A plugin is on disk as a whole, or not at all. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writePlugin } from './write.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'llem-write-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const FILES = new Map([
  ['package.json', '{}'],
  ['src/deep/a.ts', 'export {};'],
]);

it('writes every file, into folders that were not there, and leaves nothing else', async () => {
  await writePlugin(join(dir, 'a', 'b'), FILES);
  expect(readFileSync(join(dir, 'a/b/src/deep/a.ts'), 'utf8')).toBe('export {};');
  expect(readdirSync(join(dir, 'a'))).toEqual(['b']);
});

it('takes an empty folder', async () => {
  mkdirSync(join(dir, 'x'));
  await writePlugin(join(dir, 'x'), FILES);
  expect(readdirSync(join(dir, 'x'))).toEqual(['package.json', 'src']);
});

it('leaves a folder alone that holds something', async () => {
  mkdirSync(join(dir, 'x'));
  writeFileSync(join(dir, 'x', 'mine'), 'kept');
  await expect(writePlugin(join(dir, 'x'), FILES)).rejects.toThrow(/is not empty/);
  expect(readdirSync(dir)).toEqual(['x']);
  expect(readdirSync(join(dir, 'x'))).toEqual(['mine']);
});

it('leaves a file alone', async () => {
  writeFileSync(join(dir, 'x'), 'kept');
  await expect(writePlugin(join(dir, 'x'), FILES)).rejects.toThrow(/no folder/);
  expect(readFileSync(join(dir, 'x'), 'utf8')).toBe('kept');
});

it('leaves a link alone that leads nowhere', async () => {
  symlinkSync(join(dir, 'nowhere'), join(dir, 'x'));
  await expect(writePlugin(join(dir, 'x'), FILES)).rejects.toThrow(/cannot be written|no folder/);
  expect(readdirSync(dir)).toEqual(['x']);
});

it('leaves nothing where a file cannot be written', async () => {
  // A name that no file system takes.
  const files = new Map([...FILES, ['x'.repeat(300), '']]);
  await expect(writePlugin(join(dir, 'x'), files)).rejects.toThrow(/cannot be written.*ENAMETOOLONG/);
  expect(readdirSync(dir)).toEqual([]);
});

it('does not replace the folder that the command runs in', async () => {
  await expect(writePlugin('.', FILES)).rejects.toThrow(/folder that you are in/);
});

it('of two that write the same folder at once one is refused, and the other is whole', async () => {
  const other = new Map([...FILES, ['other', '']]);
  const ends = await Promise.allSettled([
    writePlugin(join(dir, 'x'), FILES),
    writePlugin(join(dir, 'x'), other),
  ]);
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(readdirSync(dir)).toEqual(['x']);
});
