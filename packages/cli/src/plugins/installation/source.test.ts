import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseSource } from './source.js';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'llem-source-')));
  await writeFile(join(folder, 'a b.tgz'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['foo', 'foo', 'latest'],
  ['foo@1.2.3', 'foo', '1.2.3'],
  ['foo@^1', 'foo', '^1'],
  ['@llem/backend-sglang', '@llem/backend-sglang', 'latest'],
  ['@llem/backend-sglang@next', '@llem/backend-sglang', 'next'],
])('takes %s for a name of the registry', async (text, name, tag) => {
  expect(await parseSource(text)).toEqual({ kind: 'registry', name, tag, spec: `${name}@${tag}` });
});

it.each(['https://host/x.tgz', 'http://user@host:8080/x.tgz?a=b:c'])(
  'leaves the address %s to npm',
  async (text) => {
    expect(await parseSource(text)).toEqual({ kind: 'elsewhere', spec: text });
  },
);

it.each([
  'git+ssh://git@host/x.git#v1',
  'git+file:///x',
  'git://host/x.git',
  'ssh://git@host/x.git',
  'github:user/repository',
  'gist:0123456789abcdef',
  'git@github.com:user/repository.git',
  'me@host:repository.git',
])('refuses the repository %s', async (text) => {
  await expect(parseSource(text)).rejects.toMatchObject({ code: 'LLEM_E_USAGE' });
  await expect(parseSource(text)).rejects.toThrow(/ is a git repository\.$/);
});

it('takes a path from wherever it is written, as the same file', async () => {
  const path = join(folder, 'a b.tgz');
  const expected = { kind: 'elsewhere', spec: `file:${path}` };
  for (const text of [path, `file:${path}`, `file://${path}`]) {
    expect(await parseSource(text)).toEqual(expected);
  }
});

it.each([
  ['', 'is no name'],
  ['-g', 'is no name'],
  ['--registry=http://evil', 'is no name'],
  ['Foo', 'is no name'],
  ['foo@npm:bar', 'is no name'],
  ['foo bar', 'is no name'],
  ['@llem', 'is no name'],
  ['../../x', 'There is no file'],
  ['none.tgz', 'There is no file'],
  ['.', 'is a folder'],
  ['/dev/null', 'is no file'],
  ['ftp://host/x.tgz', 'is no address that npm fetches from'],
])('refuses %j', async (text, message) => {
  await expect(parseSource(text)).rejects.toMatchObject({ code: 'LLEM_E_USAGE' });
  await expect(parseSource(text)).rejects.toThrow(message);
});
