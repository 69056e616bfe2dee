/** The packages that may provide something: oclif's plugins and, in a checkout, every package of the workspace. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledPackage, Source } from './discovery.js';

/** Name of the checkout's own package.json: what tells a checkout from an installed command. */
const WORKSPACE = 'llem-workspace';

/** What is read of a package.json. */
interface PackageJson {
  readonly name: string;
  readonly version: string;
  /** The section of plugins, whatever it is. */
  readonly llem: unknown;
}

/** The part of oclif's configuration that is read here. */
export interface PluginList {
  /** Folder of the command's own package. */
  readonly root: string;
  getPluginsList(): readonly { readonly type: string; readonly root: string; readonly pjson: unknown }[];
}

/** All of them; `config` is oclif's, whose list holds its core, installed and linked plugins. */
export async function installedPackages(config: PluginList): Promise<InstalledPackage[]> {
  const fromOclif = config.getPluginsList().flatMap((plugin): InstalledPackage[] => {
    const pjson = packageJsonOf(plugin.pjson);
    if (pjson === null) return [];
    const { name, version, llem } = pjson;
    return [{ name, version, root: plugin.root, source: sourceOf(plugin.type), manifest: llem }];
  });
  return [...fromOclif, ...(await workspacePackages(join(config.root, '..', '..')))];
}

function sourceOf(type: string): Source {
  return type === 'user' || type === 'link' ? type : 'core';
}

/** Every package of a checkout that has an `llem` section; none where `root` is no checkout of llem. */
export async function workspacePackages(root: string): Promise<InstalledPackage[]> {
  const marker = await readPackageJson(root);
  if (marker?.name !== WORKSPACE) return [];
  const folders = await readdir(join(root, 'packages'));
  const found = await Promise.all(
    folders.map(async (folder): Promise<InstalledPackage[]> => {
      const path = join(root, 'packages', folder);
      const pjson = await readPackageJson(path);
      if (pjson?.llem === undefined) return [];
      const { name, version, llem } = pjson;
      return [{ name, version, root: path, source: 'workspace', manifest: llem }];
    }),
  );
  return found.flat();
}

async function readPackageJson(folder: string): Promise<PackageJson | null> {
  try {
    return packageJsonOf(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  } catch {
    return null;
  }
}

/** Null for what is no package.json. By hand: every start needs it, and zod takes longer to load than all else here. */
function packageJsonOf(value: unknown): PackageJson | null {
  if (typeof value !== 'object' || value === null || !('name' in value)) return null;
  const { name } = value;
  const version = 'version' in value ? value.version : '0.0.0';
  if (typeof name !== 'string' || typeof version !== 'string') return null;
  return { name, version, llem: 'llem' in value ? value.llem : undefined };
}
