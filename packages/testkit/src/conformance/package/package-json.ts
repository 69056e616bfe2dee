/** The package that a test file belongs to, and what its package.json says that it provides. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readPluginManifest, type PluginKind } from '@llem/core';
import { z } from 'zod';

/** A package as its package.json tells it. */
export interface PluginPackage {
  /** Absolute path of its folder. */
  readonly root: string;
  readonly name: string;
  /** All of package.json. */
  readonly packageJson: Readonly<Record<string, unknown>>;
}

/** A module that a package names for a plugin of a kind; nothing of it has been loaded. */
export interface ProvidedModule {
  readonly kind: PluginKind;
  readonly id: string;
  /** As package.json names it, relative to the package. */
  readonly module: string;
  readonly moduleUrl: string;
}

const packageJsonSchema = z.record(z.string(), z.unknown());

/** The nearest package above a `file:` URL or a path. Throws where there is none, or where its package.json is no JSON. */
export function packageAbove(from: string): PluginPackage {
  const path = from.startsWith('file:') ? fileURLToPath(from) : from;
  for (let root = path; ; root = dirname(root)) {
    const text = readIfThere(join(root, 'package.json'));
    if (text !== null) {
      const packageJson = packageJsonSchema.parse(JSON.parse(text));
      const { name } = packageJson;
      return { root, name: typeof name === 'string' ? name : root, packageJson };
    }
    if (dirname(root) === root) throw new Error(`There is no package.json in a folder above ${path}.`);
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return null;
    throw error;
  }
}

/** Whether a path, absolute or relative to `folder`, is below it. */
export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, resolve(folder, path));
  return inside !== '' && inside.split(/[\\/]/)[0] !== '..' && !isAbsolute(inside);
}

/** The modules of a kind that a package provides; none where its `llem` section cannot be read. */
export function providedModules({ root, packageJson }: PluginPackage, kind: PluginKind): ProvidedModule[] {
  const manifest = readPluginManifest(packageJson['llem']);
  if (!manifest.ok) return [];
  return manifest.value.provides.flatMap(({ kind: named, id, module }) =>
    named === kind ? [{ kind, id, module, moduleUrl: pathToFileURL(join(root, module)).href }] : [],
  );
}
