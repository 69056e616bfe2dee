import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFiles } from './files.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('writes what is missing, with the folders to it, and leaves what is there alone', async () => {
  const path = join(folder, 'options', 'a.yaml');
  await writeFiles([{ path, content: 'a: 1\n' }]);
  expect(await readFile(path, 'utf8')).toBe('a: 1\n');
  const { ino, mtimeMs, mode } = await stat(path);
  expect(mode & 0o777).toBe(0o600);
  await writeFiles([{ path, content: 'a: 1\n' }]);
  expect(await stat(path)).toMatchObject({ ino, mtimeMs });
  expect(await readdir(join(folder, 'options'))).toEqual(['a.yaml']);
});

it('replaces half a file', async () => {
  const path = join(folder, 'a.yaml');
  await writeFile(path, 'a:');
  await writeFiles([{ path, content: 'a: 1\n' }]);
  expect(await readFile(path, 'utf8')).toBe('a: 1\n');
});

it('says what to do where nothing can be written', async () => {
  await writeFile(join(folder, 'file'), '');
  const path = join(folder, 'file', 'a.yaml');
  await expect(writeFiles([{ path, content: '' }])).rejects.toMatchObject({
    code: 'LLEM_E_START',
    failureClass: 'options-file',
    remedy: `Make room and see that you may write to ${join(folder, 'file')}.`,
  });
});
