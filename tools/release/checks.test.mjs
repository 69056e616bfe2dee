/** Every check of a tarball, by a package that is right and what breaks it. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS, problemsOf } from './checks.mjs';
import { pack } from './pack.mjs';

const LICENCE = 'MIT License\n';
/** Stands for the version that each package is given. */
const VERSION = '1.2.next';
const MANIFEST = {
  name: '@llem/probe',
  version: VERSION,
  description: 'A plugin and two commands.',
  license: 'MIT',
  type: 'module',
  engines: { node: '>=20.19.0' },
  bin: { probe: './bin/run.js' },
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  // All of it, so that a test only writes a file to have it packed.
  files: ['**/*'],
  oclif: { commands: { strategy: 'pattern', target: './dist/commands' } },
  llem: { contract: '^1.0.0', provides: [{ kind: 'meter', id: 'probe', module: './dist/meter.js' }] },
  dependencies: { '@llem/core': '^1.0.0', zod: '^4.0.0' },
  peerDependencies: { vitest: '>=3.2.0' },
};
const COMMANDS = { version: VERSION, commands: { show: {}, 'results:list': {}, results: {} } };
const FILES = {
  LICENSE: LICENCE,
  'README.md': '# @llem/probe\n',
  'package.json': JSON.stringify(MANIFEST),
  'oclif.manifest.json': JSON.stringify(COMMANDS),
  'bin/run.js': "#!/usr/bin/env node\nimport '../dist/index.js';\n",
  'dist/index.js':
    "import { join } from 'node:path';\nexport { create } from './meter.js';\nexport const at = join;\n",
  'dist/index.d.ts':
    "import type { join } from 'node:path';\nexport { create } from './meter.js';\nexport const at: typeof join;\n",
  'dist/meter.js':
    "export const create = async () => [await import('@llem/core/errors'), await import('zod')];\n",
  'dist/meter.d.ts': "export declare const create: () => Promise<typeof import('vitest')[]>;\n",
  'dist/commands/show.js': 'export default class {}\n',
  'dist/commands/results/list.js': "import '@llem/probe';\nexport default class {}\n",
  'dist/commands/results/index.js': 'export default class {}\n',
  // What a plugin is made from is source, and has tests.
  'templates/backend/src/backend.test.ts': "import 'anything';\n",
};
const CORE = {
  manifest: { name: '@llem/core', version: '1.4.0', exports: { '.': {}, './errors': {} } },
};

const manifest = (changes) => ({ 'package.json': JSON.stringify({ ...MANIFEST, ...changes }) });
const commands = (changes) => ({ 'oclif.manifest.json': JSON.stringify({ ...COMMANDS, ...changes }) });
const section = (changes) => manifest({ llem: { ...MANIFEST.llem, ...changes } });
const needs = (dependencies) => manifest({ dependencies: { ...MANIFEST.dependencies, ...dependencies } });
const provides = (module) => section({ provides: [{ kind: 'meter', id: 'probe', module }] });

