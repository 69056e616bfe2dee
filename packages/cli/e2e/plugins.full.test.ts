/**
 * Plugins from a real registry: every package is published at two versions with the release commands, the command line is installed
 * alone, and plugins of ours and of a stranger are installed into it, used, updated, refused and uninstalled; then docs/plugins.md
 * is followed as it stands.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CONTRACT_VERSION, type RunRecord } from '@llem/core';
import { SIMULATED_SGLANG } from '@llem/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engineStudies, type EngineStudies } from './engines.js';
import { follow, type Reader } from './lesson.js';
import { SHORT_STUDY, workplace, type Workplace } from './llem.js';
import { startNpmRegistry, type NpmRegistry } from './npm-registry.js';
import { copyOfWorkspace, type ReleasedWorkspace } from './released-workspace.js';

const SGLANG = '@llem/backend-sglang';
const FUTURE = 'llem-backend-future';
const OWN = 'llem-backend-my-engine';

const SGLANG_STUDY = `
backend: sglang
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
sglang: { executable: ${SIMULATED_SGLANG} }
`;
const OWN_STUDY = SHORT_STUDY.replace('llamacpp', 'my-engine').replace('llem/tiny-1m', 'example');

/** A plugin that nothing is asked of but its options. */
const TOY = `
export const options = { jsonSchema: { type: 'object', properties: {} }, parse: () => ({ ok: true, value: {} }) };
const unused = () => { throw new Error('not in this test'); };
export const create = () => ({
  computesOn: 'cpu', constraints: () => [], checks: () => [], diagnose: () => null,
  prepare: unused, service: unused, dialect: unused, describe: unused,
});
`;

let folder = '';
let registry: NpmRegistry;
let workspace: ReleasedWorkspace;
let first: ReadonlyMap<string, string>;
let second: Promise<ReadonlyMap<string, string>> = Promise.resolve(new Map());
let place: Workplace;
let studies: EngineStudies;

/** Runs to the end, with this registry for whatever is npm. */
const run = (command: string, args: readonly string[], cwd: string) =>
  promisify(execFile)(command, args, { cwd, env: { ...process.env, ...registry.env } });

/** Exit code and all that the command said, whatever its lines. */
async function llem(...args: string[]): Promise<{ code: number | null; said: string }> {
  const { code, stdout, stderr } = await place.llem(args);
  return { code, said: `${stdout}\n${stderr}`.replace(/\s+/g, ' ') };
}

const settings = () => studies.settings('plugins', 1) + SGLANG_STUDY;

async function recordOf(study: string, backend: string): Promise<RunRecord> {
  await rm(join(place.dir, 'results'), { recursive: true, force: true });
  const { code, stderr } = await studies.run(study);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const record = (await studies.records()).get(backend);
  if (record === undefined) throw new Error(`no record of ${backend}`);
  return record;
}

interface Toy {
  readonly name: string;
  readonly version: string;
  readonly kind: 'backend' | 'runner';
  readonly id: string;
  readonly contract: string;
}

const publishFuture = (version: string, contract: string) =>
  publish({ name: FUTURE, version, kind: 'backend', id: 'future', contract });

async function publish(toy: Toy): Promise<void> {
  await run('npm', ['publish'], await written(toy, join(folder, `${toy.name}-${toy.version}`)));
}

/** The package of a toy as a folder, which is given. */
async function written({ name, version, kind, id, contract }: Toy, source: string): Promise<string> {
  await mkdir(source);
  const llem = { contract, provides: [{ kind, id, module: './toy.js' }] };
  await writeFile(
    join(source, 'package.json'),
    JSON.stringify({ name, version, type: 'module', oclif: {}, llem }),
  );
  await writeFile(join(source, 'toy.js'), TOY);
  return source;
}

/** Takes back what was begun, the last first. */
const endings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'llem-plugins-')));
  endings.unshift(() => rm(folder, { recursive: true, force: true }));
  registry = await startNpmRegistry();
  endings.unshift(() => registry.stop());
  workspace = await copyOfWorkspace(join(folder, 'checkout'), registry);
  first = await workspace.release();
  const prefix = join(folder, 'prefix');
  await run('npm', ['install', '--global', '--prefix', prefix, '@llem/cli'], folder);
  place = await workplace(join(prefix, 'lib/node_modules/@llem/cli/bin/run.js'));
  endings.unshift(() => place.remove());
  Object.assign(place.env, registry.env);
  studies = await engineStudies(place);
}, 600_000);
afterAll(async () => {
  await second.catch(() => undefined);
  for (const end of endings) await end();
});

