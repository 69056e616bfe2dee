/** Releases of a small workspace, with the real commands, to a real registry. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkModules } from '../../packages/cli/e2e/linked-modules.ts';
import { startNpmRegistry } from '../../packages/cli/e2e/npm-registry.ts';

const TOOLS = fileURLToPath(new URL('../', import.meta.url));
const ROOT = join(TOOLS, '..');

let folder = '';
let root = '';
let registry;
let gate;
let env = {};

/** Runs to the end, whatever the outcome. */
const run = (command, args, more = {}) =>
  new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd: root, env: { ...process.env, ...env, ...more } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
const git = (...args) => run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
const release = (args = [], more = {}) =>
  run(process.execPath, [join(root, 'tools/release/release.mjs'), ...args], more);
const newVersion = () => run(process.execPath, [join(root, 'tools/release/version.mjs')]);
const write = async (path, text) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const commit = async () => {
  await git('add', '-A');
  await git('commit', '-qm', 'x');
};
const published = async (name) => {
  const { code, stdout } = await run('npm', ['view', name, 'versions', '--json', '--prefer-online']);
  return code === 0 ? [JSON.parse(stdout)].flat() : [];
};
const packageJson = async (name) =>
  JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8'));

/** A package with one module of TypeScript. */
async function writePackage(name, dependencies, code, more = {}) {
  const manifest = {
    name: `@llem/${name}`,
    version: '0.1.0',
    description: 'For a test.',
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20.19.0' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist', '!dist/.tsbuildinfo'],
    dependencies: Object.fromEntries(dependencies.map((one) => [`@llem/${one}`, '^0.1.0'])),
    ...more,
  };
  const options = { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo', types: [] };
  await write(`packages/${name}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await write(`packages/${name}/README.md`, `# @llem/${name}\n`);
  await write(`packages/${name}/LICENSE`, await readFile(join(ROOT, 'LICENSE'), 'utf8'));
  await write(`packages/${name}/src/index.ts`, code);
  await write(
    `packages/${name}/tsconfig.json`,
    JSON.stringify({
      extends: '../../tsconfig.base.json',
      compilerOptions: options,
      include: ['src'],
      references: dependencies.map((one) => ({ path: `../${one}` })),
    }),
  );
}

/** In front of the registry: it refuses to take a package while `gate.refuses` is its name, with the sender's token in the answer. */
async function startGate(url) {
  const server = createServer((incoming, answer) => {
    if (incoming.method === 'PUT' && decodeURIComponent(incoming.url) === `/${result.refuses}`) {
      answer.writeHead(403, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ error: `not for ${incoming.headers.authorization}` }));
      return;
    }
    const { method, headers } = incoming;
    const outgoing = request(new URL(incoming.url, url), { method, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const result = { refuses: null, host: `127.0.0.1:${server.address().port}`, close: () => server.close() };
  return result;
}

let token = '';
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'llem-release-test-')));
  root = join(folder, 'checkout');
  registry = await startNpmRegistry();
  gate = await startGate(registry.url);
  token = /_authToken=(.*)/.exec(await readFile(registry.env.npm_config_userconfig, 'utf8'))[1];
  const userconfig = join(folder, 'npmrc');
  await writeFile(userconfig, `//${gate.host}/:_authToken=${token}\n`);
  env = { ...registry.env, npm_config_registry: `http://${gate.host}/`, npm_config_userconfig: userconfig };
  for (const name of ['CI', 'GITHUB_ACTIONS', 'GITLAB_CI']) env[name] = '';

  for (const path of [
    'LICENSE',
    '.gitignore',
    'tsconfig.base.json',
    '.changeset/config.json',
    'tools/build.mjs',
    'tools/release',
  ]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(join(ROOT, path), join(root, path), { recursive: true });
  }
  const config = JSON.parse(await readFile(join(root, '.changeset/config.json'), 'utf8'));
  await write('.changeset/config.json', JSON.stringify({ ...config, fixed: [] }));
  await write(
    'package.json',
    JSON.stringify({ name: 'w', private: true, type: 'module', workspaces: ['packages/*'] }),
  );
  await writePackage('core', [], "export const CONTRACT_VERSION: string = '1.0.0';\n");
  await writePackage('probe', ['core'], "export { CONTRACT_VERSION } from '@llem/core';\n");
  await writePackage('cli', ['core', 'probe'], "export { CONTRACT_VERSION } from '@llem/probe';\n", {
    scripts: { manifest: 'node --version' },
  });
  await linkModules(root);
  await git('init', '-q');
  await run('npm', ['install', '--package-lock-only', '--ignore-scripts']);
  await commit();
});
afterAll(async () => {
  gate.close();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

// Each goes on where the one before it ends, so none can be tried again by itself.
describe('a release', { retry: 0 }, () => {
  it('refuses what is not ready, each with what to do', async () => {
    expect(await release(['--force'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });

    await write('left.txt', '');
    expect(await release()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no commit has: left.txt'),
    });
    await rm(join(root, 'left.txt'));

    await write('.changeset/new.md', "---\n'@llem/core': minor\n---\n\nNew.\n");
    await commit();
    expect(await release()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no version has: new.md'),
    });
    await git('rm', '-q', '.changeset/new.md');
    await commit();

    const job = {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'y',
    };
    expect(await release([], job)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'no "repository" in the package.json of @llem/core, @llem/probe, @llem/cli',
      ),
    });

    const { code, stderr } = await release([], { npm_config_userconfig: join(folder, 'nothing') });
    expect({ code, lines: stderr.trim().split('\n') }).toEqual({
      code: 1,
      lines: [
        'error: npm is not logged in to the registry that it would publish to',
        expect.stringContaining('npm login'),
      ],
    });
    expect(await published('@llem/core')).toEqual([]);
  });

  it('publishes nothing when one tarball is not right', async () => {
    await write('packages/cli/src/broken.test.ts', 'export {};\n');
    await commit();
    const { code, stderr } = await release();
    expect(code).toBe(1);
    expect(stderr).toContain('@llem/cli: dist/broken.test.js is a test (stray-files)');
    expect(await published('@llem/core')).toEqual([]);
    await git('rm', '-q', 'packages/cli/src/broken.test.ts');
    await commit();
  });

  it('publishes nothing in a dry run, and needs nobody logged in for it', async () => {
    const { code, stdout } = await release(['--dry-run'], { npm_config_userconfig: join(folder, 'nothing') });
    expect(code).toBe(0);
    expect(stdout).toContain('A release would be refused: npm is not logged in');
    expect(stdout).toContain('Would publish: @llem/core 0.1.0, @llem/probe 0.1.0, @llem/cli 0.1.0');
    expect(stdout).toContain('Provenance: none');
    expect(await published('@llem/core')).toEqual([]);
  });

  it('goes on where a release failed, shows no token, and tags what is published', async () => {
    gate.refuses = '@llem/probe';
    const failed = await release();
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('+ @llem/core 0.1.0');
    expect(failed.stderr).toContain('@llem/probe 0.1.0 was not published');
    expect(failed.stderr).toContain('not published: @llem/probe, @llem/cli');
    expect(failed.stdout + failed.stderr).not.toContain(token);
    expect((await git('tag')).stdout).toBe('');

    gate.refuses = null;
    const { code, stdout } = await release();
    expect({ code, published: stdout.match(/^ {2}\+ .*/gm) }).toEqual({
      code: 0,
      published: ['  + @llem/probe 0.1.0', '  + @llem/cli 0.1.0'],
    });
    expect((await git('tag')).stdout.trim().split('\n').sort()).toEqual([
      '@llem/cli@0.1.0',
      '@llem/core@0.1.0',
      '@llem/probe@0.1.0',
    ]);

    expect((await release()).stdout).toContain('Nothing to publish.');
  });

  it('publishes nothing beside a package that has changed and has no version for it', async () => {
    const at = 'packages/core/src/index.ts';
    const was = await readFile(join(root, at), 'utf8');
    await write(at, `${was}export const MORE: number = 1;\n`);
    await write('.changeset/new.md', "---\n'@llem/cli': patch\n---\n\nUses more.\n");
    await commit();
    await newVersion();
    await commit();
    const { code, stderr } = await release();
    expect(code).toBe(1);
    expect(stderr).toContain('  @llem/core 0.1.0: dist/index.js and 1 more\n');
    expect(stderr).not.toContain('@llem/probe');
    expect(await published('@llem/cli')).toEqual(['0.1.0']);
    await git('reset', '--hard', '-q', 'HEAD~2');
  });

  it('gives versions, ranges, changelogs and the lock file together, and publishes under another tag', async () => {
    expect(await newVersion()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no changeset'),
    });
    await write('.changeset/new.md', "---\n'@llem/core': major\n---\n\nThe contracts are 1.0.\n");
    expect(await newVersion()).toMatchObject({ code: 1, stderr: expect.stringContaining('no commit has') });
    await commit();
    const { stdout } = await newVersion();
    expect(stdout).toContain(
      '@llem/core 0.1.0 -> 1.0.0\n@llem/probe 0.1.0 -> 0.1.1\n@llem/cli 0.1.0 -> 0.1.1\n',
    );
    expect((await packageJson('cli')).dependencies).toEqual({
      '@llem/core': '^1.0.0',
      '@llem/probe': '^0.1.1',
    });
    expect(await readFile(join(root, 'packages/core/CHANGELOG.md'), 'utf8')).toContain(
      'The contracts are 1.0.',
    );
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    expect(lock.packages['packages/core'].version).toBe('1.0.0');
    expect(lock.packages['packages/cli'].dependencies['@llem/core']).toBe('^1.0.0');

    await commit();
    expect(await release(['--tag', 'next'])).toMatchObject({ code: 0 });
    const { stdout: tags } = await run('npm', [
      'view',
      '@llem/core',
      'dist-tags',
      '--json',
      '--prefer-online',
    ]);
    expect(JSON.parse(tags)).toEqual({ latest: '0.1.0', next: '1.0.0' });
  });
});
