/** The options of the plugins that a study may name. */
import { isLlemError, type OptionsSchema, type PluginKind } from '@llem/core';
import type { NamedKind, StudyCatalog } from '@llem/study';
import { plain } from '../plugins/installation/plain.js';
import { problemOf, type Problem, type Provided } from '../plugins/discovery.js';
import type { PluginModules } from '../plugins/modules.js';

export interface LoadedCatalog extends StudyCatalog {
  readonly whyUnusable: NonNullable<StudyCatalog['whyUnusable']>;
  /** Why those that cannot be loaded cannot be used, and what to do. */
  readonly failures: readonly string[];
}

/** Imports the plugins that `isWanted` accepts; those that cannot be used are left out. */
export async function loadCatalog(
  modules: PluginModules,
  isWanted: (plugin: Provided) => boolean = () => true,
): Promise<LoadedCatalog> {
  const { discovery } = modules;
  const failures = new Map<string, string>();
  const optionsOf = async (kind: PluginKind) => {
    const wanted = discovery.provided.filter((one) => one.kind === kind && isWanted(one));
    const loaded = await Promise.allSettled(wanted.map(({ id }) => modules.load(kind, id)));
    const options = new Map<string, OptionsSchema>();
    loaded.forEach((result, index) => {
      const id = wanted[index]?.id;
      if (id === undefined) return;
      if (result.status === 'fulfilled') options.set(id, result.value.options);
      else failures.set(`${kind} ${id}`, reasonText(result.reason));
    });
    return options;
  };
  const [backends, runners, datasets, meters] = await Promise.all([
    optionsOf('backend'),
    optionsOf('runner'),
    optionsOf('dataset'),
    optionsOf('meter'),
  ]);
  const whyUnusable = (kind: PluginKind, id: string) => {
    const problem = problemOf(discovery, kind, id);
    return failures.get(`${kind} ${id}`) ?? (problem === undefined ? null : problemText(problem));
  };
  const installed = (kind: NamedKind) =>
    discovery.provided.filter((one) => one.kind === kind).map(({ id }) => id);
  return { backends, runners, datasets, meters, installed, whyUnusable, failures: [...failures.values()] };
}

/**
 * What `read` makes of the plugins that `texts` mention: importing one takes tens of milliseconds, or for ever. Where it throws and
 * has asked about others that are installed, such as those of a file that it has read, what it makes of these as well. `warn` is
 * told of plugins that cannot be used, are mentioned, and are not what `read` throws about; and of those of which nothing is known.
 */
export async function withMentioned<T>(
  modules: PluginModules,
  warn: (message: string) => void,
  texts: readonly string[],
  read: (catalog: StudyCatalog) => T,
): Promise<T> {
  const isMentioned = ({ id }: { readonly id: string }) => texts.some((text) => mentions(text, id));
  const { problems } = modules.discovery;
  for (const problem of problems.filter(({ provides }) => provides === undefined)) warn(problemText(problem));
  const asked = new Set<string>();
  const key = ({ kind, id }: Pick<Provided, 'kind' | 'id'>) => `${kind} ${id}`;
  for (;;) {
    const isWanted = (one: Provided) => isMentioned(one) || asked.has(key(one));
    const missing = modules.discovery.provided.filter((one) => !isWanted(one));
    const { whyUnusable, ...catalog } = await loadCatalog(modules, isWanted);
    const why = (kind: PluginKind, id: string) => {
      asked.add(key({ kind, id }));
      return whyUnusable(kind, id);
    };
    try {
      const result = read({ ...catalog, whyUnusable: why });
      for (const problem of problems.filter(({ provides }) => provides?.some(isMentioned)))
        warn(problemText(problem));
      return result;
    } catch (error) {
      if (!missing.some((one) => asked.has(key(one)))) throw error;
    }
  }
}

/** Whether an id stands in a text as a word of its own. */
function mentions(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at !== -1; at = text.indexOf(id, at + 1)) {
    if (!isInWord(text.charAt(at - 1)) && !isInWord(text.charAt(at + id.length))) return true;
  }
  return false;
}

function isInWord(character: string): boolean {
  return /[\w-]/.test(character);
}

/** What is wrong and what to do, in a line. */
export function problemText({ message, remedy }: Problem): string {
  return `${plain(message)} ${remedy}`;
}

/** Tells a message once, however often it is given. */
export function toldOnce(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
}

export function reasonText(reason: unknown): string {
  if (isLlemError(reason)) return `${reason.message} ${reason.remedy}`;
  return reason instanceof Error ? reason.message : String(reason);
}
