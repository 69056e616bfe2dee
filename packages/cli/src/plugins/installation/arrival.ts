/** What a package in a staged store is, read from its package.json and npm's lock file: none of its code runs. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { llemError } from '@llem/core';
import satisfies from 'semver/functions/satisfies.js';
import { z } from 'zod';
import type { InstalledPackage } from '../discovery.js';
import { ifThere } from '../store/absent.js';
import { lockedWithDependencies, type LockedPackage } from '../store/lockfile.js';
import { NAME } from './source.js';

/** Nothing in it is to be believed, and it is shown only through `plain`. */
const packageJsonSchema = z.looseObject({
  name: z.string().regex(NAME),
  version: z.string().catch('0.0.0'),
  description: z.string().catch(''),
  engines: z.looseObject({ node: z.string().catch('') }).catch({ node: '' }),
  llem: z.unknown().optional(),
});

export interface Arrival {
  /** As discovery takes it. */
  readonly package: InstalledPackage;
  readonly description: string;
  /** Which Node.js it says it needs, where this is another one; otherwise null. npm only warns of that. */
  readonly otherNode: string | null;
  /** Where npm took it from; null where its lock file does not say. */
  readonly resolved: string | null;
  /** Those of it and of what it needs that have install scripts. */
  readonly scripts: readonly LockedPackage[];
  /** How many packages it comes with, itself among them. */
  readonly packages: number;
  /** Bytes of the files of all of them. */
  readonly bytes: number;
}

/** Throws LLEM_E_PLUGIN_REFUSED where it has no package.json that could be read. */
export async function readArrival(staged: string, name: string): Promise<Arrival> {
  const root = join(staged, 'node_modules', name);
  const locked = await lockedWithDependencies(staged, name);
  const sizes = await Promise.all(locked.map(({ path }) => bytesOf(join(staged, path))));
  const { description, node, ...read } = await readPackage(root, 'user');
  return {
    package: { ...read, name },
    description,
    otherNode: satisfies(process.versions.node, node)
      ? null
      : `it needs ${node}, and this is ${process.versions.node}`,
    resolved: locked[0]?.resolved ?? null,
    scripts: locked.filter(({ hasInstallScript }) => hasInstallScript),
    packages: locked.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** The package in a folder. Throws LLEM_E_PLUGIN_REFUSED. */
export async function readPackage(
  root: string,
  source: 'user' | 'link',
): Promise<InstalledPackage & { readonly description: string; readonly node: string }> {
  const path = join(root, 'package.json');
  const text = await ifThere(readFile(path, 'utf8'));
  if (text === null) {
    throw llemError('LLEM_E_PLUGIN_REFUSED', `${root} is no package: it has no package.json.`, {
      remedy: 'Name the folder of a plugin, or the package that has one.',
    });
  }
  try {
    const { name, version, description, engines, llem } = packageJsonSchema.parse(JSON.parse(text));
    return { name, version, root, source, manifest: llem, description, node: engines.node };
  } catch (cause) {
    throw llemError('LLEM_E_PLUGIN_REFUSED', `${path} is no package.json that npm would take.`, {
      remedy: 'It is JSON with a `version`, and a `name` in small letters without blanks.',
      cause,
    });
  }
}

/** Of the files of one package; those of packages inside it are counted with them. */
async function bytesOf(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of (await ifThere(readdir(folder, { withFileTypes: true }))) ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') sum += await bytesOf(path);
    else if (entry.isFile()) sum += (await stat(path)).size;
  }
  return sum;
}
