/** What npm's package-lock.json says of one package and of all that it needs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const lockedSchema = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  hasInstallScript: z.boolean().default(false),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
});
const lockfileSchema = z.looseObject({ packages: z.record(z.string(), lockedSchema).default({}) });

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder, relative to that of the lock file: `node_modules/foo/node_modules/bar`. */
  readonly path: string;
  /** Where npm took it from: a URL, or `file:` and a path. */
  readonly resolved: string | null;
  /** npm would run a script of it that this machine's user has not seen. */
  readonly hasInstallScript: boolean;
}

/** The package in `node_modules/<name>` first, then what it needs, each once. Empty where npm has not locked it. */
export async function lockedWithDependencies(folder: string, name: string): Promise<LockedPackage[]> {
  const text = await readFile(join(folder, 'package-lock.json'), 'utf8');
  const { packages } = lockfileSchema.parse(JSON.parse(text));
  const found = new Map<string, LockedPackage>();
  const visit = (path: string | null, called: string) => {
    const locked = path === null ? undefined : packages[path];
    if (path === null || locked === undefined || found.has(path)) return;
    const { version = '', resolved = null, hasInstallScript } = locked;
    found.set(path, { name: called, version, path, resolved, hasInstallScript });
    const needed = { ...locked.peerDependencies, ...locked.optionalDependencies, ...locked.dependencies };
    for (const one of Object.keys(needed)) visit(resolve(packages, path, one), one);
  };
  visit(`node_modules/${name}`, name);
  return [...found.values()];
}

/** Where Node finds `name` for a module of the package at `from`: the nearest node_modules above. */
function resolve(packages: Readonly<Record<string, unknown>>, from: string, name: string): string | null {
  for (let folder = from; ;) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (candidate in packages) return candidate;
    if (folder === '') return null;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above === -1 ? '' : folder.slice(0, above);
  }
}