/** The one check that finds it, what it says, and what breaks the package. */
const BROKEN = [
  ['stray-files', 'dist/index.test.js is a test', { 'dist/index.test.js': '' }],
  ['stray-files', 'dist/index.test.d.ts is a test', { 'dist/index.test.d.ts': '' }],
  ['stray-files', 'dist/a.fixture.js is a fixture of tests', { 'dist/a.fixture.js': '' }],
  ['stray-files', 'e2e/run.js is of a folder that is not published', { 'e2e/run.js': '' }],
  ['stray-files', "dist/x.tsbuildinfo is the compiler's notes on a build", { 'dist/x.tsbuildinfo': '' }],
  ['stray-files', 'src/index.ts is a source', { 'src/index.ts': '' }],
  [
    'stray-files',
    'dist/index.js.map is a map to sources that are not published',
    { 'dist/index.js.map': '{}' },
  ],
  ['stray-files', 'tsconfig.json is configuration of the compiler', { 'tsconfig.json': '{}' }],
  ['stray-files', 'dist/.cache is a hidden file', { 'dist/.cache': '' }],
  ['stray-files', 'debug.log is a left-over', { 'debug.log': '' }],
  [
    'machine-paths',
    /^dist\/data\.js has the path .*\/checkout of this machine$/,
    (root) => ({ 'dist/data.js': `export const at = '${root}/src';\n` }),
  ],
  ['licence', "LICENSE is missing or not the repository's", { LICENSE: null }],
  ['licence', "LICENSE is missing or not the repository's", { LICENSE: 'All rights reserved\n' }],
  ['licence', 'package.json has no "license"', manifest({ license: undefined })],
  ['licence', 'README.md is missing or does not tell that it is about @llem/probe', { 'README.md': null }],
  ['package-json', /bin\/run\.js.*does not exist/, { 'bin/run.js': null }],
  ['package-json', /bin\/run\.js.*shebang/, { 'bin/run.js': 'export {};\n' }],
  ['package-json', 'package.json has no "description"', manifest({ description: undefined })],
  ['package-json', 'package.json has no "engines.node"', manifest({ engines: undefined })],
  [
    'package-json',
    /types.*first/,
    manifest({ exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } } }),
  ],
  ['types', /^\.: /, { 'dist/index.d.ts': null }],
  [
    'types',
    'it has no types',
    { 'dist/index.d.ts': null, 'dist/meter.d.ts': null, 'templates/backend/src/backend.test.ts': null },
  ],
  [
    'scripts',
    'npm would run its script "postinstall" where it is installed',
    manifest({ scripts: { postinstall: 'node x.js' } }),
  ],
  ['commands', 'oclif.manifest.json is missing', { 'oclif.manifest.json': null }],
  [
    'commands',
    /^oclif\.manifest\.json is of version 1\.1\.9, the package of 1\.2\./,
    commands({ version: '1.1.9' }),
  ],
  [
    'commands',
    'oclif.manifest.json does not have the command results:list',
    commands({ commands: { show: {}, results: {} } }),
  ],
  [
    'commands',
    'oclif.manifest.json has the command gone, which is not there',
    commands({ commands: { ...COMMANDS.commands, gone: {} } }),
  ],
  ['plugin-section', './dist/gone.js of its meter "probe" is not there', provides('./dist/gone.js')],
  [
    'plugin-section',
    'it is written for contract ^2.0.0, and this release has contract 1.1.0',
    section({ contract: '^2.0.0' }),
  ],
  [
    'plugin-section',
    'package.json has no "oclif", by which llem finds what comes with it',
    manifest({ oclif: undefined }),
  ],
  [
    'dependencies',
    'it depends on @llem/core ^0.1.0, and 1.4.0 is released',
    needs({ '@llem/core': '^0.1.0' }),
  ],
  ['dependencies', 'it depends on @llem/tools, which is not published', needs({ '@llem/tools': '^1.0.0' })],
  [
    'dependencies',
    'it depends on zod as "file:../zod", which no registry has',
    needs({ zod: 'file:../zod' }),
  ],
  [
    'dependencies',
    '@llem/core is a peer dependency; make it a plain one',
    manifest({
      dependencies: { zod: '^4.0.0' },
      peerDependencies: { '@llem/core': '^1.0.0', vitest: '>=3.2.0' },
    }),
  ],
  [
    'imports',
    'dist/meter.js imports zod, which is not among its dependencies',
    manifest({ dependencies: { '@llem/core': '^1.0.0' } }),
  ],
  [
    'imports',
    'dist/meter.d.ts imports vitest, which is not among its dependencies',
    manifest({ peerDependencies: undefined }),
  ],
  [
    'imports',
    'dist/more.js imports @llem/core/dist, which @llem/core does not export',
    { 'dist/more.js': "export * from '@llem/core/dist';\n" },
  ],
  [
    'imports',
    'dist/more.js imports ./gone.js, which is not there',
    { 'dist/more.js': "export * from './gone.js';\n" },
  ],
  [
    'imports',
    'dist/more.d.ts imports ./gone.js, which is not there',
    { 'dist/more.d.ts': "export * from './gone.js';\n" },
  ],
  [
    'size',
    /^it has \d+ bytes unpacked; 2097152 are allowed$/,
    { 'dist/large.txt': 'x'.repeat(3 * 1024 ** 2) },
  ],
];

let folder = '';
/** What the checks find in the right package, and in each of the broken ones. */
let found = [];
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'llem-checks-')));
  const root = join(folder, 'checkout');
  const broken = BROKEN.map(([, , changes]) => (typeof changes === 'function' ? changes(root) : changes));
  const folders = await Promise.all([{}, ...broken].map(writePackage));
  const tarballs = await pack(folders, folder);
  found = await Promise.all(
    tarballs.map((tarball) =>
      problemsOf(tarball, { root, tarballs: [tarball, CORE], contractVersion: '1.1.0', licence: LICENCE }),
    ),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The package with these files instead; null leaves one out. Each has a version of its own, as its tarball is named after it. */
async function writePackage(changes, patch) {
  const place = join(folder, `${patch}`);
  for (const [path, text] of Object.entries({ ...FILES, ...changes })) {
    if (text === null) continue;
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text.replaceAll(VERSION, `1.2.${patch}`));
  }
  return place;
}

it('finds nothing in a package that is right', () => {
  expect(found[0]).toEqual([]);
});

describe('finds in a tarball', () => {
  it.each(BROKEN.map((one, index) => [...one.slice(0, 2), index + 1]))('%s: %s', (check, problem, index) => {
    const expected = typeof problem === 'string' ? problem : expect.stringMatching(problem);
    expect(found[index]).toContainEqual({ check, problem: expected });
  });
});

it('has broken each check', () => {
  expect(new Set(BROKEN.map(([check]) => check))).toEqual(new Set(Object.keys(CHECKS)));
});
