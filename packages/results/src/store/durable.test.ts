import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendLine, createFolder, ensureFolder, replaceFile } from './durable.js';
import { temporaryFolder } from './folder.fixture.js';

it('replaces a file whole and leaves nothing beside it', async () => {
  const folder = await temporaryFolder();
  await replaceFile(join(folder, 'a.json'), 'long old content');
  await replaceFile(join(folder, 'a.json'), 'new');
  expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('new');
  expect(await readdir(folder)).toEqual(['a.json']);
});

it('writes content that comes in pieces one after the other, and keeps the old file when a piece fails', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a');
  // One piece of memory for all of them, as a writer has it.
  const memory = new Uint8Array(1);
  function* pieces(failing: boolean) {
    for (const letter of Buffer.from('abc')) yield memory.fill(letter);
    if (failing) throw new Error('no more');
  }
  await replaceFile(path, pieces(false));
  expect(await readFile(path, 'utf8')).toBe('abc');
  await expect(replaceFile(path, pieces(true))).rejects.toThrow('no more');
  expect(await readFile(path, 'utf8')).toBe('abc');
  expect(await readdir(folder)).toEqual(['a']);
});

it('leaves the old file when the new one cannot take its place', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'a.json'));
  await expect(replaceFile(join(folder, 'a.json'), 'new')).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await readdir(folder)).toEqual(['a.json']);
});

it('shows a reader the old content or the new, never a part', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a');
  const contents = ['a'.repeat(200_000), 'b'.repeat(300_000)];
  await replaceFile(path, contents[0] ?? '');
  const writing = { done: false };
  const writer = (async () => {
    for (let turn = 1; turn <= 20; turn += 1) await replaceFile(path, contents[turn % 2] ?? '');
  })().finally(() => (writing.done = true));
  while (!writing.done) expect(contents).toContain(await readFile(path, 'utf8'));
  await writer;
});

it('appends after a line that was torn without losing either', async () => {
  const path = join(await temporaryFolder(), 'journal');
  await writeFile(path, '{"a":1}\n{"b":');
  await appendLine(path, '{"c":3}');
  await appendLine(path, '{"d":4}');
  expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"b":\n{"c":3}\n{"d":4}\n');
});

it('appends to an empty file without an empty line', async () => {
  const path = join(await temporaryFolder(), 'journal');
  await writeFile(path, '');
  await appendLine(path, 'x');
  expect(await readFile(path, 'utf8')).toBe('x\n');
});

it('does not append to a file that is gone', async () => {
  const folder = await temporaryFolder();
  await expect(appendLine(join(folder, 'journal'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('does not make a folder twice', async () => {
  const folder = await temporaryFolder();
  await createFolder(join(folder, 'run'));
  await expect(createFolder(join(folder, 'run'))).rejects.toMatchObject({ code: 'EEXIST' });
});

it('makes a folder with its parents, also when several do so at the same time', async () => {
  const folder = join(await temporaryFolder(), 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 5 }, () => ensureFolder(folder)));
  expect(await readdir(folder)).toEqual([]);
});

it('does not take a file for a folder', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, '');
  await expect(ensureFolder(path)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(ensureFolder(join(path, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.skipIf(!existsSync('/proc/self'))('fails at once where nothing can be made', async () => {
  await expect(ensureFolder('/proc/llem/results')).rejects.toMatchObject({ code: 'ENOENT' });
});
