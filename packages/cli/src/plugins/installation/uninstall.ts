/** `llem plugins uninstall`, which also takes a link back. */
import { isLlemError, llemError } from '@llem/core';
import { isAdded } from '../discovery.js';
import { changeStore } from '../store/change.js';
import { currentFolder } from '../store/current.js';
import { EMPTY_STORE, readStore, withoutEntry, writeStore, type PluginEntry } from '../store/plugin-list.js';
import type { Surroundings } from './acceptance.js';
import { npmUninstall } from './npm.js';
import { plain } from './plain.js';
import type { RemovalRequest } from './request.js';

export interface Uninstalled {
  readonly name: string;
  /** Null for an entry of the list that was not understood. */
  readonly entry: PluginEntry | null;
}

/** All of them, or none: throws LLEM_E_PLUGIN_MISSING where nothing of one of the names is installed. */
export async function uninstallPlugins(
  names: readonly string[],
  { dataDir, around, dialogue }: RemovalRequest,
): Promise<readonly Uninstalled[]> {
  const wanted = [...new Set(names)];
  const { removed } = await changeStore({ dataDir, command: 'plugins uninstall' }, async (staged) => {
    const store = await readStore(staged);
    const found = wanted.map((name): Uninstalled => {
      const isUnread = store.unread.some((one) => one.name === name);
      return { name, entry: isUnread ? null : requireEntry(name, store.plugins, around) };
    });
    const ofNpm = wanted.filter((name) => store.dependencies.has(name));
    if (ofNpm.length > 0) {
      const subject = plain(ofNpm.join(', '));
      await dialogue.progress(`Removing ${subject}`, () => npmUninstall({ folder: staged, subject }, ofNpm));
    }
    await writeStore(staged, wanted.reduce(withoutEntry, await readStore(staged)));
    return { accepted: true, removed: found };
  });
  return removed;
}

/** Throws LLEM_E_PLUGIN_MISSING, and says what there is. */
export function requireEntry(
  name: string,
  plugins: readonly PluginEntry[],
  { packages }: Pick<Surroundings, 'packages'>,
): PluginEntry {
  const found = plugins.find((one) => one.name === name);
  if (found !== undefined) return found;
  const owned = packages.find((one) => one.name === name && !isAdded(one));
  if (owned !== undefined) {
    const where = owned.source === 'workspace' ? 'belongs to this checkout' : 'comes with llem';
    throw llemError('LLEM_E_PLUGIN_MISSING', `${name} ${where}: it was not installed as a plugin.`, {
      remedy: 'It is updated and removed together with llem.',
    });
  }
  const names = plugins.map((one) => plain(one.name, 80)).join(', ');
  throw llemError('LLEM_E_PLUGIN_MISSING', `${plain(name)} is not installed.`, {
    remedy:
      names === '' ? 'No plugin is: `llem plugins` lists those that llem has.' : `Name one of: ${names}.`,
  });
}

/** `llem plugins reset`: takes out all that was installed and linked, whatever state it is in. False where there was nothing. */
export async function removeAllPlugins(dataDir: string): Promise<boolean> {
  if (await isEmpty(dataDir)) return false;
  await changeStore({ dataDir, command: 'plugins reset', sharing: 'nothing' }, async (staged) => {
    await writeStore(staged, EMPTY_STORE);
    return { accepted: true };
  });
  return true;
}

/** A list that cannot be read is not. */
async function isEmpty(dataDir: string): Promise<boolean> {
  try {
    const { plugins, unread, dependencies } = await readStore(await currentFolder(dataDir));
    return plugins.length + unread.length + dependencies.size === 0;
  } catch (error) {
    if (isLlemError(error)) return false;
    throw error;
  }
}
