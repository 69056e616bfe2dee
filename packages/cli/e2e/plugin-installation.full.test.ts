/** `llem plugins install` and its companions: what is shown, what is refused, and that nothing installed is ever lost. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { BIN, LIGHT_STUDY, marked, workplace, type Finished, type Workplace } from './llem.js';
import { packToy, TOY_MODULE, toyManifest, writeToy, type ToyPackage } from './plugin-packages.js';

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
  // Nothing of these tests asks anybody outside.
  place.env['npm_config_registry'] = 'http://127.0.0.1:9/';
  place.env['npm_config_fetch_retries'] = '0';
});
afterEach(() => place.remove());

const plugins = (...args: string[]) => place.llem(['plugins', ...args]);
const pack = (name: string, toy: ToyPackage = {}) => packToy(place.dir, name, toy);
const marker = () => join(place.dir, 'was-run');
const touches = () =>
  `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker())}, '');\n`;

const overviewSchema = z.object({
  plugins: z.array(
    z.object({ name: z.string(), version: z.string().nullable(), source: z.string(), from: z.string() }),
  ),
  problems: z.array(z.object({ package: z.string(), message: z.string(), remedy: z.string() })),
  unknown: z.array(z.object({ kind: z.string(), id: z.string(), package: z.string() })),
});
const overview = async () => overviewSchema.parse(JSON.parse((await plugins('--json')).stdout));
async function added(): Promise<string[]> {
  const { plugins: all } = await overview();
  return all
    .filter(({ source }) => source === 'user' || source === 'link')
    .map(({ name, version }) => `${name} ${version ?? 'gone'}`);
}

function expectOneMessage({ stderr }: Finished): void {
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/^ {2}what to do: \S/m);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('installing', () => {
  it('shows what a package brings before any of its code can run', async () => {
    const tarball = await pack('toy', {
      files: { 'toy.js': touches() + TOY_MODULE, 'commands/x.js': touches(), 'script.mjs': touches() },
      more: {
        description: 'An engine that is a toy.',
        engines: { node: '>=99' },
        oclif: { commands: './commands' },
        scripts: { postinstall: 'node script.mjs' },
      },
    });
    const { code, stdout, stderr } = await plugins('install', tarball);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('llem-backend-toy 1.0.0 is installed: backend toy.\n');
    expect(stderr).toContain('An engine that is a toy.');
    expect(stderr).toMatch(/provides +backend toy$/m);
    expect(stderr).toMatch(/contract +\^1\.0\.0, which this llem fits: 1\.0\.0$/m);
    expect(stderr).toMatch(/Node\.js +it needs >=99, and this is \d+\./);
    expect(stderr).toContain(tarball);
    expect(stderr).toContain('llem-backend-toy 1.0.0 are not run (--allow-scripts runs them)');
    expect(stderr).toMatch(/size +\d+ kB in 1 package$/m);
    expect(existsSync(marker())).toBe(false);
    expect(await added()).toEqual(['llem-backend-toy 1.0.0']);
  });

  it('runs nothing of a git repository that the plugin needs', async () => {
    // npm makes a package of a repository with another npm inside of it, which does what the repository's .npmrc says.
    const root = await writeToy(join(place.dir, 'repository'), {
      files: { '.npmrc': 'git=./evil.sh\n', 'evil.sh': `#!/bin/sh\ntouch '${marker()}'\n` },
      more: { scripts: { prepare: 'true' }, devDependencies: { other: 'git+file:///nowhere' } },
    });
    await chmod(join(root, 'evil.sh'), 0o755);
    const git = (...args: string[]) =>
      promisify(execFile)('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@y', ...args]);
    await git('init', '--quiet');
    await git('add', '--all');
    await git('commit', '--quiet', '--message=all');
    const dependencies = { 'llem-backend-toy-git': `git+file://${root}` };
    const answer = await plugins('install', await pack('toy', { more: { dependencies } }));
    expect(existsSync(marker())).toBe(false);
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining('git repository')]);
    expectOneMessage(answer);
    expect(await added()).toEqual([]);
  });

  it('runs install scripts when it is told to, and only then', async () => {
    const tarball = await pack('toy', {
      files: { 'script.mjs': touches() },
      more: { scripts: { postinstall: 'node script.mjs' } },
    });
    // npm's own variable is no permission.
    place.env['npm_config_ignore_scripts'] = 'false';
    await plugins('install', tarball);
    expect(existsSync(marker())).toBe(false);
    const { code, stderr } = await plugins('install', tarball, '--allow-scripts');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('those of llem-backend-toy 1.0.0 are run next');
    expect(existsSync(marker())).toBe(true);
  });

  it('installs all plugins of a command or none, and none twice', async () => {
    const other = await pack('other', { name: 'llem-backend-other' });
    const twice = await plugins('install', await pack('toy'), other);
    expect(twice.code, twice.stderr).toBe(2);
    expect(twice.stderr).toMatch(/llem-backend-other 1\.0\.0 .*llem-backend-toy/);
    expectOneMessage(twice);
    expect(await added()).toEqual([]);
  });

  it('is found by other commands, and gone after it is uninstalled', async () => {
    await plugins('install', await pack('toy'));
    expect((await place.llem(['catalog'])).stdout).toMatch(
      /^backend +toy +llem-backend-toy 1\.0\.0 +installed$/m,
    );
    const removed = await plugins('uninstall', 'llem-backend-toy');
    expect(removed.stdout).toBe('llem-backend-toy is removed.\n');
    expect((await place.llem(['catalog'])).stdout).not.toContain('toy');
    expect(await added()).toEqual([]);
  });

  it('is uninstalled together with others, all of them or none', async () => {
    const other = await writeToy(join(place.dir, 'other'), {
      name: 'other',
      llem: toyManifest({ id: 'other' }),
    });
    await plugins('install', await pack('toy'));
    await plugins('link', other);
    const wrong = await plugins('uninstall', 'llem-backend-toy', 'none');
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain('none is not installed.');
    expect((await added()).sort()).toEqual(['llem-backend-toy 1.0.0', 'other 1.0.0']);
    const { code, stdout } = await plugins('uninstall', 'llem-backend-toy', 'other', 'llem-backend-toy');
    expect([code, stdout.split('\n').length]).toEqual([0, 3]);
    expect(await added()).toEqual([]);
  });

  it('knows what a package brings also where the folder of the plugins is a link', async () => {
    await mkdir(join(place.dir, 'data'), { recursive: true });
    await mkdir(join(place.dir, 'elsewhere', 'deep'), { recursive: true });
    await symlink(join(place.dir, 'elsewhere', 'deep'), join(place.dir, 'data', 'llem'));
    const more = { scripts: { postinstall: 'exit 3' } };
    const { code, stderr } = await plugins('install', await pack('toy', { more }));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('those of llem-backend-toy 1.0.0 are not run');
    expect(stderr).toMatch(/ in 1 package$/m);
  });

  it('refuses a package of which a file cannot be unpacked, which npm calls installed', async () => {
    const root = await writeToy(join(place.dir, 'long'));
    await writeFile(join(root, 'x'), '');
    const tarball = join(place.dir, 'long.tgz');
    const name = (text: string) => ['--transform', `s,^${text}$,package/${text},`];
    const long = ['--transform', `s,^x$,package/${'x'.repeat(256)},`];
    const files = ['package.json', 'toy.js'];
    await promisify(execFile)('tar', [
      'czf',
      tarball,
      ...files.flatMap(name),
      ...long,
      '-C',
      root,
      ...files,
      'x',
    ]);
    const answer = await plugins('install', tarball);
    expect([answer.code, answer.stdout]).toEqual([1, '']);
    expect(answer.stderr).toContain('a file of it cannot be unpacked here');
    expectOneMessage(answer);
    expect(await added()).toEqual([]);
  });

  it('keeps the plugins that were linked by hand before there were generations', async () => {
    const root = await writeToy(join(place.dir, 'linked'), { name: 'linked-toy' });
    await plugins('link', root);
    await plugins('install', await pack('toy', { llem: toyManifest({ id: 'other' }) }));
    expect((await added()).sort()).toEqual(['linked-toy 1.0.0', 'llem-backend-toy 1.0.0']);
  });
});

it('refuses what does not fit, and keeps the plugin of before whatever goes wrong', async () => {
  await plugins('install', await pack('toy'));
  const version = '2.0.0';
  const broken = join(place.dir, 'broken.tgz');
  await writeFile(broken, 'no archive');
  const contract = await pack('contract', { version, llem: toyManifest({ contract: '^7.0.0' }) });
  const script = await pack('script', { version, more: { scripts: { postinstall: 'exit 3' } } });
  const stranger = await pack('stranger', { name: 'left-pad', more: { llem: undefined } });
  for (const [asked, exit, message] of [
    [contract, 2, /llem-backend-toy 2\.0\.0 .*contract \^7\.0\.0.*contract 1\.0\.0/],
    [stranger, 2, /left-pad 1\.0\.0 is no plugin of llem/],
    [script, 1, /npm failed/],
    [broken, 1, /it is no package of npm/],
    ['llem-backend-toy', 1, /the registry cannot be reached/],
  ] as const) {
    const answer = await plugins('install', asked, '--allow-scripts');
    expect(answer.code, answer.stderr).toBe(exit);
    expect(answer.stderr).toMatch(message);
    expectOneMessage(answer);
  }
  expect(await added()).toEqual(['llem-backend-toy 1.0.0']);
  expect((await place.llem(['catalog', 'toy'])).code).toBe(0);
}, 60_000);

it('shows what strangers write without letting it reach the terminal', async () => {
  const tarball = await pack('toy', {
    llem: {
      contract: '^1.0.0',
      provides: ['toy', 't\u001b[2Jo\u009by'].map((id) => ({ kind: 'backend', id, module: './toy.js' })),
    },
    more: { description: 'red \u001b[31m\u0007\u202eecin\n  contract  fits' },
  });
  const answer = await plugins('install', tarball);
  const list = await plugins();
  const catalog = await place.llem(['catalog']);
  expect(catalog.stderr).toContain('no study could name it');
  for (const { stdout, stderr } of [answer, list, catalog]) {
    const text = stdout + stderr;
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  expect(answer.stderr).toMatch(/^ {2}red ecin {3}contract {2}fits$/m);
});

/** Answers every request as `respond` does, instead of a registry; tests that need a real one are in plugins.full.test.ts. */
async function instead(respond: RequestListener): Promise<Server> {
  const server = createServer(respond).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  place.env['npm_config_registry'] = `http://127.0.0.1:${port}/`;
  return server;
}

