/** What the reader of a study must know of the installed plugins, and how to name one that is not installed. */
import type { OptionsSchema } from '@llem/core';
import { quote } from './problems.js';
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
}

export type NamedKind = 'backend' | 'runner' | 'dataset' | 'meter';

/** The project's own plugins, so that a missing one can be named. */
const PROJECT_PLUGINS: Readonly<Record<NamedKind, ReadonlyMap<string, string>>> = {
  backend: new Map(['llamacpp', 'vllm', 'sglang', 'trtllm'].map((id) => [id, `@llem/backend-${id}`])),
  runner: new Map(['local', 'docker', 'attach'].map((id) => [id, `@llem/runner-${id}`])),
  dataset: new Map(
    ['synthetic', 'jsonl', 'sharegpt', 'aienergyscore', 'trace'].map((id) => [id, '@llem/datasets']),
  ),
  meter: new Map(['nvml', 'rapl', 'hwmon', 'cray', 'estimate'].map((id) => [id, `@llem/energy-${id}`])),
};

/** What a kind is called in messages. */
const WORDS: Readonly<Record<NamedKind, string>> = {
  backend: 'backend',
  runner: 'runner',
  dataset: 'data set',
  meter: 'meter',
};

/** True for a name that the project knows as a plugin of that kind, installed or not. */
export function isProjectPlugin(kind: NamedKind, id: string): boolean {
  return PROJECT_PLUGINS[kind].has(id);
}

/** What to say of a backend that nobody knows; null for one that is installed, or that the project has. */
export function unknownBackend(id: string, installed: readonly string[]): string | null {
  return installed.includes(id) || isProjectPlugin('backend', id)
    ? null
    : explainUnknown('backend', id, installed);
}

/** What to say of a name that no installed plugin has. */
export function explainUnknown(kind: NamedKind, id: string, installed: Iterable<string>): string {
  const packageName = PROJECT_PLUGINS[kind].get(id);
  if (packageName !== undefined) {
    return `the ${WORDS[kind]} "${id}" is not installed; run: llem plugins install ${packageName}`;
  }
  const here = [...installed];
  const meant = nearest(id, here) === null ? nearest(id, [...PROJECT_PLUGINS[kind].keys()]) : null;
  const missing = meant === null || here.includes(meant) ? undefined : PROJECT_PLUGINS[kind].get(meant);
  const end =
    missing === undefined
      ? hint(id, here)
      : `; did you mean "${meant}"? It is not installed; run: llem plugins install ${missing}`;
  return `unknown ${WORDS[kind]} ${quote(id)}${end}`;
}
