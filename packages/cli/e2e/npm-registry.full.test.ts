/** The registry that other tests publish to and install from. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startNpmRegistry, type NpmRegistry } from './npm-registry.js';

const run = promisify(execFile);
let folder = '';
let registry: NpmRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-npm-registry-test-'));
  registry = await startNpmRegistry();
});
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

const npm = (args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) =>
  run('npm', args, {
    cwd,
    env: { ...process.env, NPM_CONFIG_REGISTRY: 'http://127.0.0.1:1/', ...registry.env, ...env },
  });

async function packageOf(name: string, version: string): Promise<string> {
  const place = join(folder, `${name.replace('/', '-')}-${version}`);
  await mkdir(place);
  await writeFile(
    join(place, 'package.json'),
    JSON.stringify({ name, version, dependencies: { zod: '^4.6.7' } }),
  );
  return place;
}

it('takes what is published and gives it back, with its dependencies from elsewhere', async () => {
  for (const version of ['1.0.0', '1.1.0']) {
    await npm(['publish', '--access=public'], await packageOf('@llem/probe', version));
  }
  const user = join(folder, 'user');
  await mkdir(user);
  await npm(['install', '--prefix', user, '@llem/probe@^1.0.0'], folder);
  const installed = async (name: string) =>
    z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(user, 'node_modules', name, 'package.json'), 'utf8')));
  expect((await installed('@llem/probe')).version).toBe('1.1.0');
  expect((await installed('zod')).version).toMatch(/^4\./);
});

it('knows a package of llem only when it was published here', async () => {
  await expect(npm(['view', '@llem/never-published'], folder)).rejects.toThrow(/E404/);
});

it('refuses who does not log in', async () => {
  const place = await packageOf('llem-stranger', '1.0.0');
  const empty = { npm_config_userconfig: join(folder, 'nothing') };
  await expect(npm(['publish'], place, empty)).rejects.toThrow(/ENEEDAUTH|E401/);
});

it('leaves nothing', async () => {
  const other = await startNpmRegistry();
  const place = dirname(other.env['npm_config_userconfig'] ?? '');
  expect(existsSync(place)).toBe(true);
  await other.stop();
  expect(existsSync(place)).toBe(false);
  await expect(fetch(other.url)).rejects.toThrow();
});
