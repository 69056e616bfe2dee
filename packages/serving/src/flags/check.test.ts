import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flagsCheck, type FlagsCheck } from './check.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-flags-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
/** A program that answers each first argument as told, and notes that it was asked. */
async function engine(answers: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, `engine-${(count += 1)}`);
  const cases = Object.entries(answers).map(([argument, body]) => `"${argument}") ${body};;`);
  await writeFile(
    path,
    `#!/bin/sh\necho "$1" >> "${path}.asked"\ncase "$1" in\n${cases.join('\n')}\n*) echo "refused" >&2; exit 2;;\nesac\n`,
  );
  await chmod(path, 0o755);
  return path;
}
const timesAsked = async (path: string) => (await readFile(`${path}.asked`, 'utf8')).trim().split('\n');

const HELP = `printf 'usage: x\\n\\noptions:\\n'; for f in help host port a-b max_n seed; do echo "  --$f VALUE  text --c"; done`;
const signal = new AbortController().signal;
const option = (flag: string | null, versions: string | null = null) => ({
  path: `x.${(flag ?? '--key').slice(2)}`,
  flag,
  versions,
});

const check = (executable: string, used: FlagsCheck['used'], more: Partial<FlagsCheck> = {}) =>
  flagsCheck({
    section: 'x',
    executable,
    program: 'x',
    helpArguments: [['--help=all'], ['--help']],
    versionArguments: ['--version'],
    used,
    ...more,
  });
const run = (...args: Parameters<typeof check>) => check(...args).run(signal);

it('passes what the help lists, of releases with a full help and of older ones', async () => {
  const used = [option('--a-b'), option('--max_n'), option('--a-b.part')];
  expect((await run(await engine({ '--help=all': HELP }), used)).status).toBe('ok');
  expect((await run(await engine({ '--help': HELP }), used)).status).toBe('ok');
});

it('refuses what it does not list, with the release and those that have it', async () => {
  const path = await engine({ '--help': HELP, '--version': 'echo x 0.10.2' });
  const found = await run(path, [option('--a-b'), option('--new', '>=0.11'), option('--c')]);
  expect(found).toMatchObject({
    status: 'failed',
    message: `x 0.10.2 (${path}) does not have --new (x.new, releases >=0.11), --c (x.c).`,
  });
  expect(found.remedy).toContain('x.executable');
});

it('lets a flag pass that its help hides and its release has', async () => {
  const path = await engine({ '--help': HELP, '--version': 'echo 0.28.0rc1' });
  expect((await run(path, [option('--hidden', '>=0.28')])).status).toBe('ok');
});

it('takes _ for - only where the engine does', async () => {
  const path = await engine({ '--help': HELP });
  expect((await run(path, [option('--a_b')])).status).toBe('failed');
  expect((await run(path, [option('--a_b')], { eitherSeparator: true })).status).toBe('ok');
});

it('goes by the release where the help lists nothing', async () => {
  const path = await engine({ '--help': 'echo groups: --help=GROUP', '--version': 'echo 0.10.2' });
  expect((await run(path, [option('--a', '>=0.9')])).status).toBe('ok');
  expect((await run(path, [option('--a', '>=0.11')])).status).toBe('failed');
  expect((await run(path, [option('--a')])).status).toBe('warning');
});

it('goes by the release for the keys of a file', async () => {
  const path = await engine({ '--help': HELP, '--version': 'echo 1.2.0' });
  expect((await run(path, [option(null, '>=1.3')])).status).toBe('failed');
  expect((await run(path, [option(null, '>=1.2')])).status).toBe('ok');
});

it('warns where neither help nor version can be had, or there is no engine', async () => {
  expect((await run(await engine({}), [option('--a', '>=1')])).status).toBe('warning');
  expect((await run(join(folder, 'nothing'), [option('--a')])).status).toBe('warning');
});

it('asks an engine once', async () => {
  const path = await engine({ '--help=all': HELP });
  await run(path, [option('--a-b')]);
  await run(path, [option('--seed')]);
  expect(await timesAsked(path)).toEqual(['--help=all']);
});

it('ends the engine, and what it has started, when the time is over', async () => {
  const path = await engine({ '--help=all': `sleep 600 & echo $! > "${join(folder, 'pid')}"; wait` });
  const over = new AbortController();
  const found = check(path, [option('--a')]).run(over.signal);
  const pid = await untilWritten(join(folder, 'pid'));
  over.abort();
  expect((await found).status).toBe('warning');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

async function untilWritten(path: string): Promise<number> {
  let text = '';
  await expect
    .poll(async () => (text = await readFile(path, 'utf8').catch(() => '')), { timeout: 10_000 })
    .toMatch(/\d\n/);
  return Number(text);
}

/** A killed process that nobody has reaped yet still has its number. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !stat.includes(') Z ');
}
