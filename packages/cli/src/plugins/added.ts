/**
 * The plugins that a user has installed or linked. llem reads them by itself: oclif would load their hooks and commands too, and
 * of a plugin nothing runs but the modules that it declares, when something asks for one.
 */
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledPackage, Problem } from './discovery.js';
import { currentFolder } from './store/current.js';
import { readStore, type StorePackage, type PluginEntry, type UnreadEntry } from './store/plugin-list.js';

export interface AddedPlugins {
  readonly packages: readonly InstalledPackage[];
  /** Those that are on the list and cannot be found, and what cannot be read of the list. */
  readonly problems: readonly Problem[];
}

/** `dataDir` is oclif's folder for what llem keeps. */
export async function addedPlugins(dataDir: string): Promise<AddedPlugins> {
  return addedPluginsIn(await currentFolder(dataDir));
}

/** Of a folder of the store, be it in effect or not. */
export async function addedPluginsIn(folder: string | null): Promise<AddedPlugins> {
  if (folder === null) return { packages: [], problems: [] };
  let store: StorePackage;
  try {
    store = await readStore(folder);
  } catch (error) {
    const remedy: unknown = error instanceof Error ? Reflect.get(error, 'remedy') : null;
    if (!(error instanceof Error) || typeof remedy !== 'string') throw error;
    return { packages: [], problems: [{ package: 'plugins', message: error.message, remedy }] };
  }
  const read = await Promise.all(store.plugins.map((entry) => readOne(folder, entry)));
  return {
    packages: read.flatMap((one) => ('manifest' in one ? [one] : [])),
    problems: [
      ...read.flatMap((one) => ('manifest' in one ? [] : [one])),
      ...store.unread.map((entry) => notUnderstood(entry, join(folder, 'package.json'))),
    ],
  };
}

/** It is kept, and nothing is installed in its place before somebody says so. */
function notUnderstood({ name, value }: UnreadEntry, path: string): Problem {
  const shown = JSON.stringify(value);
  const subject = name === null ? 'An entry' : `The entry of ${name}`;
  return {
    package: name ?? 'plugins',
    message: `${subject} in the list of installed plugins is not understood, and left as it is: ${shown.length > 200 ? `${shown.slice(0, 200)}...` : shown}.`,
    remedy:
      name === null
        ? `Update llem if a later one has written it, or take it out of \`oclif.plugins\` in ${path}.`
        : `Update llem if a later one has written it, or remove the entry: \`llem plugins uninstall ${name}\`.`,
  };
}

async function readOne(folder: string, entry: PluginEntry): Promise<InstalledPackage | Problem> {
  const { name, type } = entry;
  const written = type === 'link' ? entry.root : join(folder, 'node_modules', name);
  try {
    // A thread that imports a module later finds the same one, whatever is installed meanwhile.
    const root = await realpath(written);
    const pjson: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    if (typeof pjson !== 'object' || pjson === null) throw new Error('it is no package.json');
    const version: unknown = Reflect.get(pjson, 'version');
    return {
      name,
      version: typeof version === 'string' ? version : '0.0.0',
      root,
      source: type,
      manifest: Reflect.get(pjson, 'llem'),
    };
  } catch (error) {
    if (error instanceof SyntaxError) {
      const path = join(written, 'package.json');
      return {
        package: name,
        message: `The plugin ${name} is not used: ${path} is no JSON: ${error.message.split('\n')[0] ?? ''}.`,
        remedy:
          type === 'link' ? 'Mend that file.' : `Install the plugin again: \`llem plugins install ${name}\`.`,
      };
    }
    return type === 'link'
      ? {
          package: name,
          message: `The plugin ${name} is not used: there is no package in ${written} any more.`,
          remedy: `Link it from where it is now, or take the link back: \`llem plugins uninstall ${name}\`.`,
        }
      : {
          package: name,
          message: `The plugin ${name} is not used: its files are gone or broken.`,
          remedy: `Install it again: \`llem plugins install ${name}\`.`,
        };
  }
}
