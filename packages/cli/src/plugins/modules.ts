/** Imports the modules of plugins, each only when something asks for it. */
import {
  createInstance,
  isPluginModule,
  llemError,
  type PluginContext,
  type PluginInstances,
  type PluginKind,
  type PluginModule,
} from '@llem/core';
import type { Discovery, Provided } from './discovery.js';

export interface PluginModules {
  readonly discovery: Discovery;
  /** Throws LLEM_E_PLUGIN_MISSING when no installed plugin provides it. */
  find(kind: PluginKind, id: string): Provided;
  /** Imports its module. Throws LLEM_E_PLUGIN_MISSING or LLEM_E_PLUGIN_BROKEN. */
  load(kind: PluginKind, id: string): Promise<PluginModule>;
  /** Makes an instance of what `load` has imported before. */
  create<K extends PluginKind>(kind: K, id: string, options: unknown): PluginInstances[K];
}

export function createPluginModules(discovery: Discovery, context: PluginContext): PluginModules {
  const loaded = new Map<string, PluginModule>();
  const key = (kind: string, id: string) => `${kind} ${id}`;

  const find = (kind: PluginKind, id: string): Provided => {
    const found = discovery.provided.find((one) => one.kind === kind && one.id === id);
    if (found) return found;
    const installed = discovery.provided.filter((one) => one.kind === kind).map((one) => one.id);
    throw llemError('LLEM_E_PLUGIN_MISSING', `There is no ${kind} "${id}" here.`, {
      remedy: `Use one of those installed (${installed.join(', ') || 'none'}), or install the plugin that provides it: \`llem plugins install NAME\`.`,
    });
  };

  return {
    discovery,
    find,
    async load(kind, id) {
      const provided = find(kind, id);
      const known = loaded.get(key(kind, id));
      if (known) return known;
      const module = await importModule(provided);
      loaded.set(key(kind, id), module);
      return module;
    },
    create(kind, id, options) {
      const module = loaded.get(key(kind, id));
      if (!module) throw new Error(`the ${kind} "${id}" was not loaded before it was needed`);
      return createInstance(kind, id, module, context, options);
    },
  };
}

async function importModule(provided: Provided): Promise<PluginModule> {
  const subject = `The ${provided.kind} "${provided.id}" of ${provided.package} ${provided.version}`;
  const remedy = `Reinstall it with \`llem plugins install ${provided.package}\`, or build it where it is a checkout.`;
  let module: unknown;
  try {
    module = await import(provided.moduleUrl);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw llemError('LLEM_E_PLUGIN_BROKEN', `${subject} cannot be loaded: ${reason ?? ''}`, {
      remedy,
      cause,
    });
  }
  if (isPluginModule(module)) return module;
  throw llemError(
    'LLEM_E_PLUGIN_BROKEN',
    `${subject} does not export \`options\` and \`create\`: ${provided.moduleUrl}`,
    { remedy },
  );
}
