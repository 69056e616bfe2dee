/** `nx g @llem/tools:plugin` in a copy of this repository: what it writes passes lint, types, format and its own tests as it is. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linkModules } from '../../../packages/cli/e2e/linked-modules.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGES = {
  backend: 'backend-made',
  runner: 'runner-made',
  meter: 'energy-made',
  dataset: 'dataset-made',
};
const folders = Object.values(PACKAGES).map((name) => `packages/${name}`);

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'llem-generator-'));
  const leftOut = new Set(['.git', '.nx', 'node_modules', 'results', 'coverage']);
  await cp(ROOT, root, {
    recursive: true,
    filter: (path) => !leftOut.has(relative(ROOT, path)) && !path.endsWith('/node_modules'),
  });
  await linkModules(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Rejects with what the command said where it fails. */
async function tool(name, ...args) {
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    NODE_ENV: undefined,
  };
  try {
    return await run(join(root, 'node_modules', '.bin', name), args, { cwd: root, env });
  } catch (error) {
    throw new Error(`${name} ${args.join(' ')}: ${error.stdout}${error.stderr}`, { cause: error });
  }
}

it('writes a plugin of every kind', async () => {
  for (const [kind, folder] of Object.entries(PACKAGES)) {
    await tool('nx', 'g', '@llem/tools:plugin', kind, 'made');
    expect(await readdir(join(root, 'packages', folder))).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'src', 'study.yaml', 'tsconfig.json']),
    );
  }
  expect(await readdir(join(root, '.changeset'))).toContain('energy-made.md');
});

it('which build', () => tool('tsc', '-b', ...folders));

it('which are formatted', () => tool('prettier', '--check', ...folders, '.changeset'));

it('which pass lint', async () => {
  // The rule of the layers goes by it.
  await tool('nx', 'show', 'projects');
  await tool('eslint', '--max-warnings', '0', ...folders);
});

// Their suites are those of plugins outside, which created-plugins.full.test.ts runs: what is seen here is that they are found.
it('which are tested with the others', () => tool('vitest', 'run', 'packages/dataset-made'));

it('refuses what is there already, with what to do', async () => {
  await expect(tool('nx', 'g', '@llem/tools:plugin', 'meter', 'made')).rejects.toThrow(
    /packages\/energy-made is there already/,
  );
});
