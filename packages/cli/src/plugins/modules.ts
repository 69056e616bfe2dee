/** Imports the modules of plugins, each only when something asks for it. */
import {
  createInstance,
  isJsonObject,
  isLlemError,
  isPluginModule,
  llemError,
  type OptionsSchema,
  type PluginContext,
  type PluginInstances,
  type PluginKind,
  type PluginModule,
} from '@llem/core';
import { explainUnknown, installationOf } from '@llem/study';
import { attributed } from './attributed.js';
import { causeText } from './cause-text.js';
import { isAdded, problemOf, type Discovery, type Provided } from './discovery.js';
import { IMPORT_LIMIT_MS, importGuarded } from './guarded-import.js';
import { plain } from './installation/plain.js';

export interface PluginModules {
  readonly discovery: Discovery;
  /** Throws LLEM_E_PLUGIN_MISSING when no installed plugin provides it, LLEM_E_PLUGIN_BROKEN when one does that cannot be used. */
  find(kind: PluginKind, id: string): Provided;
  /** Imports its module. Throws LLEM_E_PLUGIN_MISSING or LLEM_E_PLUGIN_BROKEN. */
  load(kind: PluginKind, id: string): Promise<PluginModule>;
  /** Makes an instance of what `load` has imported before. Throws LLEM_E_PLUGIN_BROKEN, or what the plugin says of its options. */
  create<K extends PluginKind>(kind: K, id: string, options: unknown): PluginInstances[K];
}

export function createPluginModules(
  discovery: Discovery,
  context: PluginContext,
  limitMs = IMPORT_LIMIT_MS,
): PluginModules {
  const loads = new Map<string, Promise<PluginModule>>();
  const loaded = new Map<string, PluginModule>();
  const key = (kind: string, id: string) => `${kind} ${id}`;

  const find = (kind: PluginKind, id: string): Provided => {
    const found = discovery.provided.find((one) => one.kind === kind && one.id === id);
    if (found) return found;
    const problem = problemOf(discovery, kind, id);
    if (problem) throw llemError('LLEM_E_PLUGIN_BROKEN', problem.message, { remedy: problem.remedy });
    const installed = discovery.provided.filter((one) => one.kind === kind).map((one) => one.id);
    const command = installationOf(kind, id);
    throw llemError('LLEM_E_PLUGIN_MISSING', sentence(explainUnknown(kind, id, installed)), {
      remedy: `${command === null ? 'Install the plugin that provides it' : `Run \`${command}\``}, or name one of those installed: ${installed.join(', ') || 'none'}.`,
    });
  };

  const loadOnce = async (provided: Provided): Promise<PluginModule> => {
    const module = await importModule(provided, limitMs);
    loaded.set(key(provided.kind, provided.id), module);
    return module;
  };

  return {
    discovery,
    find,
    async load(kind, id) {
      const provided = find(kind, id);
      // One that fails is not tried again: it may have taken long.
      const load = loads.get(key(kind, id)) ?? loadOnce(provided);
      loads.set(key(kind, id), load);
      return await load;
    },
    create(kind, id, options) {
      const module = loaded.get(key(kind, id));
      if (!module) throw new Error(`the ${kind} "${id}" was not loaded before it was needed`);
      try {
        const instance = createInstance(kind, id, module, context, options);
        return attributed(kind, instance, (what, cause) => faultOf(find(kind, id), what, cause));
      } catch (cause) {
        if (isLlemError(cause)) throw cause;
        const provided = find(kind, id);
        throw broken(provided, `cannot be created: ${causeText(cause, provided)}`, cause);
      }
    },
  };
}

async function importModule(provided: Provided, limitMs: number): Promise<PluginModule> {
  const { moduleUrl } = provided;
  let module: unknown;
  try {
    module = isAdded(provided) ? await importGuarded(moduleUrl, limitMs) : await import(moduleUrl);
  } catch (cause) {
    throw broken(provided, `cannot be loaded: ${causeText(cause, provided)}`, cause);
  }
  if (!isPluginModule(module)) {
    throw broken(provided, `does not export \`options\` and \`create\`: ${moduleUrl}`, null);
  }
  return isAdded(provided) ? { ...module, options: checkedOptions(provided, module.options) } : module;
}

/** Options that hold what their contract says. Throws LLEM_E_PLUGIN_BROKEN where already their schema does not. */
function checkedOptions(provided: Provided, options: OptionsSchema): OptionsSchema {
  const attempt = <T>(what: string, action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      throw broken(provided, `cannot be used: ${what}: ${causeText(cause, provided)}`, cause);
    }
  };
  const jsonSchema = attempt('its `options.jsonSchema` fails', () => options.jsonSchema);
  if (!isJsonObject(jsonSchema)) throw broken(provided, 'has no JSON Schema of its options', null);
  return {
    jsonSchema,
    parse(input) {
      const result = attempt('its `options.parse` throws', () => options.parse(input));
      if (isParseResult(result)) return result;
      throw broken(provided, 'cannot be used: its `options.parse` gives neither a value nor issues', null);
    },
  };
}

function isParseResult(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || !('ok' in result)) return false;
  return result.ok === true ? 'value' in result : 'issues' in result && Array.isArray(result.issues);
}

function broken(provided: Provided, what: string, cause: unknown): Error {
  return llemError(
    'LLEM_E_PLUGIN_BROKEN',
    // What a plugin says of itself is a stranger's text.
    plainSentence(`The ${provided.kind} "${provided.id}" of ${provided.package} ${provided.version} ${what}`),
    { remedy: remedyFor(provided), ...(cause === null ? {} : { cause }) },
  );
}

/** A fault of a plugin while it is used. */
function faultOf(provided: Provided, what: string, cause: unknown): Error {
  const { kind, id, package: name, version } = provided;
  const why = cause === null ? '' : `: ${causeText(cause, provided)}`;
  return llemError(
    'LLEM_E_PLUGIN_BROKEN',
    plainSentence(`The ${kind} "${id}" of ${name} ${version} ${what}${why}`),
    { remedy: remedyForFault(provided), failureClass: 'plugin-fault', ...(cause === null ? {} : { cause }) },
  );
}

function remedyForFault(provided: Provided): string {
  switch (provided.source) {
    case 'user':
      return remedyFor(provided);
    case 'link':
      return 'Correct it where it is, and build it where it has to be.';
    case 'core':
    case 'workspace':
      return 'This is a defect of llem: run again with --debug and report it.';
  }
}

function remedyFor({ source, package: name }: Provided): string {
  switch (source) {
    case 'user':
      return `Update it with \`llem plugins update ${name}\`, tell its author, or remove it: \`llem plugins uninstall ${name}\`.`;
    case 'link':
      return `Build it where it is, or unlink it: \`llem plugins uninstall ${name}\`.`;
    case 'core':
    case 'workspace':
      return 'Install llem again, or build it where it is a checkout: `npm run setup`.';
  }
}

function plainSentence(text: string): string {
  const shown = plain(text);
  return /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
