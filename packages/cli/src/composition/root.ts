/** What every command may ask for: this machine, the user's configuration and the installed plugins. */
import type { PluginContext } from '@llem/core';
import { NO_CONFIGURATION, type Configuration } from '@llem/study';
import envPaths from 'env-paths';
import { readAllowList } from '../configuration/allowed.js';
import { readConfiguration } from '../configuration/file.js';
import { configurationPath, type ConfigurationPath } from '../configuration/path.js';
import { discoverAllowed } from '../plugins/allow-list.js';
import type { Discovery } from '../plugins/discovery.js';
import { createPluginModules, type PluginModules } from '../plugins/modules.js';
import { installedPackages, type PluginList } from '../plugins/packages.js';
import { readAndHold } from '../plugins/store/loaded.js';
import { createScope, token, type Scope } from './scope.js';

export const ENVIRONMENT = token<NodeJS.ProcessEnv>('environment');
export const CONFIGURATION_PATH = token<ConfigurationPath>('configuration-path');
/** Getting it throws LLEM_E_CONFIG where the file cannot be used: only a command that needs it is stopped by that. */
export const CONFIGURATION = token<Configuration>('configuration');
export const CONTEXT = token<PluginContext>('plugin-context');
export const DISCOVERY = token<Discovery>('discovery');
export const MODULES = token<PluginModules>('plugin-modules');

/** Reads what has to be read, then registers: tsyringe cannot wait for anything. */
export async function composeRoot(config: PluginList, env: NodeJS.ProcessEnv = process.env): Promise<Scope> {
  const installed = await readAndHold(
    config.dataDir,
    () => installedPackages(config),
    ({ packages }) => packages.some(({ source }) => source === 'user'),
  );
  // Taken now: a command may go to another folder later.
  const path = configurationPath(env);
  const root = createScope();
  root.provide(ENVIRONMENT, () => env);
  root.provide(CONFIGURATION_PATH, () => path);
  root.provide(CONFIGURATION, () => readConfiguration(path) ?? NO_CONFIGURATION);
  root.provide(CONTEXT, () => ({ cacheDir: envPaths('llem', { suffix: '' }).cache }));
  root.provide(DISCOVERY, () => discoverAllowed(installed, () => readAllowList(path)));
  root.provide(MODULES, (scope) => createPluginModules(scope.get(DISCOVERY), scope.get(CONTEXT)));
  return root;
}