/** Starts an installation that waits for its registry, and gives it once it does. */
async function waitingInstallation() {
  const server = await instead(() => undefined);
  const asked = once(server, 'request');
  const started = place.start(['plugins', 'install', 'llem-backend-slow']);
  await asked;
  return started;
}

describe('a registry that', () => {
  const token = 'npm_0123456789abcdefghijklmnopqrstuvwxyz';

  it.each([
    [401, 1, 'the registry does not let you have it', 'npm login'],
    [404, 2, 'the registry has no such package', 'how it is spelled'],
  ])('answers with %i is told in one message, without the token', async (status, exit, why, remedy) => {
    await instead((request, response) => {
      // Some registries repeat what they were sent.
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: `no: ${request.headers.authorization ?? 'without'}` }));
    });
    const { host } = new URL(place.env['npm_config_registry'] ?? '');
    const npmrc = join(place.dir, '.npmrc');
    await writeFile(npmrc, `//${host}/:_authToken=${token}\n`);
    place.env['npm_config_userconfig'] = npmrc;
    const answer = await plugins('install', '@llem/backend-none');
    expect(answer.code, answer.stderr).toBe(exit);
    expect(answer.stderr).toContain(why);
    expect(answer.stderr).toContain(remedy);
    expect(answer.stderr + answer.stdout).not.toContain(token);
    expectOneMessage(answer);
  });

  it.each([
    ['for a second', '', 900, 5_000],
    ['for as long as the .npmrc says', 'fetch-retry-mintimeout=20\nfetch-retry-maxtimeout=40\n', 10, 800],
  ])('does not answer is asked again after waiting %s', async (_, npmrc, leastMs, mostMs) => {
    const times: number[] = [];
    await instead((request) => {
      times.push(performance.now());
      request.socket.destroy();
    });
    place.env['npm_config_userconfig'] = join(place.dir, '.npmrc');
    await writeFile(join(place.dir, '.npmrc'), npmrc);
    place.env['npm_config_fetch_retries'] = '1';
    expectOneMessage(await plugins('install', 'llem-backend-toy'));
    expect(times).toHaveLength(2);
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThan(leastMs);
    expect(second - first).toBeLessThan(mostMs);
  });

  it('gives something else than it says is refused', async () => {
    const tarball = await readFile(await pack('toy'));
    await instead((request, response) => {
      if (request.url?.endsWith('.tgz') === true) return response.end(tarball);
      const dist = {
        tarball: `http://${request.headers.host ?? ''}/t/-/t-1.0.0.tgz`,
        integrity: 'sha512-AAAA',
      };
      const version = { name: 'llem-backend-toy', version: '1.0.0', dist };
      response.setHeader('content-type', 'application/json');
      return response.end(
        JSON.stringify({
          name: 'llem-backend-toy',
          'dist-tags': { latest: '1.0.0' },
          versions: { '1.0.0': version },
        }),
      );
    });
    const answer = await plugins('install', 'llem-backend-toy');
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('what was fetched is not what the registry says it is');
    expectOneMessage(answer);
  });
});

