/** What the reader of a study must know of the installed plugins, and how to name one that is not installed. */
import type { OptionsSchema } from '@llem/core';
import { quote } from './problems.js';
import { PROJECT_PLUGINS } from './project-plugins.js';
import { hint, nearest } from './suggestions.js';

/** The plugins that a study may name, by id. */
export interface StudyCatalog {
  readonly backends: ReadonlyMap<string, OptionsSchema>;
  /** Without them the names of runners are taken as they are. */
  readonly runners?: ReadonlyMap<string, OptionsSchema>;
  /** Without them the names of data sets are taken as they are. */
  readonly datasets?: ReadonlyMap<string, OptionsSchema>;
  /** Without them the names of meters are taken as they are. */
  readonly meters?: ReadonlyMap<string, OptionsSchema>;
  /** Ids of all that are installed, be they above or not: what a mistyped name may mean. Without it those above are all. */
  readonly installed?: (kind: NamedKind) => readonly string[];
  /** Why a plugin that is installed cannot be used, and what to do; null for any other. Asked of every name that is not above. */
  readonly whyUnusable?: (kind: NamedKind, id: string) => string | null;
}

export type NamedKind = 'backend' | 'runner' | 'dataset' | 'meter';

/** What a kind is called in messages. */
const WORDS: Readonly<Record<NamedKind, string>> = {
  backend: 'backend',
  runner: 'runner',
  dataset: 'data set',
  meter: 'meter',
};

/** Finds plugins of others: they say what they are in the keywords of their package. */
const SEARCH = 'npm search keywords:llem-plugin';

/** What a mistyped name may mean. */
export function installedIds(catalog: StudyCatalog, kind: NamedKind): readonly string[] {
  if (catalog.installed !== undefined) return catalog.installed(kind);
  const { backends, runners, datasets, meters } = catalog;
  const here = { backend: backends, runner: runners, dataset: datasets, meter: meters }[kind];
  return [...(here?.keys() ?? [])];
}

/** The package of this project that provides it, installed or not; null where none does. */
export function projectPackage(kind: NamedKind, id: string): string | null {
  const packages = PROJECT_PLUGINS[kind];
  return Object.hasOwn(packages, id) ? (packages[id] ?? null) : null;
}

/** What to say of a backend that nobody knows; null for one that is installed, or that the project has. */
export function unknownBackend(id: string, installed: readonly string[]): string | null {
  return installed.includes(id) || projectPackage('backend', id) !== null
    ? null
    : explainUnknown('backend', id, installed);
}

/** The command that installs what a name asks for; null where the project has no such plugin, or one is there that cannot be used. */
export function installationOf(
  kind: NamedKind,
  id: string,
  whyUnusable?: StudyCatalog['whyUnusable'],
): string | null {
  const packageName = (whyUnusable?.(kind, id) ?? null) === null ? projectPackage(kind, id) : null;
  return packageName === null ? null : installing(packageName);
}

/** What to say of a name that no usable plugin has, and what to do. */
export function explainUnknown(
  kind: NamedKind,
  id: string,
  installed: readonly string[],
  whyUnusable?: StudyCatalog['whyUnusable'],
): string {
  const why = whyUnusable?.(kind, id) ?? null;
  if (why !== null) return why;
  const packageName = projectPackage(kind, id);
  if (packageName !== null) {
    return `the ${WORDS[kind]} "${id}" is not installed; run: ${installing(packageName)}`;
  }
  const near = nearest(id, installed) === null ? nearMissing(kind, id) : hint(id, installed);
  return `unknown ${WORDS[kind]} ${quote(id)}${near ?? `${hint(id, installed)}; plugins of others: ${SEARCH}`}`;
}

/** What to say of an id that no plugin of any kind has. */
export function explainId(id: string, installed: readonly string[]): string {
  const kinds = Object.values(PROJECT_PLUGINS);
  const packages = new Map(kinds.flatMap((ids) => Object.entries(ids)));
  const meant = nearest(id, installed) ?? nearest(id, [...packages.keys()]);
  const packageName = meant === null || installed.includes(meant) ? undefined : packages.get(meant);
  if (meant === null) return `No plugin here has the id ${quote(id)}; plugins of others: ${SEARCH}`;
  const end = packageName === undefined ? '' : ` It is not installed; run: ${installing(packageName)}`;
  return `No plugin here has the id ${quote(id)}; did you mean "${meant}"?${end}`;
}

/**
 * What to say of a key under which the options of a backend might be meant that cannot be used here; null where none is.
 * `known` are the keys that could stand there.
 */
export function explainSection(key: string, known: readonly string[], catalog: StudyCatalog): string | null {
  const { whyUnusable } = catalog;
  const isBackend =
    projectPackage('backend', key) !== null || (whyUnusable?.('backend', key) ?? null) !== null;
  if (isBackend) return explainUnknown('backend', key, installedIds(catalog, 'backend'), whyUnusable);
  const near = nearest(key, known) === null ? nearMissing('backend', key) : null;
  return near === null ? null : `unknown key ${quote(key)}${near}`;
}

/** The nearest of the project's plugins, which is not installed; null when none is near. */
function nearMissing(kind: NamedKind, id: string): string | null {
  const meant = nearest(id, Object.keys(PROJECT_PLUGINS[kind]));
  const packageName = meant === null ? null : projectPackage(kind, meant);
  if (meant === null || packageName === null) return null;
  return `; did you mean "${meant}"? It is not installed; run: ${installing(packageName)}`;
}

function installing(packageName: string): string {
  return `llem plugins install ${packageName}`;
}