// Each begins where the one before it ends, so none can be tried again by itself.
describe('from a registry', { retry: 0 }, () => {
  it('a study says which plugin it lacks', async () => {
    const { code, stderr } = await studies.run(settings());
    expect(code).toBe(2);
    expect(stderr).toContain(`llem plugins install ${SGLANG}`);
  });

  it('a plugin is installed, and a study measures with it', async () => {
    const { code, said } = await llem('plugins', 'install', SGLANG);
    expect([code, said]).toEqual([0, expect.stringContaining('sglang')]);
    // While nothing asks for the newest version, the next one is made.
    second = workspace.release();
    second.catch(() => undefined);
    expect((await llem('catalog')).said).toContain(`sglang ${SGLANG} ${first.get(SGLANG)} installed`);

    const { status, engine, host } = await recordOf(settings(), 'sglang');
    expect([status, engine.version]).toEqual(['completed', '0.5.23']);
    expect(host.plugins[SGLANG]).toBe(first.get(SGLANG));
  });

  it('one for another contract is refused with both versions, and takes the place of nothing', async () => {
    await publishFuture('1.0.0', `^${CONTRACT_VERSION}`);
    expect(await llem('plugins', 'install', FUTURE)).toMatchObject({ code: 0 });
    await publishFuture('2.0.0', '^99.0.0');
    const refused = await llem('plugins', 'install', FUTURE);
    expect(refused.code).not.toBe(0);
    expect(refused.said).toContain(`contract ^99.0.0, and this llem has contract ${CONTRACT_VERSION}`);
    const { code, said } = await llem('catalog');
    expect(code).toBe(0);
    expect(said).toContain(`future ${FUTURE} 1.0.0 installed`);
    expect(said).toContain(`sglang ${SGLANG} ${first.get(SGLANG)} installed`);
  });

  it('that of a stranger, from the generator, builds, passes its suite, is published, installed and run', async () => {
    const author = join(folder, 'author');
    await mkdir(author);
    await run('npx', ['--yes', '@llem/create-plugin', 'backend', 'my-engine'], author);
    const source = join(author, OWN);
    await run('npm', ['install'], source);
    // Publishing builds it and runs its suite.
    const { stdout, stderr } = await run('npm', ['publish'], source);
    expect(stdout + stderr).toMatch(/Tests .*\d+ passed/);

    expect(await llem('plugins', 'install', OWN)).toMatchObject({ code: 0 });
    const { status, host } = await recordOf(OWN_STUDY, 'my-engine');
    expect([status, host.plugins[OWN]]).toEqual(['completed', '0.1.0']);
  });

  it('an update brings what is newer, and keeps what would not fit', async () => {
    const versions = await second;
    expect(versions.get(SGLANG)).not.toBe(first.get(SGLANG));
    const { said } = await llem('plugins', 'update');
    expect(said).toContain(`contract ^99.0.0, and this llem has contract ${CONTRACT_VERSION}`);
    const catalog = await llem('catalog');
    expect(catalog.said).toContain(`sglang ${SGLANG} ${versions.get(SGLANG)} installed`);
    expect(catalog.said).toContain(`future ${FUTURE} 1.0.0 installed`);
    const { status, host } = await recordOf(settings(), 'sglang');
    expect([status, host.plugins[SGLANG]]).toEqual(['completed', versions.get(SGLANG)]);
  });

  it('what is uninstalled is missed by name, and nothing else is', async () => {
    expect(await llem('plugins', 'uninstall', SGLANG)).toMatchObject({ code: 0 });
    const { code, stderr } = await studies.run(settings());
    expect(code).toBe(2);
    expect(stderr).toContain(`llem plugins install ${SGLANG}`);
    const { said } = await llem('catalog');
    expect(said).not.toContain(SGLANG);
    expect(said).toContain(`my-engine ${OWN} 0.1.0 installed`);
  });
});

// What one has published cannot be published again, so none can be tried again.
describe('docs/plugins.md', { retry: 0 }, () => {
  const CONTRACT = `^${CONTRACT_VERSION}`;
  let home = '';
  let reader: Reader;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(folder, 'reader-')));
    reader = {
      folder: join(home, 'work'),
      env: {
        ...place.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, '.config'),
        XDG_DATA_HOME: join(home, '.local/share'),
        PATH: `${join(folder, 'prefix/bin')}:${process.env['PATH'] ?? ''}`,
        NO_COLOR: '1',
      },
    };
    await mkdir(reader.folder);
  });

  it('installs, updates, removes and allows plugins as it says', async () => {
    const foo = { name: 'llem-backend-foo', version: '1.2.0', kind: 'backend', id: 'foo' } as const;
    await publish({ ...foo, contract: CONTRACT });
    await run('npm', ['pack', `${foo.name}@${foo.version}`], reader.folder);
    const mine = { name: 'llem-runner-mine', version: '0.1.0', kind: 'runner', id: 'mine' } as const;
    await written({ ...mine, contract: CONTRACT }, join(home, 'my-plugin'));
    // A document without blocks would pass.
    expect(await follow('Installing plugins', reader)).toBeGreaterThan(3);
  });

  it('leads from an empty folder to a package that others install', async () => {
    expect(await follow('Write your own', reader)).toBeGreaterThan(10);
    expect(await llem('plugins', 'install', 'llem-afternoon')).toMatchObject({ code: 0 });
  });
});