it('brings newer versions, and leaves the old one where the new does not fit', async () => {
  const published = new Map<string, { file: Buffer; pjson: object }>();
  const publish = async (name: string, version: string, contract: string) => {
    const llem = toyManifest({ contract, id: name });
    const path = await pack(`${name}-${version}`, { name, version, llem });
    published.set(`${name}-${version}`, { file: await readFile(path), pjson: { name, version, llem } });
  };
  await instead((request, response) => {
    const file = published.get(/([^/]+)\.tgz$/.exec(request.url ?? '')?.[1] ?? '');
    if (file) return response.end(file.file);
    const name = (request.url ?? '').slice(1);
    const versions = [...published].flatMap(([key, { file: bytes, pjson }]) => {
      if (!key.startsWith(`${name}-`)) return [];
      const dist = {
        tarball: `http://${request.headers.host ?? ''}/${name}/-/${key}.tgz`,
        integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
      };
      return [[key.slice(name.length + 1), { ...pjson, dist }] as const];
    });
    const document = {
      name,
      'dist-tags': { latest: versions.at(-1)?.[0] },
      versions: Object.fromEntries<object>(versions),
    };
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(document));
  });
  await publish('toy-a', '1.0.0', '^1.0.0');
  await publish('toy-b', '1.0.0', '^1.0.0');
  await publish('toy-c', '1.0.0', '^1.0.0');
  // Of a range npm takes the latest, which need not be the highest.
  await publish('toy-d', '1.1.0', '^1.0.0');
  await publish('toy-d', '1.0.0', '^1.0.0');
  const installed = await plugins('install', 'toy-a', 'toy-b', 'toy-c@1.0.0', 'toy-d@^1');
  expect(installed.code, installed.stderr).toBe(0);
  expect(installed.stderr).toContain(`the registry ${place.env['npm_config_registry']?.slice(0, -1) ?? ''}`);
  await publish('toy-a', '1.1.0', '^1.0.0');
  await publish('toy-b', '2.0.0', '^9.0.0');
  await publish('toy-c', '1.1.0', '^1.0.0');

  const updated = await plugins('update');
  expect(updated.stdout).toMatch(/^toy-a: 1\.0\.0 -> 1\.1\.0$/m);
  expect(updated.stdout).toMatch(/^toy-b: stays at 1\.0\.0\. .*toy-b 2\.0\.0.*\^9\.0\.0.*1\.0\.0/m);
  expect(updated.stdout).toMatch(/^toy-c: 1\.0\.0 is the newest that it may be/m);
  expect(updated.stdout).toMatch(/^toy-d: 1\.0\.0 is the newest that it may be \(\^1\)/m);
  expect(updated.stderr).not.toMatch(/^toy-d/m);
  expect(updated.code).toBe(2);
  expect(await added()).toEqual(['toy-a 1.1.0', 'toy-b 1.0.0', 'toy-c 1.0.0', 'toy-d 1.0.0']);
  const folders = await readdir(join(place.dir, 'data', 'llem', 'plugins'));
  expect(folders.sort()).toEqual(['.lock', '1', '2', 'current']);

  expect((await plugins('update', 'toy-a')).stdout).toBe(
    'toy-a: 1.1.0 is the newest that it may be (latest).\n',
  );
  expect((await plugins('update', 'toy-e')).stderr).toContain('toy-e is not installed.');
  expect((await plugins('install', 'toy-c@latest')).stdout).toContain(
    'toy-c 1.1.0 is installed instead of 1.0.0',
  );
}, 60_000);

