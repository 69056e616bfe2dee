/** What every command may ask for: this machine, the user's configuration and the installed plugins. */
import type { PluginContext } from '@llem/core';
import type { Config } from '@oclif/core';
import envPaths from 'env-paths';
import { configurationPath, readConfiguration, type UserConfiguration } from '../configuration/file.js';
import { discover, type Discovery } from '../plugins/discovery.js';
import { createPluginModules, type PluginModules } from '../plugins/modules.js';
import { installedPackages } from '../plugins/packages.js';
import { createScope, token, type Scope } from './scope.js';

export const ENVIRONMENT = token<NodeJS.ProcessEnv>('environment');
export const CONFIGURATION_PATH = token<string>('configuration-path');
export const CONFIGURATION = token<UserConfiguration>('configuration');
export const CONTEXT = token<PluginContext>('plugin-context');
export const DISCOVERY = token<Discovery>('discovery');
export const MODULES = token<PluginModules>('plugin-modules');

/** Reads what has to be read, then registers: tsyringe cannot wait for anything. Throws LLEM_E_USAGE. */
export async function composeRoot(config: Config, env: NodeJS.ProcessEnv = process.env): Promise<Scope> {
  const [configuration, packages] = await Promise.all([readConfiguration(env), installedPackages(config)]);
  const root = createScope();
  root.provide(ENVIRONMENT, () => env);
  root.provide(CONFIGURATION_PATH, () => configurationPath(env).path);
  root.provide(CONFIGURATION, () => configuration);
  root.provide(CONTEXT, () => ({ cacheDir: envPaths('llem', { suffix: '' }).cache }));
  root.provide(DISCOVERY, () => discover(packages));
  root.provide(MODULES, (scope) => createPluginModules(scope.get(DISCOVERY), scope.get(CONTEXT)));
  return root;
}
