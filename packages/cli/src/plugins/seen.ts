/** What is installed and allowed, for commands that only tell of it: what a study needs is not loaded. */
import { configurationPath } from '../configuration/path.js';
import { mayListPlugins } from '../configuration/text.js';
import { discoverAllowed, isAddedPlugin, type AllowList } from './allow-list.js';
import type { Discovery, InstalledPackage } from './discovery.js';
import { installedPackages, type PluginList } from './packages.js';

export interface SeenPlugins {
  readonly packages: readonly InstalledPackage[];
  readonly discovery: Discovery;
}

export async function seenPlugins(config: PluginList, env: NodeJS.ProcessEnv): Promise<SeenPlugins> {
  const installed = await installedPackages(config);
  const list = installed.packages.some(isAddedPlugin) ? await allowList(env) : null;
  return { packages: installed.packages, discovery: discoverAllowed(installed, () => list) };
}

/** As `readAllowList`, which is loaded only for a file that may have a list: to parse it would take longer than all else. */
async function allowList(env: NodeJS.ProcessEnv): Promise<AllowList | null | 'unknown'> {
  const path = configurationPath(env);
  if (!mayListPlugins(path)) return null;
  const { readAllowList } = await import('../configuration/allowed.js');
  return readAllowList(path);
}
