import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
  const { ino, mtimeMs } = await stat(path);
  await writeFiles([{ path, content: 'a: 1\n' }]);
  expect(await stat(path)).toMatchObject({ ino, mtimeMs });
  expect(await readdir(join(folder, 'options'))).toEqual(['a.yaml']);
});

it('keeps others from reading it, but not the user of a container, who is given the file alone', async () => {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  const ours = join(folder, 'private');
  await writeFiles([{ path: join(ours, 'a.yaml'), content: 'a: 1\n' }]);
  expect([await modeOf(ours), await modeOf(join(ours, 'a.yaml'))]).toEqual([0o700, 0o644]);

  const shared = join(folder, 'shared');
  await mkdir(shared, { mode: 0o755 });
  await writeFiles([{ path: join(shared, 'a.yaml'), content: 'a: 1\n' }]);
  expect(await modeOf(join(shared, 'a.yaml'))).toBe(0o600);

  await chmod(join(ours, 'a.yaml'), 0o600);
  await writeFiles([{ path: join(ours, 'a.yaml'), content: 'a: 1\n' }]);
  expect(await modeOf(join(ours, 'a.yaml'))).toBe(0o644);
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
