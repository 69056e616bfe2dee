/** The options of the plugins that a study may name. */
import { isLlemError, type OptionsSchema, type PluginKind } from '@llem/core';
import type { StudyCatalog } from '@llem/study';
import type { Provided } from '../plugins/discovery.js';
import type { PluginModules } from '../plugins/modules.js';

/** Imports the plugins that `isWanted` accepts. `warn` is told of those that cannot be used, which are left out. */
export async function loadCatalog(
  modules: PluginModules,
  warn: (message: string) => void,
  isWanted: (plugin: Provided) => boolean = () => true,
): Promise<StudyCatalog> {
  for (const { message, remedy } of modules.discovery.problems) warn(`${message} ${remedy}`);
  const optionsOf = async (kind: PluginKind) => {
    const wanted = modules.discovery.provided.filter((one) => one.kind === kind && isWanted(one));
    const loaded = await Promise.allSettled(wanted.map(({ id }) => modules.load(kind, id)));
    const options = new Map<string, OptionsSchema>();
    loaded.forEach((result, index) => {
      const id = wanted[index]?.id;
      if (id === undefined) return;
      if (result.status === 'fulfilled') options.set(id, result.value.options);
      else warn(reasonText(result.reason));
    });
    return options;
  };
  const [backends, runners, datasets, meters] = await Promise.all([
    optionsOf('backend'),
    optionsOf('runner'),
    optionsOf('dataset'),
    optionsOf('meter'),
  ]);
  return { backends, runners, datasets, meters };
}

/**
 * What `read` makes of the plugins that `texts` mention: importing one takes tens of milliseconds. Where it throws, what it makes of
 * all that are installed, so that whatever it says of a name knows every one. Those that the user has added are always
 * among them: one that cannot be loaded is told.
 */
export async function withMentioned<T>(
  modules: PluginModules,
  warn: (message: string) => void,
  texts: readonly string[],
  read: (catalog: StudyCatalog) => T,
): Promise<T> {
  const isAdded = ({ source }: Provided) => source === 'user' || source === 'link';
  const mentioned = await loadCatalog(
    modules,
    warn,
    (one) => isAdded(one) || texts.some((text) => text.includes(one.id)),
  );
  try {
    return read(mentioned);
  } catch {
    return read(await loadCatalog(modules, warn));
  }
}

/** Tells a message once, however often it is given. */
export function toldOnce(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
}

function reasonText(reason: unknown): string {
  if (isLlemError(reason)) return `${reason.message} ${reason.remedy}`;
  return reason instanceof Error ? reason.message : String(reason);
}
