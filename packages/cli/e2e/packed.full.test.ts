/**
 * The packages as they are published: packed and installed outside the workspace, each to be imported, to be typed against and to
 * be started, and a third-party plugin that brings its own copy of core.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
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
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  private: z.boolean().default(false),
  exports: z.record(z.string(), z.unknown()),
  bin: z.record(z.string(), z.string()).default({}),
});
const packedSchema = z.array(z.object({ name: z.string(), filename: z.string() }));

/** A package of this workspace as it would be published. */
interface Packed {
  readonly tarball: string;
  readonly version: string;
  /** What users import, with the package's name: `@llem/core/errors`. */
  readonly entries: readonly string[];
  readonly bins: readonly string[];
}

/** Packs every package of the workspace that is not private into `folder`, with one command; by name. */
async function packAll(folder: string): Promise<Map<string, Packed>> {
  const all = await Promise.all(
    (await readdir(PACKAGES)).map(async (name) =>
      manifestSchema.parse(JSON.parse(await readFile(join(PACKAGES, name, 'package.json'), 'utf8'))),
    ),
  );
  const named = all.filter((one) => !one.private).map(({ name }) => `--workspace=${name}`);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, ...named], {
    cwd: join(PACKAGES, '..'),
  });
  const tarballs = new Map(packedSchema.parse(JSON.parse(stdout)).map((one) => [one.name, one.filename]));
  return new Map(
    all.flatMap(({ name, version, exports, bin }) => {
      const filename = tarballs.get(name);
      if (filename === undefined) return [];
      const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
      const tarball = join(folder, filename);
      return [
        [
          name,
          {
            tarball,
            version,
            entries: entries.map((one) => `${name}${one.slice(1)}`),
            bins: Object.keys(bin),
          },
        ],
      ];
    }),
  );
}

/** How a program is used, an option of its own, or that it serves already. */
const USE = /usage|--\w+|listening/i;

/** What a program says until it has said that; it may go on then, as a server does. Standard output and error together. */
async function firstWordsOf(program: string): Promise<string> {
  const child = spawn(program, ['--help'], { cwd: product, env: home('bins') });
  try {
    return await new Promise((resolve, reject) => {
      let text = '';
      const add = (more: Buffer) => {
        text += more.toString();
        if (USE.test(text)) resolve(text);
      };
      child.stdout.on('data', add);
      child.stderr.on('data', add);
      child.on('error', reject);
      child.on('close', () => resolve(text));
    });
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }
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
let product = '';
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
  product = join(folder, 'product');
  await mkdir(product);
  await writeFile(join(product, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  const tarballs = [...packed.values()].map(({ tarball }) => tarball);
  await run('npm', ['install', '--silent', '--no-audit', ...tarballs], { cwd: product });
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
      dependencies: { '@llem/core': `^${packed.get('@llem/core')?.version}`, zod: '^4.6.7' },
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
  ['linked', () => ['link', source]],
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

it('has modules that load, each entry of every package', async () => {
  const entries = [...packed.values()].flatMap((one) => one.entries);
  expect(entries).toEqual(expect.arrayContaining(['@llem/core/errors', '@llem/cli', '@llem/testkit/docker']));
  // That for vitest alone registers tests where it is imported; a plugin's own suites import it.
  const loadable = entries.filter((entry) => entry !== '@llem/testkit/conformance');
  const program = `
    const empty = [];
    for (const entry of ${JSON.stringify(loadable)}) {
      const names = Object.keys(await import(entry));
      if (names.length === 0) empty.push(entry);
    }
    console.log(JSON.stringify(empty));
  `;
  await writeFile(join(product, 'load.js'), program);
  const { stdout, stderr } = await run(process.execPath, ['load.js'], { cwd: product });
  expect({ empty: stdout, stderr }).toEqual({ empty: '[]\n', stderr: '' });
});

it('has types that a project of a user resolves, those of its own dependencies as well', async () => {
  const entries = [...packed.values()].flatMap((one) => one.entries);
  const lines = entries.map((entry, index) => `export * as m${index} from '${entry}';`);
  await writeFile(join(product, 'types.ts'), lines.join('\n'));
  const compilerOptions = {
    ...{
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023'],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    },
    // Of the user's own, as of every project for Node.js.
    ...{ types: ['node'], typeRoots: [join(MODULES, '@types')] },
  };
  await writeFile(join(product, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  const compiler = run(process.execPath, [join(MODULES, 'typescript/bin/tsc'), '-p', '.'], { cwd: product });
  await expect(compiler).resolves.toMatchObject({ stdout: '' });
});

it('has programs that start, and say how they are used or what they do', async () => {
  const bins = [...packed.values()].flatMap((one) => one.bins);
  expect(bins).toEqual(expect.arrayContaining(['llem', 'create-plugin', 'simulated-sglang']));
  for (const name of bins) {
    const words = await firstWordsOf(join(product, 'node_modules/.bin', name));
    expect(words, name).toMatch(USE);
    expect(words, name).not.toMatch(/ERR_|\n {4}at /);
  }
});
