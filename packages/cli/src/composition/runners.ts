/** The runners that a plan uses, each made once. */
import type { Plugins } from '@llem/harness';
import { canonical, resolveReferences, type Environment } from '@llem/study';
import type { PluginModules } from '../plugins/modules.js';

/** One instance for each type and options: it may hold a connection, and what it has found out already. */
export function keptRunners(modules: PluginModules, environment: Environment): Plugins['runner'] {
  const made = new Map<string, ReturnType<Plugins['runner']>>();
  return ({ type, options }) => {
    const key = canonical([type, options]);
    const runner = made.get(key) ?? modules.create('runner', type, resolveReferences(options, environment));
    made.set(key, runner);
    return runner;
  };
}