describe('an installation that is killed', () => {
  it('leaves what was there, ends npm with it, and is cleaned up by the next change', async () => {
    await plugins('install', await pack('toy'));
    const { child, finished } = await waitingInstallation();
    const npm = await childrenOf(child.pid);
    expect(npm).toHaveLength(1);
    child.kill('SIGKILL');
    await finished;
    await vi.waitFor(async () => expect(await Promise.all(npm.map(hasEnded))).toEqual([true]), 5_000);
    const folder = join(place.dir, 'data', 'llem', 'plugins');
    const left = (await readdir(folder)).sort();
    expect(left.map((name) => name.replace(/held\..*/, 'held'))).toEqual([
      '.lock',
      '1',
      '1.held',
      '2',
      '2.held',
      'current',
    ]);
    expect((await place.llem(['catalog', 'toy'])).code).toBe(0);
    expect(await added()).toEqual(['llem-backend-toy 1.0.0']);
    // Who only looks removes nothing; whoever changes something does.
    expect((await readdir(folder)).sort()).toEqual(left);
    expect((await plugins('uninstall', 'llem-backend-toy')).code).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['.lock', '1', '2', 'current']);
  });

  it('ends what install scripts have started, which find the folder that they know', async () => {
    const script = `import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
writeFileSync(${JSON.stringify(`${marker()}.new`)}, process.cwd());
renameSync(${JSON.stringify(`${marker()}.new`)}, ${JSON.stringify(marker())});
setInterval(() => {}, 1000);
`;
    const tarball = await pack('toy', {
      files: { 'script.mjs': script },
      more: { scripts: { postinstall: 'node script.mjs' } },
    });
    const { child, finished } = place.start(['plugins', 'install', tarball, '--allow-scripts']);
    await vi.waitFor(() => expect(existsSync(marker())).toBe(true), 20_000);
    expect(await readFile(marker(), 'utf8')).toMatch(/\/plugins\/1\/node_modules\/llem-backend-toy$/);
    child.kill('SIGKILL');
    await finished;
    await vi.waitFor(async () => expect(await marked(place.dir)).toEqual([]), 5_000);
  });

  it('is said to be in the way while it goes on', async () => {
    const { child, finished } = await waitingInstallation();
    const second = await plugins('install', await pack('toy'));
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(
        `\`llem plugins install\` \\(pid ${child.pid ?? 0}, since .*\\) is changing the plugins in `,
      ),
    );
    expectOneMessage(second);
    // Who only looks is not kept out, and removes nothing of the other's.
    expect((await plugins()).code).toBe(0);
    expect(await readdir(join(place.dir, 'data', 'llem', 'plugins'))).toEqual([
      '.lock',
      '1',
      expect.stringMatching(/^1\.held\./),
    ]);
    child.kill('SIGINT');
    expect((await finished).code).toBe(130);
    expect((await plugins('install', await pack('toy'))).code).toBe(0);
  });
});

