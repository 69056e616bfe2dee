/** `llem plugins update`: each plugin by itself, so that one that does not fit keeps no other back. */
import { exitCodeOf, isLlemError } from '@llem/core';
import { addedPluginsIn } from '../added.js';
import { changeStoreInParts, type Part } from '../store/change.js';
import { currentFolder } from '../store/current.js';
import { readStore, type Origin, type PluginEntry } from '../store/plugin-list.js';
import { requireAllowed } from './acceptance.js';
import { bringIn, changeFor, type InstallRequest } from './install.js';
import { withoutSecrets } from './npm-failure.js';
import { plain } from './plain.js';
import type { PluginSource } from './source.js';
import { requireEntry } from './uninstall.js';

export type Updated =
  | { readonly name: string; readonly outcome: 'updated'; readonly from: string | null; readonly to: string }
  | { readonly name: string; readonly outcome: 'declined'; readonly version: string | null }
  | { readonly name: string; readonly outcome: 'current'; readonly version: string; readonly asked: string }
  | { readonly name: string; readonly outcome: 'linked' }
  | {
      readonly name: string;
      readonly outcome: 'failed';
      readonly version: string | null;
      readonly error: Error & { readonly remedy: string };
    };

/** All plugins, or those that are named. Throws LLEM_E_PLUGIN_MISSING for a name that is not installed. */
export async function updatePlugins(names: readonly string[], request: InstallRequest): Promise<Updated[]> {
  return changeStoreInParts(changeFor(request), async (part) => {
    const folder = await currentFolder(request.dataDir);
    const { plugins } = await readStore(folder);
    const { packages } = await addedPluginsIn(folder);
    const wanted =
      names.length === 0 ? plugins : names.map((name) => requireEntry(name, plugins, request.around));
    const done: Updated[] = [];
    for (const entry of wanted) {
      const version = packages.find((one) => one.name === entry.name)?.version ?? null;
      done.push(await updateOne(entry, version, part, request));
    }
    return done;
  });
}

async function updateOne(
  entry: PluginEntry,
  version: string | null,
  part: Part,
  request: InstallRequest,
): Promise<Updated> {
  const { name } = entry;
  if (entry.type === 'link') return { name, outcome: 'linked' };
  try {
    requireAllowed(request.around, name);
    const source = sourceOf(name, entry.origin);
    const isOfRegistry = source.kind === 'registry';
    // Which version a range stands for is for npm to say: it may prefer another one than the highest.
    const installed = await part((staged) => bringIn(staged, source, request, { unlessSame: isOfRegistry }));
    const to = installed.package.version;
    const asked = isOfRegistry ? source.tag : withoutSecrets(source.spec);
    if (to === version && (installed.accepted || isOfRegistry)) {
      return { name, outcome: 'current', version, asked };
    }
    if (!installed.accepted) return { name, outcome: 'declined', version };
    return { name, outcome: 'updated', from: version, to };
  } catch (error) {
    if (!isLlemError(error)) throw error;
    return { name, outcome: 'failed', version, error };
  }
}

function sourceOf(name: string, origin: Origin): PluginSource {
  if ('url' in origin) return { kind: 'elsewhere', spec: origin.url };
  return { kind: 'registry', name, tag: origin.tag, spec: `${name}@${origin.tag}` };
}

/** One line each, and under those that failed what to do. */
export function updatedText(updated: readonly Updated[]): string {
  if (updated.length === 0) return 'No plugin is installed.';
  return updated.map(lineOf).join('\n');
}

function lineOf(one: Updated): string {
  const name = plain(one.name);
  switch (one.outcome) {
    case 'updated':
      return `${name}: ${one.from ?? 'nothing'} -> ${plain(one.to)}`;
    case 'current':
      return `${name}: ${one.version} is the newest that it may be (${plain(one.asked)}).`;
    case 'declined':
      return `${name}: stays at ${one.version ?? 'what it was'}.`;
    case 'linked':
      return `${name}: linked, and always what is in its folder`;
    case 'failed':
      return `${name}: stays at ${one.version ?? 'what it was'}. ${one.error.message}\n  what to do: ${one.error.remedy}`;
  }
}

/** That of the first failure; 0 without one. */
export function exitCodeOfUpdate(updated: readonly Updated[]): number {
  for (const one of updated) if (one.outcome === 'failed') return exitCodeOf(one.error);
  return 0;
}
