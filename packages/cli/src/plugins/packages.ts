/** The packages that may provide something: those that come with llem, those that a user has added, and in a checkout its own. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addedPlugins } from './added.js';
import type { InstalledPackage, Problem } from './discovery.js';

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
  /** Folder of the user's for what llem keeps. */
  readonly dataDir: string;
  getPluginsList(): readonly { readonly root: string; readonly pjson: unknown }[];
}

export interface InstalledPackages {
  readonly packages: readonly InstalledPackage[];
  /** What was added and cannot be found. */
  readonly problems: readonly Problem[];
}

/** All of them; of oclif's list, `config`, those that come with llem. */
export async function installedPackages(config: PluginList): Promise<InstalledPackages> {
  const added = await addedPlugins(config.dataDir);
  const fromOclif = config.getPluginsList().flatMap((plugin): InstalledPackage[] => {
    const pjson = packageJsonOf(plugin.pjson);
    if (pjson === null) return [];
    const { name, version, llem } = pjson;
    return [{ name, version, root: plugin.root, source: 'core', manifest: llem }];
  });
  const workspace = await workspacePackages(join(config.root, '..', '..'));
  return { packages: [...fromOclif, ...added.packages, ...workspace], problems: added.problems };
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