it('leaves a study the plugins that it began with, whatever is installed while it runs', async () => {
  await plugins('install', await pack('toy'));
  await writeFile(join(place.dir, 'study.yaml'), LIGHT_STUDY.replace('min_seconds: 1', 'min_seconds: 60'));
  const { child, finished } = place.start(['run', 'study.yaml', '--json']);
  const folder = join(place.dir, 'data', 'llem', 'plugins');
  await vi.waitFor(async () => expect((await readdir(folder)).join()).toContain('1.held.'), 10_000);
  const mine = await writeToy(join(place.dir, 'mine'));
  for (const folder of [mine, mine, mine]) await plugins('link', folder);
  expect((await readdir(folder)).filter((name) => /^\d+$/.test(name)).sort()).toEqual(['1', '2', '3', '4']);
  child.kill('SIGINT');
  await finished;
  expect((await readdir(folder)).join()).not.toContain('.held.');
});

async function childrenOf(pid = 0): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter((one) => one !== '');
}

/** Gone, or waiting for somebody to ask how it ended. */
async function hasEnded(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z ');
  return stat.includes(') Z ');
}

describe('uninstalling', () => {
  it('says what is not installed, and what belongs to llem', async () => {
    const answer = await plugins('uninstall', 'llem-backend-none');
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining('none is not installed.')]);
    expectOneMessage(answer);
    expect((await plugins('uninstall', '@llem/backend-llamacpp')).stderr).toContain(
      'it was not installed as a plugin',
    );
  });

  it('gets rid of everything, even where the list is broken', async () => {
    await plugins('install', await pack('toy'));
    await writeFile(join(place.dir, 'data', 'llem', 'package.json'), 'no JSON');
    expect((await plugins()).stderr).toContain('llem plugins reset');
    expect((await plugins('reset')).stdout).toBe('All plugins that were installed or linked are removed.\n');
    expect(await added()).toEqual([]);
    expect(await plugins('reset')).toMatchObject({ code: 0, stdout: 'No plugin is installed.\n' });
    expect((await plugins('install', await pack('toy'))).code).toBe(0);
  });
});

