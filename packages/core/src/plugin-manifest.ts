/**
 * The `llem` section of a plugin's package.json, and the version of the contracts that it is held against. Every start of the command
 * line reads the section of every installed plugin, so that this module imports no zod, which takes longer to load than all of that.
 */
import { isJsonObject, type JsonObject } from './json.js';
import type { OptionIssue, ParseResult } from './options.js';
import type { PluginInstances } from './plugin.js';

/** Version of the contracts in this package. A plugin states the range it was written for as `llem.contract`. */
export const CONTRACT_VERSION = '1.0.0';

export type PluginKind = keyof PluginInstances;
export const PLUGIN_KINDS = [
  'backend',
  'runner',
  'meter',
  'dataset',
] as const satisfies readonly PluginKind[];

export interface PluginManifest {
  /** The range of contract versions that the plugin was written for. */
  readonly contract: string;
  readonly provides: readonly ProvidedModule[];
}

export interface ProvidedModule {
  /** May be one that a later version of llem has. */
  readonly kind: string;
  /** What a study calls it: see `faultOfPluginId`. */
  readonly id: string;
  /** Path of the module, from the folder of the package; empty where a kind that this llem does not know names none. */
  readonly module: string;
}

/** Most characters of an id: a line of a table takes it, and a name of a file. */
export const MOST_ID_LENGTH = 50;

/** As a key of a study, at the beginning of `attach:<url>`, and in the variable `LLEM_RUNNER_<BACKEND>` it is told from all else. */
const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * What no backend is called: its section in a study stands beside these keys. `constructor` and `prototype` are keys of no mapping.
 * `@llem/study` has a test that holds the list against the keys of its grammar.
 */
export const RESERVED_BACKEND_IDS: readonly string[] = [
  'backend',
  'base',
  'constructor',
  'devices',
  'energy',
  'execution',
  'experiments',
  'groups',
  'measure',
  'model',
  'name',
  'prototype',
  'runner',
  'runners',
  'sweep',
  'workload',
];

/** Why a study could not name a plugin by this id, in words that finish the sentence "...: "; null where it can. */
export function faultOfPluginId(kind: PluginKind, id: string): string | null {
  if (!ID.test(id) || id.length > MOST_ID_LENGTH) {
    return `an id has lower case letters, digits and single hyphens between them, a letter first and at most ${MOST_ID_LENGTH} characters`;
  }
  return kind === 'backend' && RESERVED_BACKEND_IDS.includes(id)
    ? `"${id}" is a key of every study, where the section of the backend would stand`
    : null;
}

/** Total: never throws. Keys that it doesn't know are left out, in the words of `IN_WORDS` it says what is wrong. */
export function readPluginManifest(section: unknown): ParseResult<PluginManifest> {
  const issues: OptionIssue[] = [];
  const wrong = (value: unknown, path: OptionIssue['path'], expected: string) => {
    const message = value === undefined ? `missing, expected ${expected}` : `expected ${expected}`;
    const kind = value === undefined ? 'missing' : value === null ? 'null' : 'invalid';
    issues.push({ path, message, kind });
  };
  const mapping = (value: unknown, path: OptionIssue['path']): JsonObject | null => {
    if (isJsonObject(value)) return value;
    wrong(value, path, 'a mapping');
    return null;
  };
  const text = (value: unknown, path: OptionIssue['path']): string => {
    if (typeof value === 'string' && value !== '') return value;
    wrong(value, path, value === '' ? 'text of at least 1 character' : 'text');
    return '';
  };
  const list = (value: unknown, path: OptionIssue['path']): readonly unknown[] => {
    if (Array.isArray(value)) return value;
    wrong(value, path, 'a list');
    return [];
  };

  const top = mapping(section, []);
  if (top === null) return { ok: false, issues };
  const value = {
    contract: text(top['contract'], ['contract']),
    provides: list(top['provides'], ['provides']).flatMap((entry, index) => {
      const one = mapping(entry, ['provides', index]);
      const at = (key: string) => text(one?.[key], ['provides', index, key]);
      if (one === null) return [];
      const [kind, id] = [at('kind'), at('id')];
      // A kind of a later contract may be no module; what is beside it in the package is to be used all the same.
      const isLater = kind !== '' && !PLUGIN_KINDS.some((known) => known === kind);
      return [{ kind, id, module: isLater && one['module'] === undefined ? '' : at('module') }];
    }),
  };
  return issues.length === 0 ? { ok: true, value } : { ok: false, issues };
}
