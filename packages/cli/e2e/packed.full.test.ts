/**
 * The packages as they are published: packed, installed outside the workspace, with a third-party plugin that brings its
 * own copy of core.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { recordSchema } from '@llem/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));

const manifestSchema = z.object({
  name: z.string(),
  private: z.boolean().default(false),
  dependencies: z.record(z.string(), z.string()).default({}),
});
const packedSchema = z.array(
  z.object({ name: z.string(), filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

/** A package of this workspace as it would be published. */
interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  readonly dependencies: readonly string[];
}

/** Packs every package of the workspace that is not private into `folder`, with one command; by name. */
async function packAll(folder: string): Promise<Map<string, Packed>> {
  const all = await Promise.all(
    (await readdir(PACKAGES)).map(async (name) =>
      manifestSchema.parse(JSON.parse(await readFile(join(PACKAGES, name, 'package.json'), 'utf8'))),
    ),
  );
  const published = new Map(all.flatMap((one) => (one.private ? [] : [[one.name, one] as const])));
  const named = [...published.keys()].map((name) => `--workspace=${name}`);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, ...named], {
    cwd: join(PACKAGES, '..'),
  });
  return new Map(
    packedSchema.parse(JSON.parse(stdout)).map(({ name, filename, files }) => [
      name,
      {
        tarball: join(folder, filename),
        files: files.map(({ path }) => path),
        dependencies: Object.keys(published.get(name)?.dependencies ?? {}),
      },
    ]),
  );
}

/** What of the workspace one of its packages needs, itself included. */
function neededBy(name: string, packed: ReadonlyMap<string, Packed>): Set<string> {
  const needed = new Set<string>();
  const add = (one: string) => {
    if (needed.has(one) || !packed.has(one)) return;
    needed.add(one);
    packed.get(one)?.dependencies.forEach(add);
  };
  add(name);
  return needed;
}

/** A meter of a third party, as its author would write it. */
const METER = `
import { definePlugin, ok, READ_OK } from '@llem/core';
import { z } from 'zod';

export const { options, create } = definePlugin(
  z.strictObject({ watts: z.number().default(42).describe('Power that is told, in watts.') }),
  (_context, { watts }) => ({
    checks: () => [{ id: 'constant.readable', title: 'Constant power', run: async () => ok('always') }],
    devices: () => [{ id: 'cpu:constant', scope: 'cpu', name: 'constant', facts: { watts }, overlaps: [] }],
    channels: () => [
      { deviceId: 'cpu:constant', quantity: 'energyJ', measured: true, minPeriodMs: 10, resolution: 1e-6, accuracyRel: 0.01 },
    ],
    open: () => ({
      read(out, index) {
        out[index] = (watts * Number(process.hrtime.bigint())) / 1e9;
        return READ_OK;
      },
      close() {},
    }),
  }),
);
`;

let folder = '';
let packed = new Map<string, Packed>();
let cli = '';
let source = '';
let tarball = '';
/** Folders of a user's own, each test's by its name; the generated model serves them all. */
const home = (name: string) => ({
  ...process.env,
  XDG_DATA_HOME: join(folder, name, 'data'),
  XDG_CONFIG_HOME: join(folder, name, 'config'),
  XDG_CACHE_HOME: join(folder, 'cache'),
  LLEM_LOCKS: join(folder, name),
});

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'llem-packed-')));
  packed = await packAll(folder);
  const product = join(folder, 'product');
  await mkdir(product);
  await writeFile(join(product, 'package.json'), '{ "name": "user", "private": true }');
  const needed = [...neededBy('@llem/cli', packed)].map((name) => packed.get(name)?.tarball ?? '');
  await run('npm', ['install', '--silent', '--no-audit', ...needed], { cwd: product });
  cli = join(product, 'node_modules', '.bin', 'llem');

  source = join(folder, 'llem-meter-constant');
  await mkdir(source);
  await writeFile(join(source, 'meter.js'), METER);
  await writeFile(
    join(source, 'package.json'),
    JSON.stringify({
      name: 'llem-meter-constant',
      version: '1.2.3',
      type: 'module',
      oclif: {},
      llem: { contract: '^1.0.0', provides: [{ kind: 'meter', id: 'constant', module: './meter.js' }] },
      dependencies: { '@llem/core': '^0.1.0', zod: '^4.6.7' },
      bundleDependencies: ['@llem/core', 'zod'],
    }),
  );
  const core = packed.get('@llem/core')?.tarball ?? '';
  await run('npm', ['install', '--silent', '--no-audit', '--no-save', core], { cwd: source });
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: source });
  tarball = join(folder, stdout.trim());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['linked', () => ['link', source, '--no-install']],
  ['installed', () => ['install', `file:${tarball}`]],
])('finds a plugin that is %s with its own copy of core, and measures with it', async (how, asked) => {
  const options = { cwd: folder, env: home(how) };
  await run(cli, ['plugins', ...asked()], options);

  const { stdout: catalog } = await run(cli, ['catalog'], options);
  expect(catalog).toMatch(new RegExp(`constant.*llem-meter-constant 1\\.2\\.3 +${how}`));
  const { stdout: described } = await run(cli, ['catalog', 'constant'], options);
  expect(described).toContain('Power that is told, in watts.');

  await writeFile(
    join(folder, 'study.yaml'),
    `name: packed
model: llem/tiny-1m
backend: llamacpp
workload: { concurrency: 2, input_tokens: 8, output_tokens: 16 }
measure: { min_seconds: 1, idle_bare_s: 0.5, settle_s: 0.1, idle_loaded_s: 0.5, warmup: { max_s: 1 } }
execution: { cycles: 1 }
energy: { meters: [{ type: constant, watts: 100 }], require: measured }
`,
  );
  const results = join(folder, how, 'results');
  await run(cli, ['run', 'study.yaml', '--output', results], options);
  const [study = ''] = await readdir(results);
  const runs = join(results, study, 'runs');
  const [only = ''] = await readdir(runs);
  const record = recordSchema.parse(JSON.parse(await readFile(join(runs, only, 'record.json'), 'utf8')));
  expect(record.status).toBe('completed');
  expect(record.host.plugins).toMatchObject({ 'llem-meter-constant': '1.2.3' });
  const total = record.measurement?.energy.totals.cpu;
  expect(total?.quality).toBe('counter');
  // Its own time of a reading and the sampler's differ by what else the machine does.
  expect(total?.meanPowerW).toBeCloseTo(100, 0);
});

it('publishes no test, no source and no build information, and a manifest of the commands', () => {
  expect([...packed.keys()]).toEqual(expect.arrayContaining(['@llem/cli', '@llem/core', '@llem/harness']));
  for (const [name, { files }] of packed) {
    expect(files.filter((file) => /\.test\.|\.fixture\.|tsbuildinfo|^src\/.*\.ts$/.test(file))).toEqual([]);
    expect(files, name).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
  }
  expect(packed.get('@llem/cli')?.files).toContain('oclif.manifest.json');
});