describe('what is listed', () => {
  const storeFile = () => join(place.dir, 'data', 'llem', 'package.json');

  it('has, as JSON too, what is wrong, and of what kind nothing is used', async () => {
    const { provides } = toyManifest();
    const provided = [...provides, { kind: 'launcher', id: 'slurm', module: './toy.js' }];
    const one = await writeToy(join(place.dir, 'one'), { llem: { contract: '^1.0.0', provides: provided } });
    await plugins('link', one);
    await writeToy(one, { llem: toyManifest({ contract: '^7.0.0' }) });
    const [problem] = (await overview()).problems;
    expect(problem).toMatchObject({ package: 'llem-backend-toy' });
    expect(problem?.message).toContain('contract ^7.0.0');
    await writeToy(one, { llem: { contract: '^1.0.0', provides: provided } });
    const { problems, unknown } = await overview();
    expect(problems).toEqual([]);
    expect(unknown).toEqual([{ kind: 'launcher', id: 'slurm', package: 'llem-backend-toy' }]);
  });

  it('is from where llem catalog says', async () => {
    const { plugins: all } = await overview();
    const catalog = (await place.llem(['catalog'])).stdout;
    const says = catalog.split('\n').flatMap((line) => {
      const [, , name = '', , from = ''] = line.split(/ +(?=\S)/);
      return line.endsWith('comes with llem') && from !== '' ? [name] : [];
    });
    expect(says).toContain('@llem/backend-llamacpp');
    expect(all.filter(({ source }) => source === 'core').map(({ name }) => name)).toEqual(
      expect.arrayContaining(says),
    );
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it('is what is installed, and what an entry says that nobody understands, which no change loses', async () => {
    await plugins('install', await pack('toy'));
    const readList = async () => {
      const schema = z.object({ oclif: z.object({ plugins: z.array(z.unknown()) }) });
      return schema.parse(JSON.parse(await readFile(storeFile(), 'utf8'))).oclif.plugins;
    };
    const later = { name: 'llem-later', type: 'container', image: 'x' };
    const pjson = z.looseObject({}).parse(JSON.parse(await readFile(storeFile(), 'utf8')));
    const list = [...(await readList()), later, 7];
    await writeFile(storeFile(), JSON.stringify({ ...pjson, oclif: { schema: 1, plugins: list } }));
    expect((await place.llem(['catalog', 'toy'])).code).toBe(0);
    const { problems } = await overview();
    expect(problems.map((one) => one.package)).toEqual(['llem-later', 'plugins']);
    await writeToy(join(place.dir, 'mine'), { name: 'mine', llem: toyManifest({ id: 'mine' }) });
    expect((await plugins('link', 'mine')).code).toBe(0);
    expect((await added()).sort()).toEqual(['llem-backend-toy 1.0.0', 'mine 1.0.0']);
    expect(await readList()).toEqual(expect.arrayContaining([later, 7]));
    expect((await plugins('uninstall', 'llem-later')).code).toBe(0);
    expect(await readList()).not.toContainEqual(later);
    expect((await added()).sort()).toEqual(['llem-backend-toy 1.0.0', 'mine 1.0.0']);
  });
});

describe('linking', () => {
  it('uses the folder as it is, and leaves it so', async () => {
    const root = await writeToy(join(place.dir, 'mine'));
    const linked = await plugins('link', 'mine');
    expect(linked.code, linked.stderr).toBe(0);
    expect(linked.stdout).toContain('llem-backend-toy 1.0.0 is linked: backend toy.');
    expect((await readdir(root)).sort()).toEqual(['package.json', 'toy.js']);
    expect(await added()).toEqual(['llem-backend-toy 1.0.0']);
    const back = await plugins('uninstall', 'llem-backend-toy');
    expect(back.stdout).toContain('no longer linked');
    expect(existsSync(root)).toBe(true);
  });

  it('takes the place of an installed one, which does not come back', async () => {
    await plugins('install', await pack('toy'));
    await writeToy(join(place.dir, 'mine'), { version: '9.0.0' });
    await plugins('link', 'mine');
    expect(await added()).toEqual(['llem-backend-toy 9.0.0']);
    await plugins('uninstall', 'llem-backend-toy');
    expect(await added()).toEqual([]);
  });

  it.each<[string, ToyPackage, string]>([
    ['not built', { llem: toyManifest({ module: './dist/toy.js' }) }, 'Build it first'],
    [
      'without its dependencies',
      { more: { dependencies: { 'no-such-library': '^1.0.0' } } },
      'Run `npm install` in',
    ],
    ['called as no package can be', { name: 'Bad Name' }, 'a `name` in small letters'],
  ])('refuses a folder that is %s', async (_, toy, message) => {
    await writeToy(join(place.dir, 'mine'), toy);
    const answer = await plugins('link', 'mine');
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain(message);
    expectOneMessage(answer);
    expect(await added()).toEqual([]);
  });
});

it('refuses to link a file, and says what to do with it', async () => {
  const tarball = await pack('toy');
  const answer = await plugins('link', tarball);
  expect(answer).toMatchObject({ code: 2, stdout: '' });
  expect(answer.stderr).toContain('is a file; what is linked is the folder of a plugin');
  expect(answer.stderr).toContain(`llem plugins install ${tarball}`);
  expectOneMessage(answer);
});

describe('a list of allowed plugins', () => {
  const allow = async (...names: string[]) => {
    const path = join(place.dir, 'llem.yaml');
    await writeFile(path, `# of the whole group\nplugins:\n  allow: ${JSON.stringify(names)}\n`);
    place.env['LLEM_CONFIG'] = path;
    return `${path}:3:3`;
  };

  it('refuses what is not on it, with its place', async () => {
    const where = await allow('@llem/*', 'llem-meter-*');
    await writeToy(join(place.dir, 'mine'));
    for (const args of [
      ['install', await pack('toy')],
      ['install', 'llem-backend-toy'],
      ['link', 'mine'],
    ]) {
      const answer = await plugins(...args);
      expect(answer.code, answer.stderr).toBe(2);
      expect(answer.stderr).toContain(`llem-backend-toy is not on the list of allowed plugins: ${where}`);
      expectOneMessage(answer);
    }
    expect(await added()).toEqual([]);
  });

  it('keeps what is installed from being loaded, and says so', async () => {
    const tarball = await pack('toy', {
      files: { 'toy.js': touches() + TOY_MODULE, 'hook.js': `${touches()}export default async () => {};` },
      more: { oclif: { hooks: { init: './hook.js' } } },
    });
    await allow('llem-backend-t*');
    expect((await plugins('install', tarball)).code).toBe(0);
    const where = await allow('@llem/*');
    const answer = await place.llem(['catalog', 'toy']);
    expect(answer.code).toBe(2);
    expect(existsSync(marker())).toBe(false);
    const catalog = await place.llem(['catalog']);
    expect(catalog.stdout).not.toContain('toy');
    expect(catalog.stderr).toContain(`it is not on the list of allowed plugins: ${where}`);
    expect((await plugins('update')).stdout).toContain('is not on the list of allowed plugins');
    expect((await plugins('uninstall', 'llem-backend-toy')).code).toBe(0);
  });

  it('is taken to allow nothing while it cannot be read', async () => {
    await plugins('install', await pack('toy'));
    await allow('*');
    await writeFile(place.env['LLEM_CONFIG'] ?? '', 'plugins: { allow: 3 }\n');
    const catalog = await place.llem(['catalog']);
    expect(catalog.code).toBe(0);
    expect(catalog.stderr).toContain('the configuration file cannot be read, and may not allow it');
    const answer = await plugins('install', await pack('toy'));
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain('plugins.allow');
    const removed = await plugins('uninstall', 'llem-backend-toy');
    expect([removed.code, removed.stdout]).toEqual([0, 'llem-backend-toy is removed.\n']);
  });
});

it.runIf(existsSync('/usr/bin/script'))('asks a person, and takes anything but yes for a no', async () => {
  const tarball = await pack('toy');
  const answered = async (answer: string) => {
    const command = [process.execPath, BIN, 'plugins', 'install', tarball].join(' ');
    const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: place.dir, env: place.env });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (text.includes('[y/N]')) child.stdin.write(answer);
    });
    const [code] = z.tuple([z.number(), z.unknown()]).parse(await once(child, 'close'));
    return { code, shown };
  };
  expect(await answered('\n')).toMatchObject({ code: 1 });
  expect(await answered('\u0004')).toMatchObject({ code: 1 });
  expect(await added()).toEqual([]);
  expect(await answered('y\n')).toMatchObject({ code: 0 });
  expect(await added()).toEqual(['llem-backend-toy 1.0.0']);
});
