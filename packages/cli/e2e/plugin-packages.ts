/** Plugins of nobody, as tarballs and as folders, for tests that install them. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** No import of anything: a plugin is recognised by its shape alone. */
export const TOY_MODULE = `
export const options = { jsonSchema: { type: 'object', properties: {} }, parse: () => ({ ok: true, value: {} }) };
const unused = () => { throw new Error('not asked for here'); };
export const create = () => ({
  computesOn: 'cpu', constraints: () => [],
  prepare: unused, service: unused, dialect: unused, describe: unused, checks: () => [], diagnose: () => null,
});
`;

export interface ToyPackage {
  readonly name?: string;
  readonly version?: string;
  /** The \`llem\` section; a backend "toy" without it. */
  readonly llem?: unknown;
  /** What else is in package.json. */
  readonly more?: object;
  readonly files?: Readonly<Record<string, string>>;
}

/** What a backend "toy" declares. */
export const toyManifest = (over: { contract?: string; id?: string; module?: string } = {}) => ({
  contract: over.contract ?? '^1.0.0',
  provides: [{ kind: 'backend', id: over.id ?? 'toy', module: over.module ?? './toy.js' }],
});

/** Writes the package into a folder. */
export async function writeToy(folder: string, toy: ToyPackage = {}): Promise<string> {
  const { name = 'llem-backend-toy', version = '1.0.0', llem = toyManifest(), more, files } = toy;
  const pjson = { name, version, type: 'module', oclif: {}, llem, ...more };
  const all = { 'package.json': JSON.stringify(pjson), 'toy.js': TOY_MODULE, ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** Makes a tarball as npm has them, \`name.tgz\` in a folder, and gives its path. */
export async function packToy(folder: string, name: string, toy: ToyPackage = {}): Promise<string> {
  const work = join(folder, `${name}.files`);
  await writeToy(join(work, 'package'), toy);
  const tarball = join(folder, `${name}.tgz`);
  await run('tar', ['-czf', tarball, '-C', work, 'package']);
  await rm(work, { recursive: true });
  return tarball;
}
