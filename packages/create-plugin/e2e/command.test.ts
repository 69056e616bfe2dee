/** The real command as a process: what it writes, what it says, and how it ends. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CONTRACT_VERSION, PLUGIN_KINDS, pluginManifestSchema } from '@llem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'llem-create-'));
  await Promise.all(PLUGIN_KINDS.map((kind) => create(kind, `my-${kind}`)));
}, 60_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const endedSchema = z.object({ code: z.number().default(0), stdout: z.string(), stderr: z.string() });

/** Runs to the end, whatever the end is. */
async function create(...args: string[]) {
  const ended: unknown = await run(process.execPath, [BIN, ...args], { cwd: dir }).catch(
    (error: unknown) => error,
  );
  return endedSchema.parse(ended);
}

const packageSchema = z.object({
  name: z.string(),
  oclif: z.undefined().optional(),
  llem: pluginManifestSchema,
  files: z.array(z.string()),
  dependencies: z.record(z.string(), z.string()),
});

describe.each(PLUGIN_KINDS)('a %s', (kind) => {
  const root = () => join(dir, `llem-${kind}-my-${kind}`);

  it('has a package.json that llem and npm understand, made for this contract', async () => {
    const manifest = packageSchema.parse(JSON.parse(await readFile(join(root(), 'package.json'), 'utf8')));
    expect(manifest.llem).toEqual({
      contract: `^${CONTRACT_VERSION}`,
      provides: [{ kind, id: `my-${kind}`, module: `./dist/${kind}.js` }],
    });
    // What is not listed is not in the tarball.
    for (const file of manifest.files.filter((name) => name !== 'dist')) await access(join(root(), file));
  });

  it('is whole: every placeholder is filled in, and the files that npm would hide are there', async () => {
    const entries = await readdir(root(), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const names = files.map((path) => path.slice(root().length + 1));
    expect(names).toEqual(
      expect.arrayContaining(['.gitignore', 'LICENSE', 'README.md', 'study.yaml', 'src/conformance.test.ts']),
    );
    for (const path of files) expect(await readFile(path, 'utf8'), path).not.toMatch(/PLUGIN_[A-Z]/);
  });
});

it('all four compile with the strictest settings', async () => {
  await symlink(MODULES, join(dir, 'node_modules'));
  const config = {
    extends: './llem-backend-my-backend/tsconfig.json',
    compilerOptions: { rootDir: '.', noEmit: true, noImplicitReturns: true, noImplicitOverride: true },
    include: ['llem-*/src'],
    exclude: ['**/*.test.ts'],
  };
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [join(MODULES, 'typescript', 'bin', 'tsc'), '-p', dir]);
}, 60_000);

it('says what to type next', async () => {
  const { code, stdout } = await create('meter', 'other', '--name', '@me/other', '--dir', 'deep/other');
  expect(code).toBe(0);
  expect(stdout).toContain('cd deep/other');
  expect(await readFile(join(dir, 'deep/other/README.md'), 'utf8')).toContain('# @me/other');
});

it.each([
  { args: [], says: 'It is not said what is to be made' },
  { args: ['engine', 'x'], says: '"engine" is no kind of plugin' },
  { args: ['backend'], says: 'The backend has no id' },
  { args: ['backend', 'My'], says: '"My" cannot be the id' },
  { args: ['backend', 'llamacpp'], says: 'it is that of @llem/backend-llamacpp' },
  { args: ['backend', 'my-backend'], says: 'is there and is not empty' },
  { args: ['backend', 'x', '--folder', 'y'], says: "Unknown option '--folder'" },
  { args: ['backend', 'x', '--dir'], says: "'--dir" },
])('refuses $args with one message, what to do and exit code 2', async ({ args, says }) => {
  const { code, stdout, stderr } = await create(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).toMatch(/^error: .*\n {2}what to do: .*\n$/);
});

it('has help and a version', async () => {
  expect((await create('--help')).stdout).toContain('<kind>');
  expect((await create('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
